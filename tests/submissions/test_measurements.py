from __future__ import annotations

import dataclasses

import pyarrow.compute as pc
import pytest

from synact_bench.leaderboard.archive import part
from synact_bench.results.store import Cell
from synact_bench.submissions import checks, measurements
from synact_bench.submissions.refusal import SubmissionError
from tests.helpers import cells, submissions


@pytest.fixture(autouse=True)
def _toys(monkeypatch: pytest.MonkeyPatch) -> None:
    submissions.toy_testbed(monkeypatch)


@pytest.fixture
def cell() -> Cell:
    return checks.read(submissions.content(), submissions.submission()[1])[1][0]


def test_measured_numbers_follow_from_their_curves(cell: Cell) -> None:
    measurements.check(cell.record, cell.table, "records[0]")


def test_another_machine_s_last_digits_are_no_fault(cell: Cell) -> None:
    values = cell.table.values["max_slope_step"]
    near = dataclasses.replace(values, values=values.values * (1 + 1e-9))
    table = dataclasses.replace(cell.table, values={**cell.table.values, "max_slope_step": near})
    measurements.check(cell.record, table, "records[0]")


def test_facts_that_no_metric_can_be_computed_with_are_refused(cell: Cell) -> None:
    facts = cell.record.metric_facts.model_copy(update={"tau": -1.0})
    record = cell.record.model_copy(update={"metric_facts": facts})
    with pytest.raises(SubmissionError, match="tau must be finite and above 0"):
        measurements.check(record, cell.table, "records[0]")


def test_a_base_that_the_reference_dropped_may_be_of_any_document(cell: Cell) -> None:
    reference = [cells.cell("real", dropped=1)]
    documents = (*cell.table.document[:-1], "another")
    table = dataclasses.replace(cell.table, document=documents)
    measurements.check_documents([cell.record], [table], reference)
    with pytest.raises(SubmissionError, match="is 'another' for base 23"):
        measurements.check_documents([cell.record], [table], [cells.cell("real")])


def test_metrics_that_have_changed_since_are_not_recomputed() -> None:
    given = submissions.draft()
    for record in given.fields["records"]:
        record["identity"]["metrics"].update(
            {name: "0" for name in record["identity"]["metrics"] if name == "auc_step"}
        )
    given.identified()
    given.rewritten(
        lambda table: table.set_column(
            table.column_names.index("auc_step"), "auc_step", pc.multiply(table["auc_step"], 2.0)
        )
    )
    _, found = checks.read(given.content, given.paths)
    current, archived = part(found)
    assert {cell.record.identity.experiment for cell in current} == {"plateau@2"}
    assert [row.reasons for row in archived] == [("metric auc_step@0 is auc_step@1 now",)]
