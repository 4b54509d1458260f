"""The name of a cell: an experiment on a path."""

from __future__ import annotations

from typing import NamedTuple


class CellName(NamedTuple):
    """Which of a generator's cells: an experiment on a path."""

    experiment: str
    path: str
