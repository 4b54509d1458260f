from __future__ import annotations

from typing import Any

import pytest

from synact_bench.submissions import agreement
from synact_bench.submissions.refusal import SubmissionError
from synact_bench.testbeds import spec
from tests.helpers import cells, submissions


@pytest.fixture(autouse=True)
def _toys(monkeypatch: pytest.MonkeyPatch) -> None:
    submissions.toy_testbed(monkeypatch)


def test_a_submission_agrees_with_itself_and_with_the_reference() -> None:
    given, _ = submissions.submission()
    agreement.check_records(given)
    agreement.check_reference(given, submissions.reference())
    assert agreement.check_testbed(given) == "toy"


def test_a_cell_is_refused_before_it_is_measured() -> None:
    identity = cells.identity("mine", "plateau", "scaled", preset="smoke")
    with pytest.raises(SubmissionError, match=r"mine scaled\.preset: is 'smoke'"):
        agreement.check_identity(identity, submissions.reference(), field="mine scaled")


def test_a_reference_that_lacks_a_row_is_no_reference() -> None:
    lacking = [
        cell
        for cell in submissions.reference()
        if cell.record.identity.generator.name != "real-floor-2"
    ]
    identity = cells.identity("mine", "plateau", "scaled")
    with pytest.raises(SubmissionError, match="has no published real-floor-2 for plateau/scaled"):
        agreement.check_identity(identity, lacking, field="mine")


def test_cells_of_an_older_testbed_are_outdated_with_their_reference(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    toy: Any = spec.catalog()["toy"]
    toy.identity = "toy@2"
    monkeypatch.setattr(spec, "catalog", lambda: {"toy": toy})
    identity = cells.identity("mine", "plateau", "scaled", refined=submissions.REFINED)
    with pytest.raises(SubmissionError, match="is outdated: testbed toy@1 is toy@2 now"):
        agreement.check_identity(identity, submissions.reference(), field="mine")
