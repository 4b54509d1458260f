"""``synact-bench plot``: figures for a paper, out of stored cells."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from synact_bench.audit.drawn_ladder import drawn_ladder
from synact_bench.cli import plotted
from synact_bench.cli.board import stored
from synact_bench.cli.figure_files import (
    DEFAULT_DPI,
    DpiOption,
    OutOption,
    RowOption,
    SourcesArgument,
    WidthOption,
    refuse_endings,
    save,
)
from synact_bench.cli.grid import from_stored
from synact_bench.cli.options import SubmissionsOption
from synact_bench.reports import board as boards
from synact_bench.reports import checkpoint_table
from synact_bench.reports.forest import LOWEST, forest
from synact_bench.reports.grid import grid as grid_of
from synact_bench.reports.grid_page import CAPTION as GRID_CAPTION
from synact_bench.reports.heat_map import heat_map
from synact_bench.reports.ladder_figure import ladder_figure

SUMMARY = "Draw a figure for a paper, as PDF, SVG or PNG, from stored cells; nothing is run."
PACK = "leaderboard/records/smollm2-135m.parquet"
EXAMPLES = f"""
Examples:

  synact-bench plot curves {PACK} --row cluster-gaussian --row gaussian --out curves.pdf

  synact-bench plot forest {PACK} --out forest.pdf --out forest.png

  synact-bench plot grid leaderboard/records/gemma3-270m-*.parquet --width page --out layers.svg
"""
PathOption: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--path", help="Path, as scaled or plateau/scaled; repeatable."),
]


def add_to(app: typer.Typer) -> None:
    """Add the verb, and one below it for each kind of figure."""
    plots = typer.Typer(help=SUMMARY, epilog=EXAMPLES, no_args_is_help=True, rich_markup_mode=None)
    for name, (draw, summary) in KINDS.items():
        plots.command(name, short_help=summary)(draw)
    app.add_typer(plots, name="plot")


def curves(
    sources: SourcesArgument,
    out: OutOption,
    rows: RowOption = None,
    paths: PathOption = None,
    metrics: Annotated[
        list[str] | None,
        typer.Option("--metric", help="l2 or kl; repeatable. l2 by default."),
    ] = None,
    width: WidthOption = "column",
    dpi: DpiOption = DEFAULT_DPI,
    submissions: SubmissionsOption = None,
) -> None:
    """Draw mean curves before those of real: up to four rows in one panel, or a panel for each.

    The band is the middle 80 % of the paths: of real, and of a row that stands there alone.
    """
    refuse_endings(out)
    asked = plotted.curves(sources, rows or [], paths or [], metrics or ["l2"], submissions)
    save(asked.draw, out, width=width, dpi=dpi, caption=asked.caption)


def distributions(
    sources: SourcesArgument,
    out: OutOption,
    rows: RowOption = None,
    paths: PathOption = None,
    metrics: Annotated[
        list[str] | None,
        typer.Option(
            "--metric",
            help="Metric of single paths, as 'synact-bench list' names it; repeatable. "
            "plateau_width and max_slope_step by default.",
        ),
    ] = None,
    width: WidthOption = "page",
    dpi: DpiOption = DEFAULT_DPI,
    submissions: SubmissionsOption = None,
) -> None:
    """Draw how a metric is distributed over paths: a ridge for each row, real behind it."""
    refuse_endings(out)
    asked = plotted.distributions(sources, rows or [], paths or [], metrics or [], submissions)
    save(asked.draw, out, width=width, dpi=dpi, caption=asked.caption)


def forest_plot(
    sources: SourcesArgument,
    out: OutOption,
    rows: RowOption = None,
    lowest: Annotated[
        float,
        typer.Option(
            "--lowest",
            min=LOWEST,
            max=0,
            help="Left end of the axis, realism as boards show it: an arrow stands there with the "
            "value of a row below it.",
        ),
    ] = LOWEST,
    width: WidthOption = "column",
    dpi: DpiOption = DEFAULT_DPI,
    submissions: SubmissionsOption = None,
) -> None:
    """Draw realism of every row with its 95 % interval, and its rank before its name."""
    refuse_endings(out)
    board = boards.build(stored(sources, submissions or ()))
    caption = (
        f"Realism on {board.setting.testbed} ({board.setting.bases} bases of {board.documents} "
        "documents) with 95 % intervals over documents, ranks before the names."
    )

    save(
        lambda sheet: plotted.drawn(forest(board, rows or [], sheet=sheet, lowest=lowest)),
        out, width=width, dpi=dpi, caption=caption,
    )  # fmt: skip


def ladder(
    sources: Annotated[
        list[Path],
        typer.Argument(
            metavar="SOURCE",
            help="Packs, or folders of stored cells, with rungs of the control ladder; or the "
            ".json table of a prior's checkpoints.",
        ),
    ],
    out: OutOption,
    width: WidthOption = "column",
    dpi: DpiOption = DEFAULT_DPI,
) -> None:
    """Draw realism from real activations to Gaussian samples, or along the training of a prior."""
    refuse_endings(out)
    if [source.suffix for source in sources] == [checkpoint_table.ENDING]:
        drawn = checkpoint_table.drawn(sources[0])
    else:
        drawn = drawn_ladder(stored(sources))
    caption = f"Realism by {drawn.label}, with 95 % intervals over documents."
    save(
        lambda sheet: ladder_figure(drawn, sheet=sheet),
        out, width=width, dpi=dpi, caption=caption,
    )  # fmt: skip


def grid(
    sources: SourcesArgument,
    out: OutOption,
    rows: RowOption = None,
    width: WidthOption = "page",
    dpi: DpiOption = DEFAULT_DPI,
) -> None:
    """Draw realism of every row on each of several testbeds as a map of colours."""
    refuse_endings(out)
    made = grid_of(from_stored(sources), rows=rows or None)
    save(
        lambda sheet: plotted.drawn(heat_map(made, sheet=sheet)),
        out, width=width, dpi=dpi, caption=GRID_CAPTION,
    )  # fmt: skip


KINDS: Mapping[str, tuple[Callable[..., None], str]] = {
    "curves": (curves, "Mean curves of rows before real."),
    "distributions": (distributions, "How metrics of single paths are distributed."),
    "forest": (forest_plot, "Realism of every row with its interval."),
    "ladder": (ladder, "Realism along the control ladder or a training."),
    "grid": (grid, "Realism of every row on several testbeds."),
}
"""Verbs below the verb, with a line each."""
