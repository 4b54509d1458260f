from __future__ import annotations

import pytest

from synact_bench.audit.sae_scores import EXPLAINED, MEDIAN, nested, scores
from synact_bench.core.errors import RecordError
from synact_bench.reports.dictionaries import RECONSTRUCTION, Scored
from tests.helpers import boards
from tests.reports.test_dictionaries import LATENTS, MADE, given, scored


def test_the_scores_are_those_of_the_board() -> None:
    one = scored("one")
    found = scores(one, MADE)
    assert list(found) == [MEDIAN, RECONSTRUCTION, *MADE, EXPLAINED]
    for name in (RECONSTRUCTION, *MADE):
        assert found[name] is boards.row_of(one.board, name).realism.estimate
    assert found[EXPLAINED].value == LATENTS.explained_variance
    assert found[EXPLAINED].interval is None


def test_a_single_composition_is_its_own_median() -> None:
    found = scores(scored("one"), MADE[:1])
    assert list(found) == [MEDIAN, RECONSTRUCTION, EXPLAINED]
    assert found[MEDIAN].value == boards.row_of(scored("one").board, MADE[0]).realism.value


def test_a_board_without_a_composition_is_refused() -> None:
    with pytest.raises(RecordError, match="the board of one: has no row of nothing"):
        scores(scored("one"), (*MADE, "nothing"))


def test_the_first_bases_score_as_a_board_of_them_alone() -> None:
    """As the smaller preset would: its bases are the first, and the scale is a testbed's."""
    cells = given("near", 0.56)
    whole = scores(Scored.of("near", LATENTS, boards.built(cells), cells), MADE)
    subsets = nested(cells, MADE, sizes=(10, 22, 24, 100), replicates=boards.REPLICATES)
    assert list(subsets) == [22]  # 10 are of too few documents, 24 and more are all
    found = subsets[22]
    assert found.documents == 22
    assert list(found.scores) == [MEDIAN, RECONSTRUCTION, *MADE]
    for name, estimate in found.scores.items():
        assert estimate.value == pytest.approx(whole[name].value, abs=0.1)
        assert estimate.value != whole[name].value
        assert len(estimate.replicates) == boards.REPLICATES
