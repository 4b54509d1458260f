"""The published audit is what the records in the repository give, and holds what it must."""

from __future__ import annotations

import pytest

from synact_bench.audit import audit
from synact_bench.audit import page as audit_page
from synact_bench.audit.robustness import agrees
from synact_bench.core.experiments import HOLDOUT, WRONG_PROMPT
from tests.helpers.published import PAPER, board_cells


@pytest.fixture(scope="module")
def made() -> audit.Audit:
    return audit.audit(board_cells("smollm2-135m"))


def test_the_audit_follows_from_the_records(made: audit.Audit) -> None:
    page = (PAPER / "AUDIT.md").read_text(encoding="utf-8")
    assert audit_page.page(made) == page, "renew it with 'make audit' and commit it"


def test_two_halves_of_the_documents_agree(made: audit.Audit) -> None:
    found = made.halves
    assert found.agreement.rho is not None
    assert found.median is not None
    assert found.agreement.rho >= 0.95
    assert found.median >= 0.98
    assert found.agreement.reversals == ()


def test_every_step_of_the_ladder_is_seen(made: audit.Audit) -> None:
    assert made.ladder is not None
    assert made.ladder.correlation is not None
    assert made.ladder.correlation <= -0.9 + 1e-9
    assert made.ladder.monotone
    assert [each.seen for each in made.ladder.steps] == [True, True, True]


def test_real_is_not_told_from_real_and_the_wrong_prompt_is_far(made: audit.Audit) -> None:
    right, wrong = (made.landmarks[name] for name in (HOLDOUT, WRONG_PROMPT))
    assert right.test is not None
    assert right.test.indistinguishable
    assert wrong.overall.value is not None
    assert wrong.overall.value < 0.7
    told = [each.test for each in made.turns.values() if each.test is not None]
    assert sum(not each.indistinguishable for each in told) <= 2


def test_a_few_wrong_paths_do_not_decide(made: audit.Audit) -> None:
    assert len(made.corruptions) == 2
    for each in made.corruptions:
        assert each.after.overall.value is not None
        assert each.after.overall.value > 0.75


def test_fewer_bases_agree_with_all(made: audit.Audit) -> None:
    whole = made.subsets[-1].scores
    verdicts = [
        agrees(score, whole[name])
        for part in made.subsets[:-1]
        for name, score in part.scores.items()
    ]
    told = [each for each in verdicts if each is not None]  # None: of too few documents
    assert len(told) >= 7
    assert sum(told) >= 0.8 * len(told)
