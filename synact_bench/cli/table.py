"""``synact-bench table``: a board's rows as a table, out of stored cells."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from synact_bench.cli.board import stored
from synact_bench.cli.figure_files import SourcesArgument, present_each
from synact_bench.cli.options import SubmissionsOption
from synact_bench.core.errors import SynactError
from synact_bench.reports import board as boards
from synact_bench.reports.board_frame import FORMATS
from synact_bench.results.files import write_atomically

EXAMPLES = """
Examples:

  synact-bench table leaderboard/records/smollm2-135m.parquet --format latex --out board.tex

  synact-bench table runs/smollm2-135m/quick/seed-0 --row my-method --row gaussian
"""
ENDINGS = {".tex": "latex", ".csv": "csv", ".md": "markdown"}
"""Formats by the ending of a file."""


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("table", epilog=EXAMPLES)(table)


def table(
    sources: SourcesArgument,
    chosen: Annotated[
        Literal["latex", "csv", "markdown"] | None,
        typer.Option(
            "--format",
            help="latex needs the package booktabs; csv has every number as it is. By default as "
            "--out ends, in .tex, .csv or .md, else markdown.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="File to write instead of printing the table.")
    ] = None,
    rows: Annotated[
        list[str] | None,
        typer.Option(
            "--row", help="Row to take; repeatable. All by default.", callback=present_each
        ),
    ] = None,
    submissions: SubmissionsOption = None,
) -> None:
    """Write a board's rows as a table of LaTeX, Markdown or CSV from stored cells; nothing is run.

    Realism with its interval, rank and flags, and realism and rank by part.
    """
    if chosen is None and out is not None and out.suffix not in ENDINGS:
        raise SynactError(
            f"no format is known by the ending {out.suffix!r}",
            where=str(out),
            fix="give --format",
        )
    wanted = chosen or ENDINGS[out.suffix if out is not None else ".md"]
    found = boards.build(stored(sources, submissions or ())).to_frame(rows or [])
    text = FORMATS[wanted](found)
    if out is None:
        print(text, end="")
        return
    write_atomically(out, text.encode())
    print(f"wrote {out}")
