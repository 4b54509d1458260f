from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from synact_bench.core.errors import RecordError
from synact_bench.core.experiments import DESIGN, EXPERIMENTS, REAL, RULES
from synact_bench.metrics import METRICS
from synact_bench.reports.comparable import arrange, setting
from synact_bench.results.store import Cell
from tests.helpers import cells

ROWS = cells.FEW
SENSITIVITY = EXPERIMENTS["sensitivity"]


def sensitivity(**changed: Any) -> list[Cell]:
    return cells.whole_board(ROWS, experiments=["sensitivity"], **changed)


def test_cells_are_found_by_experiment_path_and_row() -> None:
    given = cells.whole_board()
    arranged = arrange(reversed(given))
    assert list(arranged) == [
        ("plateau", "scaled"),
        ("sensitivity", "matched"),
        ("sensitivity", "relative"),
    ]
    assert sum(map(len, arranged.values())) == len(given)
    for cell in given:
        identity = cell.record.identity
        assert arranged[identity.cell][identity.generator.name] is cell


def test_the_setting_is_what_the_cells_share() -> None:
    found = setting(arrange(sensitivity()))
    assert (found.testbed, found.preset, found.seed) == ("toy@1", "tiny", 0)
    assert (found.bases, found.points) == (cells.BASES, cells.POINTS)
    assert (found.tau, found.absolute_length) == (10.0, 60.0)
    assert found.split == "release"
    assert found.experiments == (SENSITIVITY.identity,)
    assert found.paths == ("matched@1", "relative@1")
    assert found.design == DESIGN
    assert METRICS["step_sharpness"].identity in found.metrics
    assert METRICS["plateau_width"].identity not in found.metrics


def test_no_cell_is_refused() -> None:
    with pytest.raises(RecordError, match="there is no cell"):
        arrange([])


@pytest.mark.parametrize(
    ("changed", "fact"),
    [
        ({"testbed": "toy@2"}, "testbed is toy@1 in one and toy@2 in the other"),
        ({"testbed_digest": "c" * 64}, "testbed_digest"),
        ({"preset": "large"}, "preset is"),
        ({"bases": 25}, "bases is 24 in one and 25 in the other"),
        ({"points": 33}, "points"),
        ({"seed": 1}, "seed"),
        ({"engine": "sparse@1"}, "engine"),
        (
            {"experiment": "sensitivity@99"},
            f"version of experiment sensitivity is {SENSITIVITY.version} in one and 99",
        ),
        ({"path": "relative@2"}, "version of path relative is 1"),
        ({"design": "design@99"}, f"design is {DESIGN} in one and design@99 in the other"),
        ({"rules": "inspection@99"}, f"rules is {RULES} in one and inspection@99 in the other"),
        ({"record": {"split": "own"}}, "split is release in one and own in the other"),
        ({"facts": {"tau": 11.0}}, "tau is 10.0"),
        ({"facts": {"absolute_length": 61.0}}, "absolute_length"),
    ],
    ids=lambda each: next(iter(each)) if isinstance(each, dict) else "",
)
def test_cells_measured_differently_are_refused(changed: dict[str, Any], fact: str) -> None:
    odd = cells.cell("zz-odd", **changed)
    with pytest.raises(RecordError, match=fact) as caught:
        arrange([*sensitivity(), odd])
    assert odd.record.identity.stem in caught.value.where
    assert "gaussian--sensitivity" in caught.value.where


def test_mixed_presets_are_refused() -> None:
    mixed = sensitivity() + sensitivity(preset="quick", bases=48, points=33)
    with pytest.raises(RecordError, match="cannot be compared"):
        arrange(mixed)


def test_the_same_cell_from_two_folders_counts_once() -> None:
    arranged = arrange(sensitivity() + sensitivity())
    assert sum(map(len, arranged.values())) == len(sensitivity())


@pytest.mark.parametrize("place", ["curves", "geometry", "inspection"])
def test_one_identity_with_two_measurements_is_refused(place: str) -> None:
    cell = cells.cell("gaussian")
    record, table = cell.record, cell.table
    if place == "curves":
        moved = dataclasses.replace(table.curves, kl=table.curves.kl + 1)
        table = dataclasses.replace(table, curves=moved)
    elif place == "geometry":
        moved_geometry = {**table.geometry, "norm": table.geometry["norm"] + 1}
        table = dataclasses.replace(table, geometry=moved_geometry)
    else:
        record = record.model_copy(update={"inspection": cells.inspection("near-duplicate")})
    with pytest.raises(RecordError, match="one cell is given twice with different numbers"):
        arrange([*sensitivity(), Cell(record, table)])


def test_one_measurement_in_two_files_counts_once() -> None:
    """A table written by another version of a library has other bytes and the same numbers."""
    cell = cells.cell("gaussian")
    other = cell.record.model_copy(update={"table_sha256": "0" * 64})
    arranged = arrange([*sensitivity(), Cell(other, cell.table)])
    assert sum(map(len, arranged.values())) == len(sensitivity())


@pytest.mark.parametrize("missing", REAL)
def test_a_missing_required_row_is_named(missing: str) -> None:
    rows = [row for row in ROWS if row != missing]
    with pytest.raises(RecordError, match=f"no cell of {missing} to score the") as caught:
        arrange(cells.whole_board(rows))
    assert caught.value.where == "plateau, scaled path"


def test_a_required_row_may_not_lack_a_path() -> None:
    given = [each for each in sensitivity() if not each.record.identity.stem.startswith("real--")]
    given += [cells.cell("real", "sensitivity", path) for path in ("relative", "absolute")]
    with pytest.raises(RecordError, match="sensitivity, matched path: no cell of real to"):
        arrange(given)
