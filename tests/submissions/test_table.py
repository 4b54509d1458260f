from __future__ import annotations

import dataclasses

import pyarrow as pa
import pyarrow.parquet as pq

from synact_bench.results.store import Cell
from synact_bench.results.table import to_arrow
from synact_bench.submissions import table
from tests.helpers import cells, submissions


def encoded(given: list[Cell]) -> bytes:
    return table.encode([cell.record for cell in given], [cell.table for cell in given])


def measured_everywhere(cell: Cell) -> pa.Table:
    curves = dataclasses.replace(cell.table.curves, measured=cell.table.curves.l2 >= 0)
    return to_arrow(dataclasses.replace(cell.table, curves=curves))


def test_tables_survive_their_file_whatever_pairs_were_dropped() -> None:
    given = [
        cells.cell("mine", "sensitivity", "relative", dropped=3),
        cells.cell("mine", "plateau", "scaled"),
    ]
    found = table.decode(encoded(given), [cell.record for cell in given])
    for cell, back in zip(given, found, strict=True):
        known = measured_everywhere(cell)
        read = to_arrow(back)
        assert read.schema.metadata == known.schema.metadata
        assert set(read.column_names) == set(known.column_names)
        for name in known.column_names:
            assert str(read[name].to_pylist()) == str(known[name].to_pylist())


def test_equal_cells_give_equal_bytes() -> None:
    assert encoded(submissions.own()) == encoded(submissions.own())


def test_the_file_opens_in_any_reader_and_says_which_cell_a_path_is_of() -> None:
    whole = pq.read_table(pa.BufferReader(encoded(submissions.own())))
    frame = whole.select(["experiment", "path", "base"]).to_pandas()
    assert set(frame.groupby(["experiment", "path"]).size()) == {cells.BASES}
