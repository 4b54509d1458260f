"""Progress of a run: what it tells whoever watches, and a bar over its points."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Protocol

from tqdm import tqdm

from synact_bench.results.record import CellIdentity
from synact_bench.results.summary import points_asked
from synact_bench.run.plan import CellPlan


class Progress(Protocol):
    """What a run tells whoever watches it."""

    def preparing(self, what: str) -> None:
        """Something is done before the first cell, which may take a while."""

    def started(self, label: str) -> None:
        """A cell is begun."""

    def advanced(self, points: int) -> None:
        """Points of it are done."""


class Silent:
    """Progress that nobody watches."""

    def preparing(self, what: str) -> None:
        """Say nothing."""

    def started(self, label: str) -> None:
        """Say nothing."""

    def advanced(self, points: int) -> None:
        """Say nothing."""


class Bar:
    """A bar over the points of the cells, on standard error, with rate and time left.

    Args:
        plans: the cells to be measured.
        shown: False draws nothing; None draws only where there is a terminal.
    """

    def __init__(self, plans: Sequence[CellPlan], *, shown: bool | None) -> None:
        self._points = sum(points(plan.identity) for plan in plans)
        disable = None if shown is None else not shown
        self._bar = tqdm(
            total=self._points, unit="pt", smoothing=0.05, mininterval=1.0, disable=disable
        )

    def __enter__(self) -> Bar:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._bar.close()

    def preparing(self, what: str) -> None:
        """Show what is done before the first cell."""
        self._bar.set_description(what)

    def started(self, label: str) -> None:
        """Show which cell is running."""
        self._bar.set_description(label)

    def advanced(self, points: int) -> None:
        """Move on by ``points``."""
        self._bar.update(points)


def points(identity: CellIdentity) -> int:
    """Points of a cell, those interpolated among them."""
    return points_asked(identity.bases, identity.refined, identity.points)
