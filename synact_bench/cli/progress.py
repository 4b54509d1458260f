"""Progress of a command."""

from __future__ import annotations

from collections.abc import Sequence

from synact_bench.harness import progress
from synact_bench.harness.plan import CellPlan


class Bar(progress.Bar):
    """A bar; a printed line for each preparation and each cell where no terminal can be redrawn.

    The lines go to standard output, so that standard error holds nothing but an error.
    """

    def __init__(self, plans: Sequence[CellPlan]) -> None:
        super().__init__(plans, shown=None)
        self._cells = len(plans)
        self._begun = 0

    def preparing(self, what: str) -> None:
        """Show what is done before the first cell."""
        if self._bar.disable:
            print(what, flush=True)
        super().preparing(what)

    def started(self, label: str) -> None:
        """Show which cell is running."""
        self._begun += 1
        if self._bar.disable:
            print(f"{self._begun}/{self._cells} {label}", flush=True)
        super().started(label)
