from __future__ import annotations

import base64
import dataclasses
import json
import zlib
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from synact_bench.core.curves import Curves
from synact_bench.core.errors import RecordError
from synact_bench.engine.refinement import Sought, coarse, interpolated, most_wanted
from synact_bench.results import pack
from synact_bench.results.record import SCHEMA_VERSION
from synact_bench.results.store import Cell, Store, encode
from tests.helpers import cells

HERE = Path(__file__).parent
OLDER = HERE / "packs" / "with-starts.parquet"
"""With the start of every curve, and records that are not compressed."""


def refined(cell: Cell) -> Cell:
    """The cell as an adaptive sweep leaves it: only some points run, the others interpolated."""
    curves: Any = cell.table.curves
    sought = Sought.of(cell.record.events, tau=cell.record.metric_facts.tau)
    assert sought is not None
    measured = np.zeros(curves.l2.shape, dtype=bool)
    measured[:, coarse(curves.l2.shape[1])] = True
    for _ in range(3):
        wanted = most_wanted(curves.l2, measured, sought, 1)
        rows = np.flatnonzero(wanted[:, 0] >= 0)
        measured[rows, wanted[rows, 0]] = True
    kept: list[Any] = [
        np.where(measured, each, 0).astype(np.float32) for each in (curves.l2, curves.kl)
    ]
    between = interpolated(kept[0], kept[1], measured, sought)
    l2, kl = (
        np.where(measured, run, full).astype(np.float32)
        for run, full in zip(kept, between, strict=True)
    )
    changed = Curves(curves.fractions, l2, kl, measured)
    record = cell.record.model_copy(update={"points_run": changed.points_run})
    return Cell(record, dataclasses.replace(cell.table, curves=changed))


@pytest.fixture(scope="module")
def given() -> list[Cell]:
    board = [refined(each) for each in cells.whole_board(cells.FEW)]
    assert any(not each.table.curves.run.all() for each in board)
    return sorted(board, key=lambda each: each.record.identity.stem)


def assert_same(found: list[Cell], expected: list[Cell]) -> None:
    assert [each.record for each in found] == [each.record for each in expected]
    assert [each.table for each in found] == [each.table for each in expected]


def test_what_is_packed_is_read_to_the_bit(given: list[Cell], tmp_path: Path) -> None:
    path = tmp_path / "toy.parquet"
    pack.save(reversed(given), path)
    assert_same(pack.load(path), given)
    assert pack.records(path) == [each.record for each in given]
    for one, other in zip(pack.load(path), given, strict=True):
        for name, known in other.sample.values.items():
            np.testing.assert_array_equal(one.sample.values[name].values, known.values)


def test_conventional_measures_are_packed_and_stored(given: list[Cell], tmp_path: Path) -> None:
    reported = cells.reported(given, gaussian=cells.conventional(), real=cells.conventional(1.1))
    found = pack.loads(pack.dumps(reported))
    assert_same(found, reported)
    having = [each for each in found if each.record.conventional is not None]
    assert {each.record.identity.generator.name for each in having} == {"gaussian", "real"}
    (whole,) = cells.reported([cells.cell("gaussian")], gaussian=cells.conventional())
    Store(tmp_path).write(whole.record, encode(whole.table))
    assert [each.record for each in Store(tmp_path).cells()] == [whole.record]


def test_equal_cells_give_equal_bytes_in_any_order(given: list[Cell]) -> None:
    assert (
        pack.dumps(given)
        == pack.dumps(reversed(given))
        == pack.dumps(pack.loads(pack.dumps(given)))
    )


def test_points_that_were_not_run_are_not_stored(given: list[Cell], tmp_path: Path) -> None:
    pack.save(given, tmp_path / "toy.parquet")
    query = f"SELECT sum(len(point)), sum(len(l2)), sum(len(kl)) FROM '{tmp_path}/toy.parquet'"
    run = sum(each.table.curves.points_run - each.record.paths for each in given)
    assert duckdb.sql(query).fetchall() == [(run, run, run)]


@pytest.mark.parametrize("name", ["l2", "kl", "measured"])
def test_curves_that_do_not_start_at_0_are_refused(given: list[Cell], name: str) -> None:
    cell = given[0]
    values = getattr(cell.table.curves, name).copy()
    values[1, 0] = not values[1, 0]
    curves = dataclasses.replace(cell.table.curves, **{name: values})
    moved = Cell(cell.record, dataclasses.replace(cell.table, curves=curves))
    with pytest.raises(RecordError, match="do not start at 0"):
        pack.dumps([moved])


def test_a_pack_of_before_records_were_compressed_is_read() -> None:
    stored = [*Store(HERE / "schemas" / "5").cells()]
    assert b"records" in pq.read_schema(OLDER).metadata
    assert_same(pack.load(OLDER), stored)
    assert pack.records(OLDER) == [each.record for each in stored]
    # Written in the order of their names now: one was renamed since.
    assert_same(
        pack.loads(pack.dumps(stored)), sorted(stored, key=lambda each: each.record.identity.stem)
    )


def test_only_the_rows_that_are_asked_for_are_read(given: list[Cell]) -> None:
    found = pack.loads(pack.dumps(given), rows=["gaussian"])
    assert_same(
        found, [each for each in given if each.record.identity.generator.name == "gaussian"]
    )
    assert found


def test_dense_and_empty_cells_survive() -> None:
    dense = cells.cell("gaussian", engine="dense@2", record={"events": ()})
    empty = cells.cell("isotropic", dropped=cells.BASES)
    found = pack.loads(pack.dumps([dense, empty]))
    assert_same(found, [dense, empty])
    assert found[0].table.curves.measured is None


def test_grids_of_different_presets_keep_their_own_fractions() -> None:
    both = [cells.cell("gaussian", points=17), cells.cell("isotropic", points=33)]
    assert_same(pack.loads(pack.dumps(both)), both)


def test_grids_of_one_length_that_differ_are_refused() -> None:
    one, other = cells.cell("gaussian"), cells.cell("isotropic")
    curves = other.table.curves
    bent = dataclasses.replace(curves, fractions=curves.fractions**1.1)
    moved = Cell(other.record, dataclasses.replace(other.table, curves=bent))
    with pytest.raises(RecordError, match="lie elsewhere than those of other cells"):
        pack.dumps([one, moved])


def test_points_that_nothing_was_chosen_for_are_refused(given: list[Cell]) -> None:
    cell = given[0]
    bare = Cell(cell.record.model_copy(update={"events": ()}), cell.table)
    with pytest.raises(ValueError, match="lacks points, and nothing says what for"):
        pack.loads(pack.dumps([bare]))


def test_nothing_to_pack_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="no cell to pack"):
        pack.save([], tmp_path / "toy.parquet")
    assert list(tmp_path.iterdir()) == []


def test_every_bit_that_is_flipped_is_found(given: list[Cell], tmp_path: Path) -> None:
    path, content = tmp_path / "toy.parquet", pack.dumps(given)
    rng = np.random.default_rng(0)
    for place in rng.integers(0, len(content), size=60).tolist():
        flipped = bytearray(content)
        flipped[place] ^= 1 << int(rng.integers(8))
        path.write_bytes(flipped)
        try:
            found = pack.load(path)
        except RecordError:
            continue
        # Some bytes of a footer say nothing, such as who wrote it; numbers are never others.
        assert_same(found, given)


def restated(content: bytes, name: bytes, text: bytes) -> bytes:
    """The same columns with another piece of metadata, under the checksum of what was packed."""
    table = pq.read_table(pa.BufferReader(content))
    metadata = {**table.schema.metadata, name: text}
    sink = pa.BufferOutputStream()
    pq.write_table(table.replace_schema_metadata(metadata), sink)
    return sink.getvalue().to_pybytes()


def test_altered_records_are_refused(given: list[Cell], tmp_path: Path) -> None:
    content = pack.dumps(given)
    packed = pq.read_schema(pa.BufferReader(content)).metadata[b"records_zlib"]
    text = zlib.decompress(base64.b64decode(packed))
    assert [each["id"] for each in json.loads(text)] == [each.record.id for each in given]
    altered = zlib.compress(text.replace(b'"seed": 0', b'"seed": 1', 1))
    path = tmp_path / "toy.parquet"
    for stored, said in ((altered, "its records are not those"), (altered[:-9], "cut off")):
        path.write_bytes(restated(content, b"records_zlib", base64.b64encode(stored)))
        for read in (pack.load, pack.records):
            with pytest.raises(RecordError, match=f"toy.parquet: is not a pack: .*{said}"):
                read(path)


def test_altered_grids_are_refused(given: list[Cell]) -> None:
    content = pack.dumps(given)
    text = pq.read_schema(pa.BufferReader(content)).metadata[b"fractions"]
    with pytest.raises(ValueError, match="its grids are not those that were packed"):
        pack.loads(restated(content, b"fractions", text.replace(b"0.92", b"0.93")))


def test_a_newer_schema_is_refused(given: list[Cell], tmp_path: Path) -> None:
    newer = given[0].record.model_copy(update={"schema_version": SCHEMA_VERSION + 1})
    path = tmp_path / "toy.parquet"
    path.write_bytes(pack.dumps([Cell(newer, given[0].table)]))
    with pytest.raises(RecordError, match="upgrade synact-bench"):
        pack.load(path)


@pytest.mark.parametrize("content", [b"", b"PAR1", json.dumps([1]).encode()])
def test_what_is_no_pack_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "toy.parquet"
    path.write_bytes(content)
    for read in (pack.load, pack.records):
        with pytest.raises(RecordError, match=r"toy.parquet: is not a pack"):
            read(path)
    with pytest.raises(RecordError, match="is not a pack"):
        pack.load(tmp_path / "none.parquet")
