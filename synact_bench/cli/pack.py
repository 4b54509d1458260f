"""``synact-bench pack``: stored cells as the one file that is published."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from synact_bench.cli.board import stored
from synact_bench.reports.archive import refuse_reconstructions
from synact_bench.reports.comparable import arrange
from synact_bench.results import pack as packs
from synact_bench.results.rounding import rounded

EXAMPLE = """
Example:

  synact-bench pack runs/smollm2-135m/standard/seed-0 --out leaderboard/records/smollm2-135m.parquet
"""


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("pack", epilog=EXAMPLE)(pack)


def pack(
    places: Annotated[list[Path], typer.Argument(help="Folders of stored cells, or packs.")],
    out: Annotated[Path, typer.Option("--out", help="The Parquet file to write.")],
    exact: Annotated[
        bool, typer.Option("--exact", help="Round nothing; the file is about twice as large.")
    ] = False,
) -> None:
    """Write the cells of a testbed as one Parquet file: curves at the points that were run.

    Those of bases that are not refined are rounded, by less than any score can tell.
    """
    cells = stored(places)
    refuse_reconstructions(cells)
    arrange(cells)  # what cannot stand on one board does not belong in one file
    packs.save(cells if exact else map(rounded, cells), out)
    print(f"wrote {out}: {len(cells)} cells, {out.stat().st_size / 1e6:.1f} MB")
