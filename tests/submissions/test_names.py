from __future__ import annotations

import pytest

from synact_bench.core.experiments import CONTROLS, LADDER, NATIVE, REAL
from synact_bench.submissions import names
from synact_bench.submissions.refusal import SubmissionError


@pytest.mark.parametrize("name", [*REAL, *CONTROLS, *LADDER, NATIVE])
def test_no_submission_takes_the_name_of_what_a_board_depends_on(name: str) -> None:
    with pytest.raises(SubmissionError, match=r"^generator\.name: "):
        names.check(name, {})


@pytest.mark.parametrize("name", ["known", "kno.wn", "known-", "k-n-o-w-n"])
def test_a_name_is_taken_with_all_that_look_like_it(name: str) -> None:
    with pytest.raises(SubmissionError, match="is the name of a friend"):
        names.check(name, {"known": "a friend"})


def test_another_name_is_free() -> None:
    names.check("known2", {"known": "a friend"})
