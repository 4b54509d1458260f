"""How far a run is: its log compared with the cells that are stored. Nothing is opened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from synact_bench.core.row_names import present
from synact_bench.results import journal, journal_lines
from synact_bench.results.summary import summaries

SCHEMA = "synact-plan@1"
"""Of a plan, and of what is left of one; raised when it can no longer be read the old way."""


@dataclass
class UnitStatus:
    """A unit that a run was to measure.

    Attributes:
        id: ``testbed/row/digest``.
        row: its name.
        cells: stems of those that were missing.
        log: number of the log of the process that started it last.
        arguments: of ``synact-bench run`` that it was started with; None where they are unknown.
        error: why it failed when it was last tried; None if it did not.
        stored: whether all of its cells are there.
    """

    id: str
    row: str
    cells: Sequence[str]
    log: int
    arguments: Sequence[str] | None
    error: str | None = None
    stored: bool = False

    @property
    def failed(self) -> bool:
        """Whether it was tried, and is not there."""
        return self.error is not None and not self.stored


@dataclass
class RunStatus:
    """What the log of one run's folder says.

    Attributes:
        folder: of the run.
        units: that were to be measured, in the order in which they were first named.
        stops: why a process ended before its time, by number of its log.
        seconds: that measuring took, summed over workers.
        points: that were run.
        memory: the most bytes that a worker held; None where it was not noted.
        last: time of the newest line, UTC, ISO 8601.
    """

    folder: Path
    units: dict[str, UnitStatus] = field(default_factory=dict)
    stops: dict[int, str] = field(default_factory=dict)
    seconds: float = 0.0
    points: int = 0
    memory: int | None = None
    last: str = ""

    @classmethod
    def of(cls, folder: Path) -> RunStatus:
        """Read the log of a folder, all of its processes together."""
        found = cls(folder)
        logs = enumerate(journal.logs(folder))
        said = [(line, log) for log, each in logs for line in journal_lines.whole(each)]
        for line, log in sorted(said, key=lambda each: str(each[0].get("time"))):
            found._take(line, log)
        stored = summaries(folder)
        for unit in found.units.values():
            names = unit.cells if unit.row == present(unit.row) else _of_row(unit.row, stored)
            unit.stored = len(names) >= len(unit.cells) and all(cell in stored for cell in names)
        return found

    def _take(self, line: Any, log: int) -> None:
        event, self.last = line["event"], str(line.get("time"))
        if event == "started":
            rows = {present(each["row"]): each for each in line["units"]}
            for old in [each for each in self.units.values() if present(each.row) in rows]:
                if old.id != rows[present(old.row)]["id"]:  # of another version, source or name
                    del self.units[old.id]
            for each in rows.values():
                unit = UnitStatus(each["id"], each["row"], each["cells"], log, line["arguments"])
                self.units[unit.id] = unit
        elif event == "stopped":
            self.stops[log] = str(line["error"])
        elif event == "failed" and line.get("unit") in self.units:
            self.units[line["unit"]].error = str(line["error"])
        elif event == "cell":
            self.seconds += float(line["seconds"])
            self.points += int(line["points"])
        if line.get("memory"):
            self.memory = max(self.memory or 0, int(line["memory"]))

    @property
    def stopped(self) -> list[str]:
        """Why processes ended before their time whose units are not there, nor started again."""
        logs = {each.log for each in self.units.values() if not each.stored}
        return list(dict.fromkeys(self.stops[log] for log in sorted(logs & self.stops.keys())))

    @property
    def failed(self) -> list[UnitStatus]:
        """Units that were tried, and are not there."""
        return [each for each in self.units.values() if each.failed]

    @property
    def left(self) -> list[UnitStatus]:
        """Units that are not there, and did not fail: to come, or lost with their process."""
        return [each for each in self.units.values() if not each.stored and not each.failed]


def _of_row(row: str, stems: Iterable[str]) -> list[str]:
    """Those of the stems that are of a row, by the name that it has now."""
    return [each for each in stems if each.startswith(f"{present(row)}--")]


def folders(place: Path) -> Iterator[Path]:
    """The folder of a run that has a log, or all of those in a folder of runs."""
    if (place / journal.FOLDER).is_dir():
        yield place
        return
    yield from sorted(each.parent for each in place.glob(f"*/*/*/{journal.FOLDER}"))
