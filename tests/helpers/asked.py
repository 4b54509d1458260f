"""Counts the points of paths that a sweep asks the model for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from synact_bench.engine.sweeper import Sweeper


class Asked:
    """What was asked for since it was last cleared; the first point of a path is no part of it.

    Attributes:
        points: different points of paths.
        again: points that were known when they were asked for.
    """

    def __init__(self) -> None:
        self.clear()

    @classmethod
    def watching(cls, monkeypatch: pytest.MonkeyPatch) -> Asked:
        """Watch every sweeper."""
        seen, ask = cls(), Sweeper._ask

        def watched(sweeper: Sweeper, block: Any, wanted: Any) -> None:
            asked = np.zeros_like(block.measured)
            for path, points in enumerate(wanted):
                asked[path, points[points >= 0]] = True
            seen.points += int((asked & ~block.measured).sum())
            seen.again += int((asked & block.measured).sum())
            ask(sweeper, block, wanted)

        monkeypatch.setattr(Sweeper, "_ask", watched)
        return seen

    def clear(self) -> None:
        """Begin again."""
        self.points = self.again = 0
