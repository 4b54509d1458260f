"""Ranks the testbeds of a drawn store as dictionaries of one hook, by all their generators.

    python -m benchmarks.load_comparison PACK PACK [PACK ...]

What ``synact-bench run --sae A --sae B`` prints once all is measured, of packs, whose boards are
kept in the cache as ``synact-bench board`` keeps them, and taken from there. That command scores
its own cells each time. Nothing is run.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from synact_bench.core.experiments import REAL
from synact_bench.reports import dictionaries_page
from synact_bench.reports.boards import Boards
from synact_bench.reports.dictionaries import Dictionaries, Scored, compare
from synact_bench.results.board_cache import BoardCache
from synact_bench.results.latents import Latents
from synact_bench.results.packed_testbeds import PackedTestbeds
from synact_bench.scoring.resampling import REPLICATES

LATENTS = Latents(d_sae=4096, alive=0.9, explained_variance=0.8, l0=32.0)
"""Drawn dictionaries have none of their own: a page shows them and compares nothing by them."""


def compared(
    packs: Sequence[Path], *, replicates: int = REPLICATES, cache: BoardCache | None = None
) -> Dictionaries:
    """The dictionaries in their order, one pack in memory at a time.

    Args:
        packs: of the testbeds.
        replicates: of the bootstrap.
        cache: of boards that were built before.

    Raises:
        RecordError: two are of different hooks, or lack a generator.
    """
    cells = PackedTestbeds(packs)
    boards = Boards(cells, replicates, cache)
    scored = [
        Scored.of(name, LATENTS, boards.board(name), cells.rows(name, REAL)) for name in cells
    ]
    rows = scored[0].board.rows
    compositions = [row.name for row in rows if row.card.kind == "generator" and not row.control]
    return compare(scored, compositions)


app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def main(
    packs: Annotated[list[Path], typer.Argument(help="Of testbeds that share draws of real.")],
) -> None:
    """Print the order."""
    order = compared(packs, cache=BoardCache())
    typer.echo(dictionaries_page.main_table(order))
    typer.echo(dictionaries_page.decided(order))


if __name__ == "__main__":
    app()
