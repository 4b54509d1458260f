"""Figures in print: the options that all of them have, and their files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, TypeAlias

import typer
from matplotlib.figure import Figure

from synact_bench.cli.board import stored
from synact_bench.core.errors import SynactError
from synact_bench.core.experiments import REAL
from synact_bench.core.row_names import present
from synact_bench.drawing.sheet import DPI, METADATA, PRINT, Sheet, Width, encoded, print_style
from synact_bench.reports.row_choice import chosen
from synact_bench.results import published
from synact_bench.results.files import write_together
from synact_bench.results.store import Cell


def present_each(rows: list[str] | None) -> list[str] | None:
    """Rows by the names that they have now; one that was renamed is found by its old name too."""
    return rows and [present(each) for each in rows]


SourcesArgument: TypeAlias = Annotated[
    list[Path], typer.Argument(metavar="SOURCE", help="Packs, or folders of stored cells.")
]
OutOption: TypeAlias = Annotated[
    list[Path],
    typer.Option(
        "--out", help="File to write, .pdf, .svg or .png; repeatable, for several of them."
    ),
]
RowOption: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--row", help="Row to draw; repeatable. All by default.", callback=present_each),
]
WidthOption: TypeAlias = Annotated[
    Width,
    typer.Option("--width", help="Of a page in two columns: one of them, 3.25 in, or both, 6.75."),
]
DpiOption: TypeAlias = Annotated[
    int, typer.Option("--dpi", min=72, max=1200, help="Dots an inch, of PNG.")
]
DEFAULT_DPI = DPI


def refuse_endings(out: Sequence[Path]) -> None:
    """Refuse files of a kind that is not written, before anything is read.

    Raises:
        SynactError: one is.
    """
    for path in out:
        if path.suffix.removeprefix(".").lower() not in METADATA:
            raise SynactError(
                f"no figure is written as {path.suffix or 'a file without an ending'}",
                where=str(path),
                fix=f"end its name in one of: {', '.join(f'.{each}' for each in METADATA)}",
            )


def save(
    draw: Callable[[Sheet], Figure], out: Sequence[Path], *, width: Width, dpi: int, caption: str
) -> None:
    """Draw a figure, write its files and say what is on it.

    Args:
        draw: makes the figure for the room that it has.
        out: the files, whose endings are known.
        width: of the figure.
        dpi: dots an inch, of PNG.
        caption: a sentence or two.

    Raises:
        RecordError: a file cannot be written.
    """
    with print_style():
        figure = draw(PRINT[width])
        contents = {
            path: encoded(figure, path.suffix.removeprefix(".").lower(), dpi=dpi) for path in out
        }
    write_together(contents)
    print(f"caption: {caption}")
    print(f"wrote {', '.join(map(str, out))}")


def cells_of(
    sources: list[Path], rows: Sequence[str] | None, submissions: Sequence[Path] | None
) -> list[Cell]:
    """Stored cells: all, or those of the named rows and of real, which others are drawn before.

    Raises:
        UnknownNameError: there is no such row.
        RecordError: as ``stored``.
    """
    if not rows or submissions:
        return stored(sources, submissions or ())
    chosen(dict.fromkeys(published.names(sources)), rows)
    return published.cells(sources, rows=(*REAL, *rows))
