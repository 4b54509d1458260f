from __future__ import annotations

import hashlib

import pytest

from synact_bench.reports.board import WANTED
from synact_bench.submissions import assembly
from synact_bench.submissions.refusal import SubmissionError
from tests.helpers import cells, submissions


def test_a_submission_holds_card_scores_flags_and_provenance() -> None:
    given, paths = submissions.submission()
    assert given.table_sha256 == hashlib.sha256(paths).hexdigest()
    assert given.generator.parameters == submissions.PARAMETERS
    assert given.card.authors == submissions.CARD["authors"]
    assert [record.identity.cell for record in given.records] == list(WANTED)
    assert all(record.provenance == cells.provenance() for record in given.records)
    assert given.scores.overall.low is not None
    assert given.scores.overall.low < (given.scores.overall.value or 0)


@pytest.mark.parametrize("order", [1, -1])
def test_the_order_of_the_cells_decides_nothing(
    order: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    given, _ = submissions.submission()
    monkeypatch.setattr(assembly, "scores", lambda *_, **__: given.scores)
    made, _ = assembly.assemble(submissions.own()[::order], submissions.reference())
    assert made == given


def test_a_cell_that_is_missing_or_empty_is_named() -> None:
    own = submissions.own()
    with pytest.raises(SubmissionError, match="records: plateau/scaled is missing"):
        assembly.assemble(own[:-1], submissions.reference())
    empty = cells.cell("mine", "plateau", "scaled", dropped=cells.BASES)
    with pytest.raises(SubmissionError, match="records: plateau/scaled is empty"):
        assembly.assemble([*own[:-1], empty], submissions.reference())
