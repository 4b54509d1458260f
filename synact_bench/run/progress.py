"""Progress of a run: what it tells whoever watches, and a bar over the points of all cells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Any, Protocol

from tqdm import tqdm

from synact_bench.core.printable import printable
from synact_bench.results.record import CellIdentity
from synact_bench.run import pace
from synact_bench.run.pace import Pace
from synact_bench.run.plan import CellPlan
from synact_bench.run.request import Request

Parts = Sequence[tuple[Request, Sequence[CellPlan]]]
"""Requests of one run, with the cells of each that are missing."""
PREPARING = "{desc}"
SHORT, FEWEST = 8, 12
"""Columns of a bar, and of what it is of, that are left on a narrow terminal."""
ECHO = 2
"""Columns of the ^C that a terminal echoes: in a full line it would begin another bar."""
MEASURING = "{desc}: {percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} points{told}"


class Progress(Protocol):
    """What a run tells whoever watches it."""

    def preparing(self, what: str) -> None:
        """Something is done besides measuring, which may take a while."""

    def started(self, label: str) -> None:
        """A cell is begun."""

    def advanced(self, points: int) -> None:
        """Points of the cell that was begun last are done; of workers' cells none is told."""

    def finished(self, cell: CellIdentity) -> None:
        """A cell is stored."""

    def left_out(self, cells: Iterable[CellIdentity]) -> None:
        """Cells that will not be measured, those of a row that failed; some may be stored."""


class Silent:
    """Progress that nobody watches."""

    def preparing(self, what: str) -> None:
        """Say nothing."""

    def started(self, label: str) -> None:
        """Say nothing."""

    def advanced(self, points: int) -> None:
        """Say nothing."""

    def finished(self, cell: CellIdentity) -> None:
        """Say nothing."""

    def left_out(self, cells: Iterable[CellIdentity]) -> None:
        """Say nothing."""


class _Drawn(tqdm):  # type: ignore[misc]  # tqdm has no types
    """A bar that shows rate and time left of measuring, which it is told.

    What is measured is cut where the line would be longer than the terminal is wide: what is not
    redrawn would be left above it, or the time left be cut.
    """

    told = ""

    @property
    def format_dict(self) -> dict[str, Any]:
        """What the format is filled with."""
        facts = {**super().format_dict, "told": self.told}
        facts["prefix"] = printable(facts["prefix"] or "")
        if facts["ncols"]:
            facts["ncols"] -= ECHO
            facts["prefix"] = _cut(facts["prefix"], facts["ncols"] - self._beside())
        return facts

    def _beside(self) -> int:
        """Columns that stand beside what is measured, a short bar among them."""
        if self.bar_format != MEASURING:
            return 1
        return SHORT + len(f": 100%|| {self.total}/{self.total} points{self.told}")


def _cut(text: str, width: int) -> str:
    """At most ``width`` characters, and no fewer than some, an ellipsis for what is left out."""
    width = max(width, FEWEST)
    return text if len(text) <= width else f"{text[: width - 1]}…"


class Bar:
    """A bar over the points of all cells, on standard error; first a line that names the phase.

    Rate and time left are those of measuring alone.

    Args:
        parts: the cells to be measured.
        shown: False draws nothing; None draws only where there is a terminal.
    """

    def __init__(self, parts: Parts, *, shown: bool | None) -> None:
        cells = [each for _, own in parts for each in own]
        self._points = {each.identity.id: each.points for each in cells}
        self.total, self.done, self._begun = sum(self._points.values()), 0, 0
        self._weights, predicted = pace.weights(parts, told=shown is not False)
        workers = parts[0][0].options.workers if parts else 1
        self.pace = Pace([*self._weights.values()], predicted=predicted, workers=workers)
        self._bar = _Drawn(
            total=self.total,
            mininterval=0.5,
            miniters=1,
            dynamic_ncols=True,
            bar_format=PREPARING,
            disable=None if shown is None else not shown,
        )

    def __enter__(self) -> Bar:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._draw(at_once=True)
        self._bar.close()

    @property
    def drawn(self) -> bool:
        """Whether there is a terminal that it is drawn on."""
        return not self._bar.disable

    def preparing(self, what: str) -> None:
        """Name what is done besides measuring."""
        self._bar.set_description_str(what)

    def started(self, label: str) -> None:
        """Name the cell; the first of all starts the clock."""
        self.pace.begin()
        self._bar.bar_format = MEASURING
        self._bar.set_description_str(f"measuring {label}", refresh=False)
        self._draw(at_once=True)

    def advanced(self, points: int) -> None:
        """Move on by ``points`` of the cell under way."""
        self._begun += points
        if to_come := self.total - self.done:
            self.pace.advanced(self.pace.left * min(self._begun / to_come, 1.0))
        self._draw()

    def finished(self, cell: CellIdentity) -> None:
        """Count a cell, whatever of it was told."""
        self.pace.done(self._weights.pop(cell.id, 0.0))
        self.done += self._points.pop(cell.id, 0)
        self._begun = 0
        self._draw()

    def left_out(self, cells: Iterable[CellIdentity]) -> None:
        """Count no more what will not be measured."""
        for each in cells:
            self.pace.dropped(self._weights.pop(each.id, 0.0))
            self.total -= self._points.pop(each.id, 0)
        self._begun = 0
        self._draw()

    @property
    def share(self) -> float:
        """Of all points, those that are done, the cell under way included; 0 to 1."""
        return min(self.done + self._begun, self.total) / (self.total or 1)

    @property
    def seconds(self) -> float | None:
        """Seconds that measuring will take from now on; None as long as nothing can be said."""
        return self.pace.seconds

    def _draw(self, *, at_once: bool = False) -> None:
        self._bar.total = self.total
        self._bar.told = self._said()
        self._bar.update(min(self.done + self._begun, self.total) - self._bar.n)
        if at_once:
            self._bar.refresh()

    def _said(self) -> str:
        """Rate and time left."""
        elapsed, seconds, done = self.pace.elapsed, self.seconds, self.done + self._begun
        if not elapsed or not done or not self.pace.running:
            return ""
        rate = done / elapsed
        left = "" if seconds is None else f", {pace.worded(seconds)} left"
        return f" [{rate:.0f}/s{left if self._points else ''}]"
