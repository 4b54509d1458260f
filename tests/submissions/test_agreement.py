from __future__ import annotations

from typing import Any

import pytest

from synact_bench.core.experiments import CONTROLS, LADDER, NATIVE, REAL
from synact_bench.submissions import agreement
from synact_bench.submissions.refusal import SubmissionError
from synact_bench.testbeds import spec
from tests.helpers import cells, submissions


@pytest.fixture(autouse=True)
def _toys(monkeypatch: pytest.MonkeyPatch) -> None:
    submissions.toy_testbed(monkeypatch)


def test_a_submission_agrees_with_itself_and_with_the_reference() -> None:
    own = submissions.own()
    records = [cell.record for cell in own]
    agreement.check_records(submissions.submission()[0], records)
    agreement.check_reference(records, submissions.reference())
    assert agreement.testbed(own) == "toy"
    assert agreement.flags(records) == ()


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


@pytest.mark.parametrize("name", [*REAL, *CONTROLS, *LADDER, NATIVE])
def test_no_submission_takes_the_name_of_what_a_board_depends_on(name: str) -> None:
    with pytest.raises(SubmissionError, match=r"^generator\.name: "):
        agreement.check_name(name, {})


@pytest.mark.parametrize("name", ["known", "kno.wn", "known-", "k-n-o-w-n"])
def test_a_name_is_taken_with_all_that_look_like_it(name: str) -> None:
    with pytest.raises(SubmissionError, match="is the name of a friend"):
        agreement.check_name(name, {"known": "a friend"})


def test_another_name_is_free() -> None:
    agreement.check_name("known2", {"known": "a friend"})
