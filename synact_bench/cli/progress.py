"""Progress of a command."""

from __future__ import annotations

import time
from collections.abc import Sequence

from tqdm import tqdm

from synact_bench.run import progress
from synact_bench.run.plan import CellPlan

SILENCE = 30.0
"""Seconds after which a log without a line makes people wonder."""


class PrintedBar(progress.Bar):
    """A bar; a printed line for each preparation and each cell where no terminal can be redrawn.

    The lines go to standard output, so that standard error holds nothing but an error.
    """

    def __init__(self, plans: Sequence[CellPlan]) -> None:
        super().__init__(plans, shown=None)
        self._cells = len(plans)
        self._begun = self._done = 0
        self._said = time.monotonic()

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

    def advanced(self, points: int) -> None:
        """Move on; where no terminal can be redrawn, say how far it is, now and then."""
        super().advanced(points)
        self._done += points
        if self._bar.disable and time.monotonic() - self._said > SILENCE:
            self._said = time.monotonic()
            print(f"  {100 * self._done / self._points:.0f} % of all points", flush=True)


class Steps:
    """A bar over named steps, on standard error where there is a terminal.

    Args:
        total: number of steps.
        printed: whether each is a line of standard output where there is none.
    """

    def __init__(self, total: int, *, printed: bool) -> None:
        self._bar = tqdm(total=total, leave=False, disable=None)
        self._total, self._begun = total, 0
        self._printed = printed and self._bar.disable

    def started(self, label: str) -> None:
        """Show which step is running; those before it are done."""
        if self._printed:
            print(f"{self._begun + 1}/{self._total} {label}", flush=True)
        self._bar.update(min(self._begun, 1))
        self._bar.set_description(label)
        self._begun += 1

    def done(self) -> None:
        """Clear the bar."""
        self._bar.close()
