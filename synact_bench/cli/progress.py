"""Progress over the points of a run."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType

from tqdm import tqdm

from synact_bench.harness.plan import CellPlan


class Bar:
    """tqdm with rate and time left; one printed line a cell where there is no terminal to redraw.

    The lines go to standard output, so that standard error holds nothing but an error.
    """

    def __init__(self, plans: Sequence[CellPlan]) -> None:
        points = sum(plan.identity.bases * plan.identity.points for plan in plans)
        self._cells = len(plans)
        self._begun = 0
        self._bar = tqdm(total=points, unit="pt", smoothing=0.05, mininterval=1.0, disable=None)

    def __enter__(self) -> Bar:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._bar.close()

    def started(self, label: str) -> None:
        """Show which cell is running."""
        self._begun += 1
        if self._bar.disable:
            print(f"{self._begun}/{self._cells} {label}", flush=True)
        self._bar.set_description(label)

    def advanced(self, points: int) -> None:
        """Move on by ``points``."""
        self._bar.update(points)
