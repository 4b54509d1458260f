"""What rounding saves in a published pack, and what it changes on its board.

    python -m benchmarks.packing PACK_OR_RUN_FOLDER [--bits 8 --bits 9 ...] [--refined 25]

Nothing is run. A run's folder holds every bit that was measured; a pack that was rounded already
shows what fewer bits would change. ``--refined`` is for records whose bases are all refined, as
those of ``adaptive@1``: of those that are not among the first so many, the scored points alone are
taken, which is what a run measures now.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.board_changes import changes
from benchmarks.tables import Row, Table, Value
from synact_bench.core.curves import Curves, joined
from synact_bench.reports import board as boards
from synact_bench.reports.scored_cells import POINTS
from synact_bench.results import pack, published
from synact_bench.results.rounding import rounded
from synact_bench.results.store import Cell
from synact_bench.results.table import CellTable

BITS = tuple(range(8, 15))
"""Of the mantissa, which are compared."""
EXACT = "all"
"""Column of the cells as they are."""


def thinned(cell: Cell, refined: int) -> Cell:
    """The cell as though its first ``refined`` bases alone were refined.

    Of the others the scored points are left, and taken for run where they were interpolated.
    """
    table, record = cell.table, cell.record
    whole = table.base < refined
    scored = table.curves[~whole].at(POINTS)
    curves = joined(table.curves[whole], Curves(scored.fractions, scored.l2, scored.kl))
    identity = record.identity.model_copy(update={"refined": refined})
    fields = {"identity": identity, "id": identity.id, "points_run": curves.points_run}
    changed = CellTable(table.base, table.document, table.geometry, curves)
    return Cell(record.model_copy(update=fields), changed)


def compared(cells: Sequence[Cell], bits: Sequence[int]) -> list[Row]:
    """By number of bits: the size of a pack, and the largest change of each kind of number.

    Args:
        cells: of one board, with every bit.
        bits: of the mantissa, which are compared.
    """
    before, whole = boards.build(cells), len(pack.dumps(cells))
    columns: dict[str, dict[str, Value]] = {EXACT: {"MB": whole / 1e6, "share of all bits": 1.0}}
    for each in bits:
        short = [rounded(cell, each) for cell in cells]
        size = len(pack.dumps(short))
        sizes: dict[str, Value] = {"MB": size / 1e6, "share of all bits": size / whole}
        columns[str(each)] = {**sizes, **changes(before, boards.build(short))}
    keys = dict.fromkeys(key for column in columns.values() for key in column)
    return [
        {"bits": key, **{name: column.get(key) for name, column in columns.items()}} for key in keys
    ]


app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def main(
    place: Annotated[Path, typer.Argument(help="A pack, or a folder of stored cells.")],
    bits: Annotated[list[int] | None, typer.Option(help="8 to 14 by default.")] = None,
    refined: Annotated[
        int | None, typer.Option(help="Take only so many bases for refined.")
    ] = None,
) -> None:
    """Print the table of one testbed."""
    cells = published.cells([place])
    if refined is not None:
        cells = [thinned(each, refined) for each in cells]
    rows = compared(cells, bits or BITS)
    typer.echo(Table("packing", "largest change by bits of the mantissa", rows).text)


if __name__ == "__main__":
    app()
