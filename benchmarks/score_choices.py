"""How many points of the path, and which cells: minimum detectable differences of version 2.

    python -m benchmarks.score_choices --first FOLDER

Nothing is run. It needs curves on the whole grid of every base, which the packs have that version 1
was published from; docs/realism2.md says how to get them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.score_versions import noise, packs
from benchmarks.second_version import departures_at, realisms
from benchmarks.tables import Row, Table
from benchmarks.version_records import Records
from synact_bench.core.curves import SCORED
from synact_bench.reports.board import TRACKS
from synact_bench.reports.scored_cells import RELATIVE, WANTED
from synact_bench.rescoring.first_version import FIRST_WANTED
from synact_bench.scoring import CellName

POINTS = {
    "5": (0.18, 0.34, 0.52, 0.76, 1.0),
    "8": SCORED,
    "17": (*(round(0.04 + 0.06 * place, 2) for place in range(16)), 1.0),
    "50": tuple(round(0.02 * place, 2) for place in range(1, 51)),
}
"""Fractions of the path, by how many there are."""
CELLS: Mapping[str, tuple[CellName, ...]] = {
    "all five": FIRST_WANTED,
    "without sensitivity/absolute": tuple(
        cell for cell in FIRST_WANTED if cell != CellName("sensitivity", "absolute")
    ),
    "without both absolute": WANTED,
    "without matched and absolute": (RELATIVE, CellName("plateau", "scaled")),
}


def compared(records: Records, replicates: int) -> tuple[list[Row], list[Row]]:
    """What can be told apart, by number of points and by choice of cells."""
    tracks = {track: records.track(track) for track in TRACKS}
    names = [name for each in tracks.values() for name in each]
    drawn = records.resampling(replicates)
    found = {
        many: departures_at(records, names, fractions, drawn) for many, fractions in POINTS.items()
    }
    points: list[Row] = [
        {"points": many, **noise(realisms(each), tracks)} for many, each in found.items()
    ]
    scored = found[str(len(SCORED))]
    cells: list[Row] = [
        {"cells": name, **noise(realisms(scored, chosen), tracks)} for name, chosen in CELLS.items()
    ]
    return points, cells


app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def main(
    first: Annotated[Path, typer.Option(help="Folder of packs that version 1 is defined for.")],
    replicates: int = 1000,
) -> None:
    """Print both tables of every testbed, as Markdown."""
    for testbed, path in packs(first).items():
        points, cells = compared(Records.first(path), replicates)
        for title, body in (("points of the path", points), ("cells, 8 points", cells)):
            typer.echo(f"\n## {testbed}: {title}\n\n{Table(testbed, title, body).text}")


if __name__ == "__main__":
    app()
