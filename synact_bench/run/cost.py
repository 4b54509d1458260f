"""Costs: what cells would take, told from what others took. Nothing is opened or tried."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from synact_bench.core.row_names import present
from synact_bench.results import journal, journal_lines, published
from synact_bench.results.summary import Summary, summaries
from synact_bench.run.plan import CellPlan
from synact_bench.run.request import Request

ANY = ""
"""Of all cells together, where none of the kind is known."""


@dataclass(frozen=True)
class Costs:
    """What was measured before.

    Attributes:
        source: where, in words.
        seconds: of the sweep, per point asked, by ``experiment/path`` and for ``ANY``.
        size: bytes stored per point asked, likewise.
        fitting: seconds that fitting took, by row.
        opening: seconds that opening took at least, since its text is captured once; None where
            it was not noted.
        memory: the most bytes that a process held; None where it was not noted.
    """

    source: str
    seconds: Mapping[str, float] = field(default_factory=dict)
    size: Mapping[str, float] = field(default_factory=dict)
    fitting: Mapping[str, float] = field(default_factory=dict)
    opening: float | None = None
    memory: int | None = None

    def sweeping(self, plan: CellPlan) -> float | None:
        """Seconds that a cell will take, fitting left out; None where nothing was measured."""
        return _amount(self.seconds, plan) if self.seconds else None

    def of(self, plans: Sequence[CellPlan]) -> tuple[float | None, int | None]:
        """Seconds and bytes that cells of one row will take, fitting included and opening not.

        None where nothing of the kind was measured.
        """
        if not plans:
            return 0.0, 0
        seconds = _sum(self.seconds, plans)
        if seconds is not None:
            seconds += self.fitting.get(plans[0].entry.name, 0.0)
        size = _sum(self.size, plans)
        return seconds, None if size is None else round(size)


def known(request: Request, stored: Mapping[str, Summary]) -> Costs:
    """What is known of a request's testbed, of the nearest place where anything is.

    Args:
        request: whose cells are to be measured.
        stored: summaries of its own folder, by stem.
    """
    for source, folders, found in _places(request, stored):
        alike = [
            each
            for each in found
            if (each.engine, each.dtype) == (request.engine, request.options.precision) and each.run
        ]
        if alike:
            return _costs(alike, folders, source)
    return Costs("nothing was measured on this testbed, nor with its model")


def _places(
    request: Request, stored: Mapping[str, Summary]
) -> Iterator[tuple[str, list[Path], Iterable[Summary]]]:
    """Where cells like those of a request may be, the nearest first; read when asked for."""
    own = request.folder
    yield f"cells in {own}", [own], stored.values()
    siblings = [each for each in _folders(own.parents[1]) if each != own]
    yield f"cells of other runs in {own.parents[1]}", siblings, _read(siblings)
    name = request.testbed.name
    if name in published.testbeds():
        records = published.records(name)
        yield f"published cells of {name}", [], map(Summary.of_record, records)
    others = [each for each in sorted(request.options.runs.glob("*/")) if each != own.parents[1]]
    model = request.testbed.model.origin
    alike = [folder for each in others for folder in _folders(each) if _model(folder) == model]
    yield f"cells of the same model in {request.options.runs}", alike, _read(alike)


def _folders(home: Path) -> list[Path]:
    """Folders of runs of one testbed."""
    return sorted(each for each in home.glob("*/*") if each.is_dir())


def _read(folders: Sequence[Path]) -> Iterator[Summary]:
    return (each for folder in folders for each in summaries(folder).values())


def _model(folder: Path) -> str | None:
    return next((each.model for each in summaries(folder, most=1).values()), None)


def _costs(found: Sequence[Summary], folders: Sequence[Path], source: str) -> Costs:
    noted = (line for folder in folders for line in journal.lines(folder))
    lines = [*journal_lines.whole(noted)]
    opened = [float(each["seconds"]) for each in lines if each["event"] == "opened"]
    fitted: dict[str, list[float]] = {}
    for each in lines:
        if each["event"] == "fitted":
            fitted.setdefault(present(str(each["row"])), []).append(float(each["seconds"]))
    memory = [int(each["memory"]) for each in lines if each.get("memory")]
    machines = ", ".join(sorted({each.machine for each in found}))
    return Costs(
        source=f"{len(found)} {source}, measured on {machines}",
        seconds=rates(found, lambda each: each.seconds),
        size=rates([each for each in found if each.bytes], lambda each: each.bytes),
        fitting={row: median(seconds) for row, seconds in fitted.items()},
        opening=min(opened, default=None),
        memory=max(memory, default=None),
    )


def rates(found: Sequence[Summary], amount: Callable[[Summary], float]) -> dict[str, float]:
    """Amounts per point asked, by ``experiment/path`` and for ``ANY``: totals over totals.

    Args:
        found: what was measured.
        amount: of each.
    """
    sums: dict[str, list[float]] = {}
    for each in found:
        for name in (each.cell, ANY):
            total = sums.setdefault(name, [0.0, 0.0])
            total[0] += amount(each)
            total[1] += each.asked
    return {name: amounts / asked for name, (amounts, asked) in sums.items() if asked}


def _sum(rates: Mapping[str, float], plans: Sequence[CellPlan]) -> float | None:
    return sum(_amount(rates, each) for each in plans) if rates else None


def _amount(rates: Mapping[str, float], plan: CellPlan) -> float:
    return rates.get("/".join(plan.identity.cell), rates[ANY]) * plan.points
