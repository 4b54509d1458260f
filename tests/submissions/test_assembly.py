from __future__ import annotations

import hashlib

import pytest

from synact_bench.results import pack
from synact_bench.submissions import assembly
from synact_bench.submissions.refusal import SubmissionError
from tests.helpers import cells, submissions


def test_a_submission_holds_card_scores_and_the_pack_of_its_cells() -> None:
    given, packed = submissions.submission()
    assert packed == pack.dumps(submissions.own())
    assert given.pack_sha256 == hashlib.sha256(packed).hexdigest()
    assert given.generator.parameters == submissions.PARAMETERS
    assert given.card.authors == submissions.CARD["authors"]
    assert given.scores.overall.low is not None
    assert given.scores.overall.low < (given.scores.overall.value or 0)


@pytest.mark.parametrize("order", [1, -1])
def test_the_order_of_the_cells_decides_nothing(
    order: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    given, packed = submissions.submission()
    monkeypatch.setattr(assembly, "scores", lambda *_, **__: given.scores)
    made = assembly.assemble(submissions.own()[::order], submissions.reference())
    assert made == (given, packed)


def test_a_cell_that_is_missing_or_empty_is_named() -> None:
    own = submissions.own()
    with pytest.raises(SubmissionError, match="records: plateau/scaled is missing"):
        assembly.assemble(own[:-1], submissions.reference())
    empty = cells.cell("mine", "plateau", "scaled", dropped=cells.BASES)
    with pytest.raises(SubmissionError, match="records: plateau/scaled is empty"):
        assembly.assemble([*own[:-1], empty], submissions.reference())
