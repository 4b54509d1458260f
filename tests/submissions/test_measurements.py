from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from synact_bench.core.experiments import EXPERIMENTS
from synact_bench.reports.archive import part
from synact_bench.reports.scored_cells import POINTS
from synact_bench.results.store import Cell
from synact_bench.submissions import checks, measurements
from synact_bench.submissions.refusal import SubmissionError
from tests.helpers import cells, submissions

PLATEAU, SENSITIVITY = EXPERIMENTS["plateau"], EXPERIMENTS["sensitivity"]


@pytest.fixture(autouse=True)
def _toys(monkeypatch: pytest.MonkeyPatch) -> None:
    submissions.toy_testbed(monkeypatch)


@pytest.fixture
def cell() -> Cell:
    return checks.read(submissions.content(), submissions.submission()[1])[1][0]


def test_numbers_that_can_be_measured_are_accepted(cell: Cell) -> None:
    measurements.check(cell, "records[0]")


def test_whole_grids_and_scored_fractions_alone_are_accepted(cell: Cell) -> None:
    known = ~np.isnan(cell.table.curves.l2)
    assert known[: submissions.REFINED].all()
    assert (known[submissions.REFINED :].sum(axis=1) == len(POINTS)).all()
    for refined in (0, cells.BASES):
        (one,) = cells.whole_board(["mine"], refined=refined)[:1]
        measurements.check(one, "records[0]")


def test_a_grid_without_the_scored_fractions_is_refused(cell: Cell) -> None:
    swept = cells.curves("mine", "sensitivity", "relative", paths=cells.BASES, points=17)
    table = dataclasses.replace(cell.table, curves=swept)
    identity = cell.record.identity.model_copy(update={"points": 17})
    record = cell.record.model_copy(update={"identity": identity})
    with pytest.raises(SubmissionError, match="no point of a grid of 17"):
        measurements.check(Cell(record, table), "records[0]")


def test_facts_that_no_metric_can_be_computed_with_are_refused(cell: Cell) -> None:
    facts = cell.record.metric_facts.model_copy(update={"tau": -1.0})
    record = cell.record.model_copy(update={"metric_facts": facts})
    with pytest.raises(SubmissionError, match="tau must be finite and above 0"):
        measurements.check(Cell(record, cell.table), "records[0]")


def test_a_base_that_the_reference_dropped_may_be_of_any_document(cell: Cell) -> None:
    reference = [cells.cell("real", dropped=1)]
    documents = (*cell.table.document[:-1], "another")
    other = Cell(cell.record, dataclasses.replace(cell.table, document=documents))
    measurements.check_documents([other], reference)
    with pytest.raises(SubmissionError, match="is 'another' for base 23"):
        measurements.check_documents([other], [cells.cell("real")])


def test_a_submission_of_older_versions_is_read_and_archived() -> None:
    given = submissions.draft()
    for record in given.fields["records"][1:]:
        record["identity"]["experiment"] = "sensitivity@0"
    given.identified()
    _, found = checks.read(given.content, given.paths)
    current, archived = part(found)
    assert {cell.record.identity.experiment for cell in current} == {PLATEAU.identity}
    assert [row.reasons for row in archived] == [
        (f"experiment sensitivity@0 is {SENSITIVITY.identity} now",)
    ]
