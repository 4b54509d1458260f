from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from synact_bench.core.errors import RecordError
from synact_bench.core.experiments import REAL
from synact_bench.regression import baseline
from synact_bench.regression.comparison import compare, lacking, opened, refuse_strangers
from synact_bench.regression.renewal import renewed
from synact_bench.regression.snapshot import Snapshot
from synact_bench.regression.verdict import Severity, gravest
from synact_bench.results.store import Store, encode
from synact_bench.scoring import CellName
from tests.helpers.cells import whole_board
from tests.helpers.snapshots import another_version, everywhere, snapshot, with_values

ROW = "synthetic-structured"
STORED = snapshot(*REAL, ROW)


def severity(now: Snapshot) -> Severity:
    return gravest(compare(STORED, now, where="now"))


def only(now: Snapshot, row: str) -> Snapshot:
    cells = {key: numbers for key, numbers in now.cells.items() if key[0] == row}
    return dataclasses.replace(now, cells=cells)


def worse(each):
    if "plateau_width" not in each.metrics:
        return each
    return with_values(each, "plateau_width", lambda values: values + 0.3)


def test_the_same_run_is_the_same() -> None:
    assert severity(STORED) is Severity.SAME


def test_the_same_numbers_of_one_version_are_told_from_those_of_another() -> None:
    changed = everywhere(STORED, ROW, worse)
    assert severity(changed) is Severity.DRIFT
    assert severity(everywhere(changed, ROW, another_version)) is Severity.REGRESSION


def test_a_part_of_the_rows_is_judged_by_the_real_ones_that_are_stored() -> None:
    changed = everywhere(everywhere(STORED, ROW, worse), ROW, another_version)
    assert severity(only(changed, ROW)) is Severity.REGRESSION


def test_a_new_row_is_no_failure() -> None:
    found = compare(only(STORED, "real"), STORED, where="now")
    assert {each.severity for each in found if each.row == ROW} == {Severity.NEW}
    assert gravest(found) is Severity.NEW


def test_cells_that_are_no_longer_there_are_named() -> None:
    assert lacking(STORED, STORED.cells) == []
    rest = only(STORED, ROW).cells
    assert set(lacking(STORED, rest)) == STORED.cells.keys() - rest.keys()


def test_one_path_of_every_cell_is_drift() -> None:
    few = snapshot(*REAL, ROW, bases=8)

    def first_moved(each):
        for name in each.sample.values:
            each = with_values(each, name, lambda values: values + 50 * (np.arange(8) == 0))
        return each

    moved = everywhere(few, ROW, first_moved)
    found = compare(few, moved, where="now")
    drifted = {each.metric for each in found if each.severity is Severity.DRIFT}
    measured = [name for (row, _), each in few.cells.items() if row == ROW for name in each.metrics]
    # One that a single cell has moves on a single path; curves were not touched.
    assert drifted == {name for name in measured if measured.count(name) > 1} - {"kl_curve_gap"}
    assert {each.row for each in found if each.severity is Severity.DRIFT} == {ROW}
    key = ROW, CellName("plateau", "scaled")
    one = dataclasses.replace(few, cells={**few.cells, key: moved.cells[key]})
    assert gravest(compare(few, one, where="now")) is Severity.SAME


def test_what_has_nothing_in_common_is_refused() -> None:
    with pytest.raises(RecordError, match="now: no cell is in both"):
        refuse_strangers(only(STORED, "real"), only(STORED, ROW), where="now")
    refuse_strangers(STORED, only(STORED, ROW), where="now")
    other = dataclasses.replace(STORED, setting=STORED.setting.model_copy(update={"seed": 1}))
    with pytest.raises(RecordError, match="now: seed is 1 here"):
        compare(STORED, other, where="now")


def test_a_folder_and_a_file_are_opened_alike(tmp_path: Path) -> None:
    store = Store(tmp_path / "run")
    for each in whole_board(["real"]):
        store.write(each.record, encode(each.table))
    baseline.write(opened(tmp_path / "run"), tmp_path / "base.json")
    found = compare(opened(tmp_path / "base.json"), opened(tmp_path / "run"), where="now")
    assert gravest(found) is Severity.SAME
    with pytest.raises(RecordError, match="there is no such folder of a run; name one"):
        opened(tmp_path / "nowhere")
    with pytest.raises(RecordError, match="there is no such baseline; make it"):
        opened(tmp_path / "nowhere.json")


@pytest.mark.parametrize(
    ("name", "version"),
    [("testbed", "toy@999"), ("engine", "adaptive@999"), ("design", "design@999")],
)
def test_another_version_of_the_setting_outdates_everything(name: str, version: str) -> None:
    setting = STORED.setting.model_copy(update={name: version})
    now = dataclasses.replace(everywhere(STORED, ROW, another_version), setting=setting)
    found = compare(STORED, only(now, ROW), where="now")
    assert {(each.row, each.severity) for each in found} == {(ROW, Severity.OUTDATED)}
    assert found[0].reason == f"{name} {getattr(STORED.setting, name)} is now {version}"
    run = only(now, ROW)
    assert renewed(STORED, run, found) is run
    other = STORED.setting.model_copy(update={name: "another@1"})
    with pytest.raises(RecordError, match=f"{name} is 'another@1' here"):
        compare(STORED, dataclasses.replace(STORED, setting=other), where="now")
