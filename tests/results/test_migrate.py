"""Records of every schema that was ever published, cut to three paths, are in ``schemas``."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from synact_bench.core import checksums, row_names
from synact_bench.core.errors import RecordError
from synact_bench.core.experiments import DESIGN, LADDER, RULES
from synact_bench.generators import BUILTINS, OPTIONAL_BASELINES
from synact_bench.metrics import events_of
from synact_bench.reports.archive import outdated
from synact_bench.results import migrate, pack, published
from synact_bench.results.record import SCHEMA_VERSION, GeneratorIdentity, Record
from synact_bench.results.record_file import DamagedError
from synact_bench.results.status import RunStatus
from synact_bench.results.store import Cell, Store, encode
from synact_bench.results.summary import summaries
from synact_bench.results.table import GEOMETRY
from synact_bench.run.official import SEED_FILE, Draw, take_seed
from tests.helpers import cells

SCHEMAS = Path(__file__).parent / "schemas"
OLD = sorted(SCHEMAS.glob("*/*.json"))
LAST = [path for path in OLD if path.parent.name == "4"]
"""Of the last schema that stored what metrics made of the curves."""
BEFORE_6 = [path for path in OLD if path.parent.name < "6"]
"""Of schemas in which a cell had another identity."""
RENAMED = [path for path in OLD if path in BEFORE_6 or path.stem.startswith("kind-gaussian")]
"""Cells whose files have other names now, the latter because of the row's name alone."""

by_file = pytest.mark.parametrize("path", OLD, ids=lambda path: f"{path.parent.name}-{path.stem}")


def fields_of(path: Path) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads(path.read_text())
    return fields


def read(path: Path) -> Cell:
    return Store(path.parent).read(path)


def curve(stored: pa.Table, name: str) -> Any:
    return np.stack(stored[name].to_pylist())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Every old cell in one folder, as runs of several releases leave it."""
    for path in OLD:
        for ending in (".json", ".parquet"):
            shutil.copy(path.with_suffix(ending), tmp_path)
    return tmp_path


def written(folder: Path, fields: dict[str, Any], table: Path) -> Path:
    """A record of these fields and a copy of a table, under the name that its identity gives it."""
    fields["id"] = migrate.identity_digest(fields["identity"])
    fields["table_sha256"] = hashlib.sha256(table.read_bytes()).hexdigest()
    names = (fields["identity"][each].split("@")[0] for each in ("experiment", "path"))
    stem = "--".join((fields["identity"]["generator"]["name"], *names, fields["id"][:12]))
    shutil.copy(table, folder / f"{stem}.parquet")
    path = folder / f"{stem}.json"
    path.write_text(json.dumps(fields))
    return path


def test_examples_of_every_older_schema_are_kept() -> None:
    versions = [int(path.parent.name) for path in OLD]
    assert versions == sorted([*range(1, SCHEMA_VERSION)] * 2)
    assert [fields_of(path)["schema_version"] for path in OLD] == versions
    assert [*migrate.STEPS] == [*range(1, SCHEMA_VERSION)]


@by_file
def test_an_older_cell_is_read_with_the_curves_of_its_file(path: Path) -> None:
    cell, stored = read(path), pq.read_table(path.with_suffix(".parquet"))
    assert cell.record.schema_version == SCHEMA_VERSION
    assert cell.record.id == cell.record.identity.id
    assert_array_equal(cell.table.curves.l2, curve(stored, "l2"))
    assert_array_equal(cell.table.curves.kl, curve(stored, "kl"))
    assert_array_equal(cell.table.base, stored["base"])
    assert cell.table.document == tuple(stored["document"].to_pylist())
    if "measured" in stored.column_names:
        assert_array_equal(cell.table.curves.run, curve(stored, "measured"))
    assert cell.record.points_run == cell.table.curves.points_run


@by_file
def test_what_an_older_record_states_stays_as_it_was(path: Path) -> None:
    record, fields = read(path).record, fields_of(path)
    now = json.loads(record.model_dump_json())
    for name in ("status", "reason", "paths", "dropped", "metric_facts", "provenance"):
        assert now[name] == fields[name]
    kept = (
        *("testbed", "testbed_digest", "experiment", "path", "preset", "bases", "points"),
        *("seed", "dtype", "engine"),
    )
    for name in kept:
        assert now["identity"][name] == fields["identity"][name]
    for name in ("track", "authors", "reference", "summary"):
        assert now["row"][name] == fields["row"][name]
    if now["inspection"] is not None:
        then = fields["inspection"].get("generalisation", {})  # no schema before 6 had it
        assert now["inspection"].pop("generalisation") == then
        fields["inspection"].pop("generalisation", None)
    for name in ("split", "inspection", "points_run"):
        assert name not in fields or now[name] == fields[name]
    assert now["row"]["kind"] == ("draw" if path.stem.startswith("real") else "generator")


@by_file
def test_what_an_older_schema_did_not_measure_is_unmeasured(path: Path) -> None:
    cell, stored, fields = read(path), pq.read_table(path.with_suffix(".parquet")), fields_of(path)
    for name in GEOMETRY:
        column = cell.table.geometry[name]
        if name in stored.column_names:
            assert_array_equal(column, stored[name])
        else:
            assert np.isnan(column).all()
            assert column.dtype == np.float32
    if "inspection" not in fields:
        assert cell.record.inspection is None
    known = fields["schema_version"] >= 4
    assert (cell.record.identity.rules == RULES) is known
    assert (cell.record.identity.design == DESIGN) is known


@by_file
def test_points_were_chosen_for_the_event_of_their_experiment_or_all_run(path: Path) -> None:
    record = read(path).record
    if record.identity.engine == "dense@1":
        assert record.events == ()
        assert record.points_run == record.paths * record.identity.points
    else:
        assert record.events == events_of(*record.identity.cell)
        assert record.points_run < record.paths * record.identity.points


@pytest.mark.parametrize("path", LAST, ids=lambda path: path.stem)
def test_metrics_derived_from_curves_are_to_the_bit_what_the_last_schema_stored(path: Path) -> None:
    cell, stored = read(path), pq.read_table(path.with_suffix(".parquet"))
    assert cell.sample.values
    for name, found in cell.sample.values.items():
        then = stored[name].to_numpy()
        assert_array_equal(found.values.view(np.int64), then.view(np.int64))
        assert_array_equal(found.censored, stored[f"{name}.censored"].to_numpy())


@by_file
def test_cells_of_the_last_schemas_are_current(path: Path) -> None:
    assert (outdated(read(path).record) == []) is (int(path.parent.name) >= 4)


@pytest.mark.parametrize("path", BEFORE_6, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_before_schema_6_every_base_was_refined_and_no_scale_frozen(path: Path) -> None:
    record = read(path).record
    assert record.identity.refined == record.identity.bases
    assert record.scale is None


def test_a_folder_is_brought_up_to_date_once(folder: Path) -> None:
    store = Store(folder)
    before = sorted(store.cells(), key=lambda cell: cell.record.id)
    assert len(before) == len(OLD)
    assert store.bring_up_to_date() == len(RENAMED)
    assert not {path.name for path in RENAMED} & {path.name for path in folder.iterdir()}
    assert len(list(folder.iterdir())) == 2 * len(OLD)
    after = sorted(store.cells(), key=lambda cell: cell.record.id)
    for old, new in zip(before, after, strict=True):
        assert new.table == old.table
        assert new.record == old.record.model_copy(update={"table_sha256": new.record.table_sha256})
        assert store.holds(new.record.identity, events=new.record.events)
    files = {path: path.read_bytes() for path in folder.iterdir()}
    assert store.bring_up_to_date() == 0
    assert {path: path.read_bytes() for path in folder.iterdir()} == files


def test_cells_of_the_current_schema_are_left_as_they_are(tmp_path: Path) -> None:
    store, cell = Store(tmp_path), cells.cell("gaussian")
    store.write(cell.record, encode(cell.table))
    files = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in tmp_path.iterdir()}
    assert store.bring_up_to_date() == 0
    assert {
        path: (path.read_bytes(), path.stat().st_mtime_ns) for path in tmp_path.iterdir()
    } == files


def test_damaged_cells_are_left_alone(folder: Path) -> None:
    table = folder / LAST[0].with_suffix(".parquet").name
    table.write_bytes(table.read_bytes()[:-1])
    record = folder / LAST[1].name
    record.write_text(record.read_text()[:-9])
    kept = {path: path.read_bytes() for path in (table, record, table.with_suffix(".json"))}
    assert Store(folder).bring_up_to_date() == len(RENAMED) - 2
    assert {path: path.read_bytes() for path in kept} == kept
    assert record.with_suffix(".parquet").exists()


@pytest.mark.parametrize("place", [0, len(OLD) - 1])
def test_a_newer_record_is_refused(folder: Path, place: int) -> None:
    path = sorted(folder.glob("*.json"))[place]
    path.write_text(json.dumps(fields_of(path) | {"schema_version": SCHEMA_VERSION + 1}))
    for call in (lambda: Store(folder).read(path), Store(folder).bring_up_to_date):
        with pytest.raises(RecordError, match="upgrade synact-bench") as caught:
            call()
        assert not isinstance(caught.value, DamagedError)
    assert path.with_suffix(".parquet").exists()


@pytest.mark.parametrize("unlinked", [0, 1])
def test_a_crash_before_the_old_files_are_gone_loses_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, unlinked: int
) -> None:
    before = [cell.record.id for cell in Store(folder).cells()]
    calls, unlink = iter(range(9)), Path.unlink

    def crashes(path: Path, missing_ok: bool = False) -> None:
        if not path.name.startswith(".") and next(calls) == unlinked:
            raise KeyboardInterrupt
        unlink(path, missing_ok=missing_ok)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", crashes)
        with pytest.raises(KeyboardInterrupt):
            Store(folder).bring_up_to_date()
    assert {cell.record.id for cell in Store(folder).cells()} == {*before}
    Store(folder).bring_up_to_date()
    assert sorted(cell.record.id for cell in Store(folder).cells()) == sorted(before)


def test_two_runs_may_bring_one_folder_up_to_date_at_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other: list[bool] = []
    write = Store.write

    def overtaken(store: Store, record: Record, table: bytes) -> None:
        write(store, record, table)
        if not other:
            other.append(True)
            Store(folder).bring_up_to_date()

    monkeypatch.setattr(Store, "write", overtaken)
    Store(folder).bring_up_to_date()
    assert len(list(Store(folder).cells())) == len(OLD)


def test_what_was_built_in_is_named_by_its_version_and_a_plugin_by_its_source_too(
    tmp_path: Path,
) -> None:
    mean = LAST[0]
    assert fields_of(mean)["identity"]["generator"]["source_digest"]
    assert read(mean).record.identity.generator.source_digest == ""
    fields = fields_of(mean)
    fields["identity"]["generator"]["name"] = "my-method"
    own = written(tmp_path, fields, mean.with_suffix(".parquet"))
    digest = fields["identity"]["generator"]["source_digest"]
    assert Store(tmp_path).read(own).record.identity.generator.source_digest == digest


@pytest.mark.parametrize(
    ("place", "name"), [(("trial",), "design"), (("generator", "source_digest"), "generator")]
)
def test_what_another_source_made_is_not_taken_for_the_present_version(
    tmp_path: Path, place: tuple[str, ...], name: str
) -> None:
    fields = fields_of(LAST[0])
    target = fields["identity"]
    for part in place[:-1]:
        target = target[part]
    target[place[-1]] = "0" * 64
    other = Store(tmp_path).read(written(tmp_path, fields, LAST[0].with_suffix(".parquet")))
    now = read(LAST[0]).record.identity
    assert getattr(other.record.identity, name) != getattr(now, name)


def older(folder: Path, created: str, **identity: Any) -> Path:
    """The cell of the last schema, measured at another time, with other facts that went."""
    fields = fields_of(LAST[0])
    fields["identity"] |= identity
    fields["provenance"]["created"] = created
    return written(folder, fields, LAST[0].with_suffix(".parquet"))


def test_of_older_cells_that_have_become_one_the_newest_is_kept_and_no_file_lost(
    tmp_path: Path,
) -> None:
    times = ("2026-01-01T00:00:00+00:00", "2026-03-01T00:00:00+00:00", "2026-02-01T00:00:00+00:00")
    paths = [older(tmp_path, time, metrics={"m": str(at)}) for at, time in enumerate(times)]
    assert Store(tmp_path).bring_up_to_date() == 3
    (kept,) = Store(tmp_path).cells()
    assert kept.record.provenance.created == times[1]
    moved = {path.name for path in (tmp_path / "older").iterdir()}
    assert moved == {
        path.with_suffix(ending).name
        for path in (paths[0], paths[2])
        for ending in (".json", ".parquet")
    }
    assert Store(tmp_path).bring_up_to_date() == 0


def test_a_current_cell_is_never_overwritten_by_an_older_one(tmp_path: Path) -> None:
    old = older(tmp_path, "2099-01-01T00:00:00+00:00")
    cell = Store(tmp_path).read(old)
    provenance = cell.record.provenance.model_copy(update={"created": "2026-06-01T00:00:00+00:00"})
    content = encode(cell.table)
    fresh = cell.record.model_copy(
        update={"provenance": provenance, "table_sha256": hashlib.sha256(content).hexdigest()}
    )
    Store(tmp_path).write(fresh, content)
    assert Store(tmp_path).bring_up_to_date() == 1
    (kept,) = Store(tmp_path).cells()
    assert kept.record == fresh
    assert (tmp_path / "older" / old.name).exists()


def test_no_plugin_can_have_the_name_of_what_was_built_in() -> None:
    known = {*BUILTINS, *OPTIONAL_BASELINES, *LADDER, *row_names.RENAMED}
    assert known >= migrate.BUILT_IN_BEFORE_5.keys()


def test_a_row_of_ours_has_its_present_name_in_every_older_record() -> None:
    old = [path for path in OLD if path.stem.startswith("kind-gaussian")]
    assert len({path.parent for path in old}) == 2
    for path in old:
        identity = read(path).record.identity
        assert identity.generator.name == "cluster-gaussian"
        assert identity.generator.model_copy(
            update={"name": "kind-gaussian"}
        ).model_dump() == fields_of(path)["identity"]["generator"] | {"source_digest": ""}


def test_a_plugin_keeps_the_name_that_a_row_of_ours_once_had(tmp_path: Path) -> None:
    (path,) = [
        each for each in OLD if each.stem.startswith("kind-gaussian-") and "/6/" in f"{each}"
    ]
    fields = fields_of(path)
    fields["identity"]["generator"]["source_digest"] = "0" * 64
    own = written(tmp_path, fields, path.with_suffix(".parquet"))
    assert Store(tmp_path).read(own).record.identity.generator.name == "kind-gaussian"
    assert Store(tmp_path).bring_up_to_date() == 0


def _top(fields: dict[str, Any]) -> None:
    fields["score"] = 1.0


def _in_identity(fields: dict[str, Any]) -> None:
    fields["identity"]["colour"] = "red"


def _in_row(fields: dict[str, Any]) -> None:
    fields["row"]["colour"] = "red"


@by_file
@pytest.mark.parametrize(
    ("spoil", "field"),
    [(_top, "score"), (_in_identity, "identity.colour"), (_in_row, "row.colour")],
)
def test_an_unknown_field_of_an_older_record_is_damage(
    tmp_path: Path, path: Path, spoil: Callable[[dict[str, Any]], None], field: str
) -> None:
    fields = fields_of(path)
    spoil(fields)
    spoilt = written(tmp_path, fields, path.with_suffix(".parquet"))
    with pytest.raises(DamagedError) as caught:
        Store(tmp_path).read(spoilt)
    assert str(caught.value) == (
        f"{spoilt}: is not a record: {field}: Extra inputs are not permitted; "
        "delete it and run again"
    )


def _places(fields: object, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [at] if at else []
    if isinstance(fields, dict):
        for name, value in fields.items():
            found += _places(value, (*at, name))
    return found


@given(data=st.data())
def test_whatever_an_older_record_holds_it_is_read_or_called_damaged(data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(OLD))
    fields = fields_of(path)
    places = [place for place in _places(fields) if place != ("schema_version",)]
    *above, last = data.draw(st.sampled_from(places))
    part = fields
    for name in above:
        part = part[name]
    if data.draw(st.booleans()):
        del part[last]
    else:
        part[last] = data.draw(st.sampled_from([None, 0, -1.5, "", "a@1", [], [1], {}, {"a": 1}]))
    with TemporaryDirectory() as folder, suppress(DamagedError):
        spoilt = Path(folder) / path.name
        spoilt.write_text(json.dumps(fields))
        shutil.copy(path.with_suffix(".parquet"), folder)
        record = Store(spoilt.parent).read(spoilt).record
        assert Record.model_validate_json(record.model_dump_json()) == record


@pytest.mark.parametrize("path", [path for path in OLD if path.parent.name == "6"])
def test_a_record_of_schema_6_is_written_as_it_was_to_the_byte(path: Path) -> None:
    record, text = read(path).record, path.read_text(encoding="utf-8")
    name, id_ = fields_of(path)["identity"]["generator"]["name"], fields_of(path)["id"]
    text = text.replace(f'"{name}"', f'"{record.identity.generator.name}"').replace(id_, record.id)
    assert record.model_dump_json(indent=2) + "\n" == text
    assert record.model_copy(update={"kept": 5}).model_dump()["schema_version"] == 6


def test_what_an_older_record_says_of_conventional_measures_is_kept() -> None:
    (path,) = [each for each in OLD if each.parent.name == "5"][:1]
    own = cells.conventional().model_dump(mode="json")
    found = Record.model_validate(migrate.record(fields_of(path) | {"conventional": own}))
    assert found.conventional == cells.conventional()
    assert Record.model_validate(migrate.record(fields_of(path))).conventional is None


def test_a_cell_of_a_renamed_row_is_known_before_its_files_are_renamed(tmp_path: Path) -> None:
    (path,) = [each for each in RENAMED if each not in BEFORE_6]
    for ending in (".json", ".parquet"):
        shutil.copy(path.with_suffix(ending), tmp_path)
    stem = read(path).record.identity.stem
    assert stem.startswith("cluster-gaussian--")
    assert published.names([tmp_path]) == ("cluster-gaussian",)
    assert [*summaries(tmp_path)] == [stem]
    assert Store(tmp_path).bring_up_to_date() == 1
    assert published.names([tmp_path]) == ("cluster-gaussian",)
    assert [*summaries(tmp_path)] == [stem]


@pytest.mark.parametrize("again", [False, True], ids=["first log alone", "and a second"])
def test_a_log_of_before_a_row_was_renamed_leaves_nothing_to_do(
    tmp_path: Path, again: bool
) -> None:
    (path,) = [each for each in RENAMED if each not in BEFORE_6]
    for ending in (".json", ".parquet"):
        shutil.copy(path.with_suffix(ending), tmp_path)
    stem = read(path).record.identity.stem

    def started(row: str, cell: str) -> str:
        unit = {"id": f"toy/{row}/1", "row": row, "cells": [cell]}
        return json.dumps({"v": 1, "event": "started", "units": [unit], "arguments": []}) + "\n"

    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "1.jsonl").write_text(started("kind-gaussian", path.stem))
    if again:
        (tmp_path / "log" / "2.jsonl").write_text(started("cluster-gaussian", stem))
    (tmp_path / "log" / "0.jsonl").write_text(
        started("kind-gaussian", "kind-gaussian--of--another--version").replace("/1", "/0")
    )
    found = RunStatus.of(tmp_path)
    assert found.left == found.failed == []
    names = ["cluster-gaussian"] if again else ["kind-gaussian"]
    assert [each.row for each in found.units.values()] == names


def test_an_official_seed_stands_for_a_generator_that_was_renamed(tmp_path: Path) -> None:
    old, new = (
        GeneratorIdentity(name=name, version="1", parameters={}, source_digest="")
        for name in ("kind-gaussian", "cluster-gaussian")
    )
    draw = Draw(seed=7, generators=(old,))
    draw = draw.model_copy(update={"sha256": checksums.of_fields(draw.model_dump(mode="json"))})
    (tmp_path / SEED_FILE).write_text(draw.model_dump_json())
    assert take_seed(tmp_path, [new]) == (7, False)


def test_a_pack_of_before_gives_a_renamed_row_by_its_present_name() -> None:
    older = Path(__file__).parent / "packs" / "with-starts.parquet"
    found = pack.load(older, rows=["cluster-gaussian"])
    assert {each.record.identity.generator.name for each in found} == {"cluster-gaussian"}
    assert len(found) < len(pack.load(older))
