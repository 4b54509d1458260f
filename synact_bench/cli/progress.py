"""Progress of a command."""

from __future__ import annotations

import time
from types import TracebackType

from tqdm import tqdm

from synact_bench.cli.stopping import StoppedError
from synact_bench.results.record import CellIdentity
from synact_bench.run import pace, progress
from synact_bench.run.progress import Parts

SILENCE = 30.0
"""Seconds after which a log without a line makes people wonder."""


WORTH_TELLING = 60.0
"""Seconds of measuring from which on a line says how many are left."""


class PrintedBar(progress.Bar):
    """A bar; a printed line for each phase and each cell where no terminal can be redrawn.

    The lines go to standard output, so that standard error holds nothing but an error. What an
    interrupted run keeps is said either way.
    """

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts, shown=None)
        self._folders = [str(request.folder) for request, _ in parts]
        self._cells = sum(len(own) for _, own in parts)
        self._named = self._stored = 0
        self._told_at = time.monotonic()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        super().__exit__(kind, error, traceback)
        if isinstance(error, KeyboardInterrupt):
            raise StoppedError(
                f"{self._stored} of the {self._cells} cells that were missing are measured and "
                f"kept in {', '.join(self._folders)}"
            ) from error

    def preparing(self, what: str) -> None:
        """Name what is done besides measuring."""
        self._print(what)
        super().preparing(what)

    def started(self, label: str) -> None:
        """Name the cell."""
        self._named += 1
        super().started(label)
        self._print(f"{self._named}/{self._cells} {label}{self._left()}")

    def finished(self, cell: CellIdentity) -> None:
        """Count a cell."""
        super().finished(cell)
        self._stored += 1

    def advanced(self, points: int) -> None:
        """Move on; where no terminal can be redrawn, say how far it is, now and then."""
        super().advanced(points)
        if time.monotonic() - self._told_at > SILENCE:
            self._print(f"  {100 * self.share:.0f} % of all points{self._left()}")

    def _print(self, line: str) -> None:
        """A line, unless the bar says it."""
        self._told_at = time.monotonic()
        if not self.drawn:
            print(line, flush=True)

    def _left(self) -> str:
        seconds = self.seconds
        if seconds is None or seconds < WORTH_TELLING:
            return ""
        return f" ({pace.worded(seconds)} left)"


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
