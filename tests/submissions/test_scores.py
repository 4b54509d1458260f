from __future__ import annotations

from synact_bench.leaderboard.plain import plain
from synact_bench.submissions import checks
from synact_bench.submissions.scores import check
from tests.helpers import submissions
from tests.helpers.boards import built, row_of


def test_a_submission_scores_what_it_scores_on_a_board_among_others() -> None:
    given, paths = submissions.submission()
    own = checks.read(submissions.content(), paths)[1]
    others = submissions.own("other", parameters={})
    row = row_of(built([*submissions.reference(), *others, *own]), submissions.NAME)
    shown = plain(row.realism)
    for part in ("by_metric", "by_experiment"):
        for name, each in shown[part].items():
            stated = getattr(given.scores, part)[name].model_dump()
            assert stated == {**each["estimate"], "applicable": each["applicable"]}
    assert given.scores.overall.value == shown["overall"]["estimate"]["value"]
    assert row.card == given.card
    assert row.flags == given.flags


def test_another_machine_s_last_digits_are_no_fault() -> None:
    scores = submissions.submission()[0].scores
    assert scores.overall.value is not None
    near = scores.overall.model_copy(update={"value": scores.overall.value + 1e-6})
    check(scores.model_copy(update={"overall": near}), scores)
