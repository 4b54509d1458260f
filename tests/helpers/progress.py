"""Progress that remembers, or stops a run."""

from __future__ import annotations

from collections.abc import Iterable

from synact_bench.results.record import CellIdentity


class Watched:
    """Remembers what it was told.

    Args:
        stop_in: number of the cell in whose middle the run is killed; None lets it end.
    """

    def __init__(self, stop_in: int | None = None) -> None:
        self.prepared: list[str] = []
        self.labels: list[str] = []
        self.points = 0
        self.cells: list[CellIdentity] = []
        self.missed: list[CellIdentity] = []
        self._stop_in = stop_in

    def preparing(self, what: str) -> None:
        self.prepared.append(what)

    def started(self, label: str) -> None:
        self.labels.append(label)

    def finished(self, cell: CellIdentity) -> None:
        self.cells.append(cell)

    def left_out(self, cells: Iterable[CellIdentity]) -> None:
        self.missed += cells

    def advanced(self, points: int) -> None:
        self.points += points
        if len(self.labels) == self._stop_in:
            raise KeyboardInterrupt
