from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from synact_bench.core import checksums
from synact_bench.core.errors import RecordError
from synact_bench.core.experiments import REAL
from synact_bench.regression import baseline
from synact_bench.regression.comparison import compare
from synact_bench.regression.verdict import Severity, gravest
from synact_bench.scoring import CellName
from tests.helpers.snapshots import snapshot


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "smoke.json"


def test_what_is_written_is_read(path: Path) -> None:
    stored = snapshot("real", "gaussian", dropped=2)
    baseline.write(stored, path)
    found = baseline.read(path)
    assert found.setting == stored.setting
    assert found.cells.keys() == stored.cells.keys()
    for key, numbers in stored.cells.items():
        other = found.cells[key]
        assert other.generator == numbers.generator
        assert other.metrics == numbers.metrics
        assert other.sample.documents == numbers.sample.documents
        np.testing.assert_array_equal(other.sample.bases, numbers.sample.bases)
        assert other.sample.rows.keys() == numbers.sample.rows.keys() == {"kl_curve_gap"}
        for name, rows in numbers.sample.rows.items():
            np.testing.assert_allclose(other.sample.rows[name], rows, atol=5.1e-5)
        for name, each in numbers.sample.values.items():
            np.testing.assert_allclose(other.sample.values[name].values, each.values, rtol=1e-5)
    assert gravest(compare(found, stored, where="here")) is Severity.SAME


def test_of_refined_bases_alone_numbers_are_kept_and_compared(path: Path) -> None:
    stored = snapshot("real", *REAL[1:], "gaussian", refined=10)
    baseline.write(stored, path)
    found = baseline.read(path)
    assert found.setting == stored.setting
    assert all(len(each.sample) == 10 for each in found.cells.values())
    assert gravest(compare(found, stored, where="here")) is Severity.SAME
    key = ("gaussian", CellName("plateau", "scaled"))
    assert found.cells[key].distances.keys() == {"plateau_width", "kl_curve_gap"}
    with pytest.raises(RecordError, match="refined is 12 here and 10"):
        compare(found, snapshot("gaussian", refined=12), where="here")


def test_every_metric_of_sets_keeps_its_own_rows(path: Path) -> None:
    stored = snapshot("real", experiments=["plateau"])
    rows = {"kl_curve_gap": np.full((24, 17), -1.25), "new": np.arange(48.0).reshape(24, 2)}
    cells = {
        key: dataclasses.replace(
            each,
            metrics={**each.metrics, "new": "1"},
            sample=dataclasses.replace(each.sample, rows=rows),
        )
        for key, each in stored.cells.items()
    }
    baseline.write(dataclasses.replace(stored, cells=cells), path)
    for each in baseline.read(path).cells.values():
        assert each.sample.rows.keys() == rows.keys()
        for name, expected in rows.items():
            np.testing.assert_array_equal(each.sample.rows[name], expected)


def test_reading_and_writing_changes_no_byte(path: Path) -> None:
    baseline.write(snapshot("real"), path)
    before = path.read_bytes()
    baseline.write(baseline.read(path), path)
    assert path.read_bytes() == before


def test_a_file_without_distances_is_read_and_gets_them_when_written(path: Path) -> None:
    baseline.write(snapshot(*REAL, "gaussian"), path)
    whole = path.read_bytes()
    fields = json.loads(path.read_text(encoding="utf-8"))
    kept = {name for each in fields["cells"] for name in each.pop("distances")}
    assert kept == {"plateau_width", "step_sharpness", "max_slope_step", "kl_curve_gap"}
    edited(path, cells=fields["cells"])
    baseline.write(baseline.read(path), path)
    assert path.read_bytes() == whole


def test_undefined_numbers_stay_undefined(path: Path) -> None:
    stored = snapshot("real", experiments=["sensitivity"])
    key = next(iter(stored.cells))
    stored.cells[key].sample.values["rise_width"].values[:] = np.nan
    stored.cells[key].sample.values["rise_width"].censored[:] = True
    baseline.write(stored, path)
    assert np.isnan(baseline.read(path).cells[key].sample.values["rise_width"].values).all()


def test_a_list_of_numbers_is_a_line(path: Path) -> None:
    baseline.write(snapshot("real"), path)
    fields = json.loads(path.read_text(encoding="utf-8"))
    paths = sum(len(each["bases"]) for each in fields["cells"])
    assert len(path.read_text(encoding="utf-8").splitlines()) < 3 * paths + 500


def refused(path: Path) -> str:
    with pytest.raises(RecordError) as caught:
        baseline.read(path)
    return str(caught.value)


def edited(path: Path, **changes: object) -> Path:
    """With a checksum of what it states then."""
    fields = json.loads(path.read_text(encoding="utf-8")) | changes
    fields["sha256"] = checksums.of_fields(fields)
    path.write_text(json.dumps(fields), encoding="utf-8")
    return path


def test_a_missing_file_says_how_to_make_it(path: Path) -> None:
    assert refused(path) == (
        f"{path}: there is no such baseline; make it with 'synact-bench baseline make {path}' "
        "and the options of the run"
    )


@pytest.mark.parametrize("text", ["", "nonsense", "[]", "{}"])
def test_a_file_of_something_else_is_refused(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    assert "renew it with" in refused(path)


@pytest.mark.parametrize(
    ("version", "said"),
    [(0, "0"), (1, "1"), (4, "4"), ("2", "a str"), (None, "None"), (True, "True")],
)
def test_another_schema_is_refused(path: Path, version: object, said: str) -> None:
    baseline.write(snapshot("real"), path)
    message = refused(edited(path, schema_version=version))
    assert f"has schema version {said}, 2 and 3 can be read" in message


def test_a_file_of_version_2_has_no_checksum(path: Path) -> None:
    baseline.write(snapshot("real"), path)
    fields = json.loads(path.read_text(encoding="utf-8"))
    del fields["sha256"]
    path.write_text(json.dumps(fields | {"schema_version": 2}), encoding="utf-8")
    assert baseline.read(path).cells


def test_a_faulty_field_is_named(path: Path) -> None:
    baseline.write(snapshot("real"), path)
    assert "documents" in refused(edited(path, documents=["a"] * 23 + [5]))
    baseline.write(snapshot("real"), path)
    assert "23 documents for 24 bases" in refused(edited(path, documents=["a"] * 23))
    baseline.write(snapshot("real"), path)
    assert "a base has no document" in refused(edited(path, documents=[None] * 24))
    baseline.write(snapshot("real"), path)
    assert "extra: Extra inputs are not permitted" in refused(edited(path, extra=1))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"bases": [0]}, "has 24 paths, bases has 1"),
        ({"bases": list(range(1, 25))}, "a base is not one of 24"),
        ({"rows": {}}, "kl_curve_gap: numbers without a version, or none"),
        ({"versions": {}}, "numbers without a version, or none"),
        ({"rows": {"kl_curve_gap": [[0.0]] * 23}}, "kl_curve_gap has 23 paths, bases has 24"),
        (
            {"rows": {"kl_curve_gap": [[0.0]] * 23 + [[0.0, 1.0]]}},
            "kl_curve_gap does not have the same number of columns on every path",
        ),
    ],
)
def test_a_cell_that_does_not_fit_is_refused(
    path: Path, change: dict[str, Any], message: str
) -> None:
    baseline.write(snapshot("real"), path)
    fields = json.loads(path.read_text(encoding="utf-8"))
    cells = [fields["cells"][0] | change, *fields["cells"][1:]]
    assert message in refused(edited(path, cells=cells))
