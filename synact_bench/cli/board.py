"""``synact-bench board``: a leaderboard out of stored cells."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from synact_bench.errors import RecordError
from synact_bench.leaderboard import board as boards
from synact_bench.leaderboard import markdown, publish
from synact_bench.results.store import Cell, Store

EXAMPLES = """
Example:  synact-bench board runs/smollm2-135m/standard/seed-0 --out leaderboard
"""


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("board", epilog=EXAMPLES)(board)


def board(
    folders: Annotated[list[Path], typer.Argument(help="Folders of stored cells.")],
    out: Annotated[Path, typer.Option("--out", help="Where to write the board.")],
) -> None:
    """Write LEADERBOARD.md, scores.json and figures from stored cells; nothing is run."""
    cells = stored(folders)
    made = boards.build(cells)
    publish.write(made, cells, out)
    print(markdown.main_table(made))
    print(f"\nwrote {out / 'LEADERBOARD.md'}")


def stored(folders: list[Path]) -> list[Cell]:
    """All cells in some folders.

    Raises:
        RecordError: there is none, or one is damaged or newer.
    """
    cells = [cell for folder in folders for cell in Store(folder).cells()]
    if not cells:
        raise RecordError(
            "no stored cells",
            where=", ".join(map(str, folders)),
            fix="measure some with 'synact-bench run'",
        )
    return cells
