from __future__ import annotations

import dataclasses
import errno
import hashlib
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.testing import assert_array_equal

from synact_bench.core import checksums
from synact_bench.core.errors import RecordError
from synact_bench.metrics import Event, PathMetric, metrics_for
from synact_bench.results.record import SCHEMA_VERSION, CellIdentity
from synact_bench.results.record_file import DamagedError
from synact_bench.results.store import OLDER, Cell, Store, encode
from tests.helpers import cells


@pytest.fixture
def stored(tmp_path: Path) -> tuple[Store, CellIdentity, Path]:
    """A store with one cell, the cell's identity and the path of its record."""
    store = Store(tmp_path / "run")
    cell = cells.cell("gaussian")
    store.write(cell.record, encode(cell.table))
    return store, cell.record.identity, store.folder / f"{cell.record.identity.stem}.json"


Stored = tuple[Store, CellIdentity, Path]


def edit(path: Path, **changed: Any) -> None:
    """Change fields, with a checksum of what they are then."""
    fields = json.loads(path.read_text()) | changed
    digest = checksums.of_fields(fields, name="record_sha256")
    path.write_text(json.dumps(fields | {"record_sha256": digest}))


def replace_table(path: Path, content: bytes) -> None:
    """Another table, and a record that vouches for it."""
    path.with_suffix(".parquet").write_bytes(content)
    edit(path, table_sha256=hashlib.sha256(content).hexdigest())


def assert_damaged(stored: Stored, message: str) -> None:
    store, identity, path = stored
    with pytest.raises(DamagedError, match=message) as caught:
        store.cell(identity)
    assert Path(caught.value.where).stem == path.stem
    assert not store.holds(identity, events=())
    with pytest.raises(DamagedError):
        list(store.cells())


def test_a_stored_cell_is_read_back(stored: Stored) -> None:
    store, identity, path = stored
    assert store.holds(identity, events=())
    cell = store.cell(identity)
    assert cell.record == cells.cell("gaussian").record
    assert encode(cell.table) == path.with_suffix(".parquet").read_bytes()


def test_an_empty_cell_is_read_back(tmp_path: Path) -> None:
    cell = cells.cell("gaussian", dropped=cells.BASES)
    store = Store(tmp_path)
    store.write(cell.record, encode(cell.table))
    assert store.cell(cell.record.identity).record.status == "empty"


def test_a_cell_of_another_identity_is_not_held(stored: Stored) -> None:
    store, _, _ = stored
    other = cells.identity("gaussian", "sensitivity", "relative", seed=1)
    assert not store.holds(other, events=())
    with pytest.raises(DamagedError, match="No such file"):
        store.cell(other)


def test_cells_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert list(store.cells()) == []
    for name in ("real", "mean", "gaussian"):
        cell = cells.cell(name)
        store.write(cell.record, encode(cell.table))
    (tmp_path / "scores.json").write_text("{}")
    names = [cell.record.identity.generator.name for cell in store.cells()]
    assert names == ["gaussian", "mean", "real"]


@pytest.mark.parametrize("call", [1, 2])
def test_a_full_disk_keeps_the_older_cell_whole(
    stored: Stored, monkeypatch: pytest.MonkeyPatch, call: int
) -> None:
    store, identity, _ = stored
    before = {path: path.read_bytes() for path in store.folder.iterdir()}
    calls = iter(range(1, 10))

    def fsync(_descriptor: int) -> None:
        if next(calls) == call:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", fsync)
    other = other_table()
    sha256 = hashlib.sha256(encode(other.table)).hexdigest()
    record = other.record.model_copy(update={"table_sha256": sha256})
    with pytest.raises(RecordError, match="No space left on device"):
        store.write(record, encode(other.table))
    assert {path: path.read_bytes() for path in store.folder.iterdir()} == before
    assert store.holds(identity, events=())


def other_table() -> Cell:
    """The same cell with other numbers, as another machine may compute them."""
    cell = cells.cell("gaussian")
    moved = {name: each + 1 for name, each in cell.table.geometry.items()}
    return Cell(cell.record, dataclasses.replace(cell.table, geometry=moved))


def test_a_full_disk_leaves_no_new_cell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fsync(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", fsync)
    cell = cells.cell("gaussian")
    with pytest.raises(RecordError):
        Store(tmp_path).write(cell.record, encode(cell.table))
    assert not list(tmp_path.iterdir())


def test_a_truncated_table_is_damaged(stored: Stored) -> None:
    table = stored[2].with_suffix(".parquet")
    table.write_bytes(table.read_bytes()[:-100])
    assert_damaged(stored, "not the table its record describes")


def test_a_table_with_one_bit_changed_is_damaged(stored: Stored) -> None:
    table = stored[2].with_suffix(".parquet")
    content = bytearray(table.read_bytes())
    content[len(content) // 2] ^= 1
    table.write_bytes(content)
    assert_damaged(stored, "not the table its record describes")


def test_a_missing_table_is_damaged(stored: Stored) -> None:
    stored[2].with_suffix(".parquet").unlink()
    assert_damaged(stored, "cannot be read: No such file")


@pytest.mark.parametrize("keep", [0, 20, -20])
def test_a_broken_table_is_damaged_even_if_its_record_vouches_for_it(
    stored: Stored, keep: int
) -> None:
    replace_table(stored[2], stored[2].with_suffix(".parquet").read_bytes()[:keep])
    assert_damaged(stored, "not a table of paths")


def test_any_other_parquet_file_is_damaged(stored: Stored) -> None:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"a": [1]}), sink)
    replace_table(stored[2], sink.getvalue().to_pybytes())
    assert_damaged(stored, "not a table of paths")


def test_a_table_of_another_size_than_its_record_says_is_damaged(stored: Stored) -> None:
    replace_table(stored[2], encode(cells.cell("gaussian", dropped=1).table))
    assert_damaged(stored, "says 24 paths of 51 points, its table has 23 of 51")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '"text"', f'{{"schema_version": {SCHEMA_VERSION}}}']
)
def test_a_file_that_is_no_record_is_damaged(stored: Stored, text: str) -> None:
    stored[2].write_text(text)
    assert_damaged(stored, "is not a record")


def test_bytes_that_are_no_text_are_damaged(stored: Stored) -> None:
    stored[2].write_bytes(b"\xff\xfe")
    assert_damaged(stored, "is not a record")


def test_an_edited_identity_is_damaged(stored: Stored) -> None:
    fields = json.loads(stored[2].read_text())
    fields["identity"]["seed"] = 7
    edit(stored[2], identity=fields["identity"])
    assert_damaged(stored, "its id is not that of its identity")


def test_any_other_edited_field_is_damaged(stored: Stored) -> None:
    text = stored[2].read_text()
    assert '"tau": 10.0' in text
    stored[2].write_text(text.replace('"tau": 10.0', '"tau": 10.1'))
    assert_damaged(stored, "is not a record: its record_sha256 is not that of its other fields")


def test_a_record_of_before_there_were_checksums_is_read(stored: Stored) -> None:
    store, identity, path = stored
    cell = store.cell(identity)
    path.write_text(cell.record.model_dump_json(), encoding="utf-8")
    assert "record_sha256" not in path.read_text()
    assert store.cell(identity).record == cell.record


def test_an_edited_id_is_damaged(stored: Stored) -> None:
    edit(stored[2], id="0" * 64)
    assert_damaged(stored, "its id is not that of its identity")


def test_an_edited_count_is_damaged(stored: Stored) -> None:
    edit(stored[2], paths=cells.BASES - 1)
    assert_damaged(stored, "is not a record")


def test_a_renamed_record_is_damaged(stored: Stored) -> None:
    store, _, path = stored
    for ending in (".json", ".parquet"):
        path.with_suffix(ending).rename(path.with_name(f"other--cell{ending}"))
    with pytest.raises(DamagedError, match="its id"):
        list(store.cells())


def test_a_newer_schema_is_refused_and_not_taken_for_damage(stored: Stored) -> None:
    store, identity, path = stored
    edit(path, schema_version=SCHEMA_VERSION + 1, unheard_of=1)
    for read in (store.found, store.cell):
        with pytest.raises(RecordError, match=f"schema version {SCHEMA_VERSION + 1}") as caught:
            read(identity)
        assert not isinstance(caught.value, DamagedError)
        assert "upgrade synact-bench" in str(caught.value)


@pytest.mark.parametrize("version", [0, "1", 1.5, None, True])
def test_a_schema_version_that_is_none_is_damaged(stored: Stored, version: object) -> None:
    edit(stored[2], schema_version=version)
    assert_damaged(stored, "has schema version")


def test_a_damaged_cell_can_be_written_anew(stored: Stored) -> None:
    store, identity, path = stored
    path.with_suffix(".parquet").write_bytes(b"")
    cell = cells.cell("gaussian")
    store.write(cell.record, encode(cell.table))
    assert store.holds(identity, events=())


def test_a_folder_with_a_newer_record_anywhere_is_refused(stored: Stored) -> None:
    store, _, path = stored
    assert store.bring_up_to_date() == 0
    path.with_name("other--sensitivity--relative--0.json").write_text("{", encoding="utf-8")
    assert store.bring_up_to_date() == 0  # damage is not age
    edit(path, schema_version=SCHEMA_VERSION + 1)
    with pytest.raises(RecordError, match=f"schema version {SCHEMA_VERSION + 1}"):
        store.bring_up_to_date()


def test_cells_of_another_version_of_the_engine_are_set_aside_whole(stored: Stored) -> None:
    store, identity, path = stored
    others = [cells.cell("gaussian", engine=engine) for engine in ("adaptive@1", "dense@2")]
    for cell in others:
        store.write(cell.record, encode(cell.table))
    damaged = path.with_name("other--sensitivity--relative--0.json")
    damaged.write_text("{", encoding="utf-8")
    before = {each.name: each.read_bytes() for each in store.folder.iterdir()}
    assert store.set_aside(identity.engine) == 1
    older = store.folder / OLDER
    assert [each.record for each in Store(older).cells()] == [others[0].record]
    for left in (identity, others[1].record.identity):
        assert store.found(left) is not None
    assert damaged.exists()
    now = {each.name: each.read_bytes() for each in (*store.folder.glob("*.*"), *older.iterdir())}
    assert now == before
    assert store.set_aside(identity.engine) == 0


def test_nothing_is_set_aside_where_nothing_is_stored(tmp_path: Path) -> None:
    assert Store(tmp_path / "none").set_aside("adaptive@2") == 0
    assert not (tmp_path / "none").exists()


def test_a_cell_is_found_by_its_identity(stored: Stored) -> None:
    store, identity, path = stored
    found = store.found(identity)
    assert found is not None
    assert found.record.identity == identity
    assert store.found(identity.model_copy(update={"seed": 1})) is None
    path.with_suffix(".parquet").write_bytes(b"")
    assert store.found(identity) is None


@pytest.mark.parametrize(
    ("chosen_for", "wanted", "held"),
    [
        (("steepest interval",), ("steepest interval",), True),
        (("steepest interval",), (), True),
        (("steepest interval",), ("crossing of tau", "steepest interval"), False),
        (("crossing of tau",), ("steepest interval",), False),
        (("crossing of tau", "steepest interval"), ("steepest interval",), True),
        ((), ("crossing of tau", "steepest interval"), True),  # every point was run
    ],
)
def test_a_cell_is_held_if_its_points_were_chosen_for_what_is_wanted(
    tmp_path: Path, chosen_for: tuple[Event, ...], wanted: tuple[Event, ...], held: bool
) -> None:
    store = Store(tmp_path)
    cell = cells.cell("gaussian", record={"events": chosen_for})
    store.write(cell.record, encode(cell.table))
    assert store.holds(cell.record.identity, events=wanted) is held


def test_a_cell_s_metrics_are_those_of_its_curves(stored: Stored) -> None:
    store, identity, _ = stored
    cell = store.cell(identity)
    metrics = metrics_for(*cell.name)
    assert {*cell.sample.metrics} == {*metrics}
    assert cell.sample.documents == cell.table.document
    assert_array_equal(cell.sample.bases, cell.table.base)
    for name, metric in metrics.items():
        if isinstance(metric, PathMetric):
            expected = metric.compute(cell.table.curves, cells.SETTINGS)
            assert_array_equal(cell.sample.values[name].values, expected.values)
            assert_array_equal(cell.sample.values[name].censored, expected.censored)
        else:
            expected_rows = metric.ingredient(cell.table.curves, cells.SETTINGS)
            assert_array_equal(cell.sample.rows[name], expected_rows)


def test_curves_that_are_none_are_damage_where_metrics_are_asked_for(stored: Stored) -> None:
    store, identity, path = stored
    table = cells.cell("gaussian").table
    table.curves.l2[2, 3] = np.nan
    replace_table(path, encode(table))
    cell = store.cell(identity)
    with pytest.raises(DamagedError, match="not finite") as caught:
        _ = cell.sample
    assert caught.value.where == identity.stem
