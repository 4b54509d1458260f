"""Progress of a command."""

from __future__ import annotations

from collections.abc import Sequence

from synact_bench.harness import progress
from synact_bench.harness.plan import CellPlan


class Bar(progress.Bar):
    """A bar; one printed line a cell where there is no terminal to redraw.

    The lines go to standard output, so that standard error holds nothing but an error.
    """

    def __init__(self, plans: Sequence[CellPlan]) -> None:
        super().__init__(plans, shown=None)
        self._cells = len(plans)
        self._begun = 0

    def started(self, label: str) -> None:
        """Show which cell is running."""
        self._begun += 1
        if self._bar.disable:
            print(f"{self._begun}/{self._cells} {label}", flush=True)
        super().started(label)
