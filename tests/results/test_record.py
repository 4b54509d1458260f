from __future__ import annotations

import json
import math
from typing import Any

import pytest
from pydantic import ValidationError

from synact_bench.results.record import (
    SCHEMA_VERSION,
    CellIdentity,
    Inspection,
    MetricFacts,
    Record,
)
from tests.helpers import cells

GOLDEN = "0cfee6ca604d226b67e63e8f08f781cc3dbdd3a91bd7b24576fe08546ede4e3a"


def fixed_identity(**changed: Any) -> CellIdentity:
    """Nothing in it may follow the code: its id is written down."""
    own = {
        "rules": "inspection@1",
        "design": "design@1",
        "parameters": {"donor": "base", "top": 10},
    }
    names = {"experiment": "plateau@1", "path": "scaled@1", "engine": "adaptive@1"}
    sizes = {"bases": 24, "refined": 6, "points": 17}
    return cells.identity("gaussian", **(names | sizes | own | changed))


def test_the_id_is_the_one_written_down() -> None:
    assert fixed_identity().id == GOLDEN, (
        "the id of a cell has changed, so every stored cell would be measured again. If that is "
        "meant, bump SCHEMA_VERSION in synact_bench/results/record.py, add the step to "
        "synact_bench/results/migrate.py and write the new id down here; if not, undo the change"
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"testbed_digest": "c" * 64},
        {"version": "2"},
        {"source_digest": "c" * 64},
        {"parameters": {"donor": "other", "top": 10}},
        {"bases": 25},
        {"points": 18},
        {"refined": 5},
        {"seed": 1},
        {"engine": "dense@2"},
        {"dtype": "mixed"},
        {"design": "design@2"},
        {"rules": "inspection@2"},
        {"experiment": "plateau@2"},
        {"path": "scaled@2"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_whatever_changes_the_numbers_changes_the_id(changed: dict[str, Any]) -> None:
    assert fixed_identity(**changed).id != GOLDEN


def test_the_order_of_keys_does_not_change_the_id() -> None:
    assert fixed_identity(parameters={"top": 10, "donor": "base"}).id == GOLDEN


def test_the_file_name_says_whose_cell_it_is() -> None:
    assert fixed_identity().stem == f"gaussian--plateau--scaled--{GOLDEN[:12]}"


def test_a_record_survives_json() -> None:
    parameters = {"share": 1.0, "count": 1, "on": True, "donor": "base"}
    record = cells.cell("gaussian", parameters=parameters).record
    again = Record.model_validate_json(record.model_dump_json())
    assert again == record
    assert again.identity.id == record.id
    kept = again.identity.generator.parameters
    assert {name: type(value) for name, value in kept.items()} == {
        "share": float,
        "count": int,
        "on": bool,
        "donor": str,
    }


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_number_that_json_cannot_hold_is_refused(value: float) -> None:
    with pytest.raises(ValidationError, match="finite"):
        MetricFacts(tau=value, absolute_length=60.0)
    with pytest.raises(ValidationError, match="finite"):
        cells.provenance(seconds=value)
    with pytest.raises(ValidationError, match="finite"):
        fixed_identity(parameters={"scale": value})


def test_an_unknown_field_is_refused() -> None:
    fields = cells.cell("gaussian").record.model_dump() | {"score": 1.0}
    with pytest.raises(ValidationError, match="score"):
        Record.model_validate(fields)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"paths": 3}, "3 paths and 0 dropped pairs do not make up 24 bases"),
        ({"dropped": 1}, "24 paths and 1 dropped pairs"),
        ({"dropped": -1, "paths": 25}, "greater than or equal to 0"),
        ({"status": "empty", "reason": "none left"}, "'empty' with 24 paths"),
        ({"paths": 0, "dropped": 24}, "'ok' with 0 paths"),
        ({"reason": "secret"}, "'ok' with a reason"),
        ({"points_run": 1225}, "1225 points run on 24 paths of 51"),
        ({"paths": 0, "dropped": 24, "status": "empty"}, "'empty' with no reason"),
    ],
)
def test_a_record_that_contradicts_itself_is_refused(changed: dict[str, Any], message: str) -> None:
    fields = cells.cell("gaussian").record.model_dump() | changed
    with pytest.raises(ValidationError, match=message):
        Record.model_validate(fields)


def test_an_inspection_survives_json() -> None:
    record = cells.cell("mean", seen=cells.inspection("near-duplicate")).record
    again = Record.model_validate_json(record.model_dump_json()).inspection
    assert again == record.inspection
    assert again is not None
    assert again.flags == ("near-duplicate",)
    assert [finding.rule for finding in again.findings if finding.flagged] == ["near-duplicate"]
    assert again.spread["distinct_latents"] is None


@pytest.mark.parametrize("field", sorted(set(Inspection.model_fields) - {"generalisation"}))
def test_an_inspection_is_whole(field: str) -> None:
    fields = cells.inspection().model_dump()
    del fields[field]
    with pytest.raises(ValidationError, match=field):
        Inspection.model_validate(fields)


def test_what_older_records_did_not_measure_is_empty() -> None:
    assert cells.inspection().generalisation == {}
    assert cells.cell("gaussian").record.kept is None


@pytest.mark.parametrize("changed", [{"split": "secret"}, {"events": None}])
def test_where_a_number_comes_from_is_part_of_its_record(changed: dict[str, Any]) -> None:
    fields = cells.cell("gaussian").record.model_dump()
    for name in ("split", "events", "inspection"):
        with pytest.raises(ValidationError, match=name):
            Record.model_validate({key: each for key, each in fields.items() if key != name})
    with pytest.raises(ValidationError, match=next(iter(changed))):
        Record.model_validate(fields | changed)


def test_the_split_is_no_part_of_the_identity() -> None:
    released, official = (
        cells.cell("gaussian", record={"split": split}).record for split in ("release", "official")
    )
    assert released.id == official.id
    assert released != official


def test_a_record_without_conventional_measures_is_written_as_before_there_were_any() -> None:
    record = cells.cell("gaussian").record
    assert record.conventional is None
    assert "conventional" not in record.model_dump(mode="json")
    assert "conventional" not in record.model_dump_json()
    assert record.model_dump()["schema_version"] == 6
    assert json.loads(record.model_dump_json())["schema_version"] == 6
    assert Record.model_validate_json(record.model_dump_json()) == record


def test_conventional_measures_survive_json_and_change_no_id() -> None:
    bare = cells.cell("gaussian").record
    (given,) = cells.reported([cells.cell("gaussian")], gaussian=cells.conventional(1.5))
    assert given.record.id == given.record.identity.id == bare.id
    text = given.record.model_dump_json()
    # Older releases refuse the field: by the version they tell people to upgrade, not to delete.
    assert json.loads(text)["schema_version"] == SCHEMA_VERSION == 7
    read = Record.model_validate_json(text)
    assert read == given.record
    assert read.conventional is not None
    assert read.conventional.frechet == cells.about(1.5)


@pytest.mark.parametrize("changed", [{"frechet_n": -1}, {"kl": None}, {"more": 1.0}])
def test_conventional_measures_that_are_none_are_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        cells.conventional(**changed)
