"""The site out of stored cells: they are scored, and what boards say is put on pages."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterable, Sequence

from synact_bench.core.experiments import REFERENCE
from synact_bench.drawing.panels import png, style
from synact_bench.reports.glance import contrast, glance
from synact_bench.results.store import Cell
from synact_bench.scoring.resampling import REPLICATES
from synact_bench.site.curves import row_curves
from synact_bench.site.drawn import RowCurves
from synact_bench.site.pages import ArchivedRow, MeasuredRow, WholeSite
from synact_bench.site.rows import (
    ModuleOf,
    created,
    data_file,
    generators,
    records_of,
    release,
)
from synact_bench.site.standings import column
from synact_bench.site.suites import (
    ArchivedHere,
    MeasuredBoard,
    MeasuredSuite,
    MeasuredSuites,
    measured,
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


def of(found: MeasuredSuites, *, module_of: ModuleOf = unknown) -> WholeSite:
    """What the site shows of boards that are scored."""
    suites, archive = found
    shown = _clearest(suites)
    return WholeSite(
        release=importlib.metadata.version("synact-bench"),
        suites=tuple(map(table, suites)),
        generators=tuple(generators(suites, module_of)),
        testbeds=tuple(testbeds(suites)),
        saes=tuple(saes(suites)),
        archive=tuple(map(_archived, archive)),
        measured=tuple(sorted(_measured(suites), key=lambda each: each.created, reverse=True)),
        curves=_curves(suites),
        picture=None if shown is None else _picture(shown),
        picture_of="" if shown is None else shown.title,
    )


def _clearest(suites: Iterable[MeasuredSuite]) -> MeasuredBoard | None:
    """The testbed on which a plateau and a step are seen best; None where none has both."""
    boards = [made for suite in suites for made in suite.boards if made.board.replicates]
    found = [(contrast(made.cells), made) for made in boards]
    most, made = max(found, key=lambda each: each[0], default=(0.0, None))
    return made if most else None


def _picture(made: MeasuredBoard) -> bytes | None:
    """A plateau and a step on a testbed, as PNG."""
    with style():
        figure = glance(made.cells)
        return None if figure is None else png(figure)


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
            for row in made.board.rows:
                records = records_of(row.name, made.cells)
                if not records:
                    continue
                newest = max(records, key=created)
                yield MeasuredRow(
                    generator_link(row.name), column(made).page, created(newest), release(newest)
                )


def _curves(suites: Sequence[MeasuredSuite]) -> dict[str, RowCurves]:
    """Of every row that has any, and of the draw of real that all are drawn before."""
    found = {}
    for suite in suites:
        for made in suite.boards:
            rows = {row.name: row for row in made.board.rows}
            for name in (REFERENCE, *rows):
                drawn = row_curves(name, made.cells, rows.get(name))
                if drawn.cells:
                    found[data_file(made, name)] = drawn
    return found
