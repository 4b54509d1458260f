"""The site out of stored cells: they are scored, and what boards say is put on pages."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterable, Sequence

from synact_bench.drawing.panels import png, style
from synact_bench.reports.glance import Glance
from synact_bench.results.board_cache import BoardCache
from synact_bench.results.packed_testbeds import PackedTestbeds
from synact_bench.results.store import Cell
from synact_bench.scoring.resampling import REPLICATES
from synact_bench.site.drawn import CurveFile
from synact_bench.site.pages import ArchivedRow, MeasuredRow, WholeSite
from synact_bench.site.rows import ModuleOf, data_file, generators
from synact_bench.site.standings import column
from synact_bench.site.suites import (
    ArchivedHere,
    MeasuredSuite,
    MeasuredSuites,
    measured,
    measured_packs,
)
from synact_bench.site.tables import generator_link, table
from synact_bench.site.testbeds import saes, testbeds


def unknown(_: str) -> str:
    """Nothing is known of where generators are declared."""
    return ""


def collect(
    cells: Iterable[Cell], *, replicates: int = REPLICATES, module_of: ModuleOf = unknown
) -> WholeSite:
    """Score stored cells and collect what the site shows of them.

    Args:
        cells: of any testbeds, measured alike or not, in any order.
        replicates: of the bootstrap.
        module_of: gives the module of a built-in generator, which boards do not know.

    Raises:
        RecordError: those of a testbed cannot stand on one board, or there is none to score.
    """
    return of(measured(cells, replicates=replicates), module_of=module_of)


def collect_packs(
    packs: PackedTestbeds,
    *,
    replicates: int = REPLICATES,
    module_of: ModuleOf = unknown,
    cache: BoardCache | None = None,
) -> WholeSite:
    """The same of packs, of which one testbed's cells at a time are held.

    Args:
        packs: as ``cells`` of ``collect``.
        replicates: likewise.
        module_of: likewise.
        cache: of what was made of packs before.

    Raises:
        RecordError: likewise.
    """
    return of(measured_packs(packs, replicates=replicates, cache=cache), module_of=module_of)


def of(found: MeasuredSuites, *, module_of: ModuleOf = unknown) -> WholeSite:
    """What the site shows of boards that are scored."""
    suites, archive = found
    shown, seen = _clearest(suites)
    return WholeSite(
        release=importlib.metadata.version("synact-bench"),
        suites=tuple(map(table, suites)),
        generators=tuple(generators(suites, module_of)),
        testbeds=tuple(testbeds(suites)),
        saes=tuple(saes(suites)),
        archive=tuple(map(_archived, archive)),
        measured=tuple(sorted(_measured(suites), key=lambda each: each.created, reverse=True)),
        curves=_curves(suites),
        picture=None if seen is None else _picture(seen),
        picture_of=shown,
    )


def _clearest(suites: Iterable[MeasuredSuite]) -> tuple[str, Glance | None]:
    """The testbed on which a plateau and a step are seen best; none where none has both."""
    boards = [made for suite in suites for made in suite.boards]
    found = [(made.title, made.facts.glance) for made in boards if made.facts.glance is not None]
    title, seen = max(found, key=lambda each: each[1].contrast, default=("", None))
    return (title, seen) if seen is not None and seen.contrast else ("", None)


def _picture(seen: Glance) -> bytes:
    """A plateau and a step on a testbed, as PNG."""
    with style():
        return png(seen.figure())


def _archived(found: ArchivedHere) -> ArchivedRow:
    row, made = found
    return ArchivedRow(
        name=row.name,
        version=row.version,
        testbed=row.testbed.partition("@")[0] if made is None else made.title,
        page=None if made is None else column(made).page,
        created=row.created[:10],
        reasons=row.reasons,
    )


def _measured(suites: Iterable[MeasuredSuite]) -> Iterable[MeasuredRow]:
    for suite in suites:
        for made in suite.boards:
            page = column(made).page
            for row in made.board.rows:
                own = made.facts.rows[row.name]
                if own.created is not None:
                    yield MeasuredRow(generator_link(row.name), page, own.created, own.release)


def _curves(suites: Sequence[MeasuredSuite]) -> dict[str, CurveFile]:
    """Of every row that has any, and of the draw of real that all are drawn before."""
    return {
        data_file(made, name): own.curves
        for suite in suites
        for made in suite.boards
        for name, own in made.facts.rows.items()
        if own.curves is not None
    }
