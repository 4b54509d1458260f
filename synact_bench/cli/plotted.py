"""What ``synact-bench plot`` draws: cells chosen by the names of rows, paths and metrics."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure

from synact_bench.cli.figure_files import cells_of
from synact_bench.core.errors import RecordError, SynactError, UnknownNameError
from synact_bench.core.experiments import REFERENCE
from synact_bench.drawing.sheet import Sheet
from synact_bench.reports import board as boards
from synact_bench.reports.archive import part
from synact_bench.reports.comparable import Cells, arrange
from synact_bench.reports.curve_panels import curve_figure, interpolation_note, quantity_named
from synact_bench.reports.drawn_rows import DrawnRow, in_cells, on_board
from synact_bench.reports.overlay import (
    cell_named,
    metrics_in,
    overlay_figure,
    refuse_unmeasured,
    size_of,
    together,
)
from synact_bench.reports.ridges import (
    DISTRIBUTIONS,
    Distribution,
    distribution_figure,
    distribution_of,
)
from synact_bench.reports.scored_cells import WANTED
from synact_bench.scoring import CellName


@dataclass(frozen=True)
class Plot:
    """A figure that is asked for.

    Attributes:
        draw: makes it for the room that it has.
        caption: what is on it, in a sentence or two.
    """

    draw: Callable[[Sheet], Figure]
    caption: str


def curves(
    sources: list[Path],
    rows: Sequence[str],
    paths: Sequence[str],
    metrics: Sequence[str],
    submissions: Sequence[Path] | None,
) -> Plot:
    """Curves of the named rows in one panel, if lines tell them apart; else a panel for each row.

    Raises:
        UnknownNameError: there is no such row, path or curve.
        SynactError: rows in panels of their own, and several paths or metrics.
        RecordError: the cells cannot be read, or stand on one board.
    """
    quantities = [quantity_named(each) for each in metrics]
    cells, drawn = _chosen(sources, rows, submissions)
    places = [cell_named(cells, path) for path in paths] or [next(iter(_scored(cells)))]
    chosen = [(place, quantity) for place in places for quantity in quantities]
    refuse_unmeasured(cells, places, rows)
    drawn = [row for row in drawn if any(row.name in cells[place] for place in places)]
    names = [row.name for row in drawn]
    what = " and ".join(dict.fromkeys(quantities))
    where = " and ".join(f"{place.experiment}'s {place.path} path" for place in places)
    caption = f"Mean {what} along {where}, real in grey with its 10-90 % band"
    note = interpolation_note(
        cells[place][name].table.curves
        for place in places
        for name in (REFERENCE, *names)
        if name in cells[place]
    )
    caption += f"; {note}." if note else "."
    if together(names):

        def draw(sheet: Sheet) -> Figure:
            columns = min(sheet.columns, max(2, len(quantities)))
            size = size_of(len(chosen), sheet, columns=columns)
            figure = Figure(figsize=size, layout="constrained")
            return overlay_figure(figure, cells, chosen, names, sheet=sheet, columns=columns)

        return Plot(draw, caption)
    if len(chosen) > 1:
        raise SynactError(
            f"{len(chosen)} curves of each of {len(names)} rows do not fit on one figure",
            where="--path and --metric",
            fix="name one path and one metric, or at most four rows",
        )
    ((place, quantity),) = chosen
    return Plot(lambda sheet: curve_figure(drawn, cells, place, quantity, sheet=sheet), caption)


def distributions(
    sources: list[Path],
    rows: Sequence[str],
    paths: Sequence[str],
    metrics: Sequence[str],
    submissions: Sequence[Path] | None,
) -> Plot:
    """Ridges of the named rows, by metric.

    Raises:
        UnknownNameError: there is no such row, path or metric.
        RecordError: the cells cannot be read, or stand on one board.
    """
    cells, drawn = _chosen(sources, rows, submissions)
    shown = _panels(cells, paths, metrics)
    refuse_unmeasured(cells, [each.cell for each in shown], rows)
    points = len(next(iter(cells.values()))[REFERENCE].table.curves.fractions)
    labels = " and ".join(dict.fromkeys(each.metric for each in shown))
    return Plot(
        lambda sheet: distribution_figure(drawn, cells, shown, points=points, sheet=sheet),
        f"Distributions of {labels} over paths, medians marked, before real (grey).",
    )


def drawn(figure: Figure | None) -> Figure:
    """A figure, if there is anything on it.

    Raises:
        RecordError: there is not.
    """
    if figure is None:
        raise RecordError(
            "no row has a realism that can be read",
            where="the cells",
            fix="measure all paths of a row, with the preset quick or a larger one",
        )
    return figure


def _chosen(
    sources: list[Path], rows: Sequence[str], submissions: Sequence[Path] | None
) -> tuple[Cells, list[DrawnRow]]:
    """Arranged cells, and the rows that are drawn: those named, or all in the board's order."""
    given = cells_of(sources, rows, submissions)
    cells = arrange(part(given)[0])
    return cells, in_cells(cells, rows) if rows else on_board(boards.build(given))


def _scored(cells: Cells) -> list[CellName]:
    """Cells that a score is made of first, in the order in which they are declared."""
    return [*(name for name in WANTED if name in cells), *(n for n in cells if n not in WANTED)]


def _panels(cells: Cells, paths: Sequence[str], metrics: Sequence[str]) -> list[Distribution]:
    """What is drawn of which cell: of a metric alone the first cell that has it."""
    if not paths and not metrics:
        return [each for each in DISTRIBUTIONS if each.cell in cells]
    places = [cell_named(cells, path) for path in paths]
    found = []
    for metric in metrics or [each.metric for each in DISTRIBUTIONS]:
        having = [each for each in places or _scored(cells) if metric in metrics_in(cells, each)]
        if not having:
            known = sorted({name for cell in places or cells for name in metrics_in(cells, cell)})
            if metrics:
                raise UnknownNameError("metric", metric, known)
            continue
        found += [
            distribution_of(cells, each, metric) for each in (having if places else having[:1])
        ]
    return found
