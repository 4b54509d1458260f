from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from synact_bench.errors import RecordError
from synact_bench.experiments import EXPERIMENTS, SCALE
from synact_bench.leaderboard.comparable import arrange, setting
from synact_bench.metrics import METRICS, metrics_for
from synact_bench.results.store import Cell
from tests.helpers import cells

ROWS = cells.FEW
SENSITIVITY = EXPERIMENTS["sensitivity"]


def sensitivity(**changed: Any) -> list[Cell]:
    return cells.whole_board(ROWS, experiments=["sensitivity"], **changed)


def with_version(metric: str, version: str) -> dict[str, str]:
    """Versions of the metrics of the relative path, one of them changed."""
    own = metrics_for("sensitivity", "relative")
    return {name: each.version for name, each in own.items()} | {metric: version}


def test_cells_are_found_by_experiment_path_and_row() -> None:
    given = cells.whole_board()
    arranged = arrange(reversed(given))
    assert list(arranged) == [
        ("plateau", "absolute"),
        ("plateau", "scaled"),
        ("sensitivity", "absolute"),
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
    assert found.paths == ("absolute@1", "matched@1", "relative@1")
    assert found.trial == "d" * 64
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
        ({"trial": "c" * 64}, f"trial is {'d' * 64} in one and {'c' * 64} in the other"),
        ({"metrics": with_version("rise_width", "0")}, "version of metric rise_width is 1"),
        ({"record": {"split": "own"}}, "split is release in one and own in the other"),
        (
            {"record": {"definitions": {"metric rise_width@1": "0" * 64}}},
            "definition of metric rise_width@1 is",
        ),
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


def test_one_identity_with_two_tables_is_refused() -> None:
    cell = cells.cell("gaussian")
    other = cell.record.model_copy(update={"table_sha256": "0" * 64})
    with pytest.raises(RecordError, match="one cell is given twice with different numbers"):
        arrange([*sensitivity(), Cell(other, cell.table)])


@pytest.mark.parametrize("missing", SCALE)
def test_a_missing_required_row_is_named(missing: str) -> None:
    rows = [row for row in ROWS if row != missing]
    with pytest.raises(RecordError, match=f"no cell of {missing} to score the") as caught:
        arrange(cells.whole_board(rows))
    assert caught.value.where == "plateau, absolute path"


def test_a_required_row_may_not_lack_a_path() -> None:
    given = [each for each in sensitivity() if not each.record.identity.stem.startswith("real--")]
    given += [cells.cell("real", "sensitivity", path) for path in ("relative", "absolute")]
    with pytest.raises(RecordError, match="sensitivity, matched path: no cell of real to"):
        arrange(given)


def test_a_table_without_one_of_its_metrics_is_refused() -> None:
    whole = cells.cell("mean")
    values = {name: each for name, each in whole.table.values.items() if name != "auc_step"}
    lacking = Cell(whole.record, dataclasses.replace(whole.table, values=values))
    with pytest.raises(RecordError, match="no column of auc_step@1 in its table") as caught:
        arrange([*sensitivity(), lacking])
    assert caught.value.where == whole.record.identity.stem
