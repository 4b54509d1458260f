"""A few wrong paths and fewer bases: what is replaced, nested, and counts as agreement."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from synact_bench.audit.robustness import _replacements, agrees, corruptions, subsets
from synact_bench.core.experiments import HOLDOUT
from synact_bench.reports.scored_cells import WANTED, ScoredCells
from tests.helpers.scored import curve_score, scored_cells

REPLICATES = 200
BACK, GAUSSIAN = "returning paths", "Gaussian paths"


@pytest.fixture(scope="module")
def curves() -> ScoredCells:
    return scored_cells({"near": 0.3, "far": 1.2}, documents=60)


def test_all_paths_of_the_gaussian_score_as_the_gaussian(curves: ScoredCells) -> None:
    found = {each.kind: each for each in corruptions(curves, share=1.0, replicates=REPLICATES)}
    name = "gaussian"
    (expected,) = curves.realism([name], replicates=REPLICATES).values()
    assert found[GAUSSIAN].after.overall.value == pytest.approx(expected.overall.value)
    assert found[GAUSSIAN].paths == found[GAUSSIAN].of == 3 * len(curves.samples[WANTED[0]][name])
    fall = found[GAUSSIAN].fall
    assert fall is not None
    assert fall.value == pytest.approx(
        found[GAUSSIAN].before.overall.value - expected.overall.value
    )
    assert found[BACK].after.overall.value < 0.2


def test_more_wrong_paths_cost_more_and_a_few_do_not_decide(curves: ScoredCells) -> None:
    values = []
    for share in (0.02, 0.2, 0.6):
        (back, _) = corruptions(curves, share=share, replicates=REPLICATES)
        values.append(back.after.overall.value)
        assert back.before.overall.value == pytest.approx(
            corruptions(curves, replicates=REPLICATES)[0].before.overall.value
        )
    assert values == sorted(values, reverse=True)
    assert values[0] > 0.6
    assert values[0] - values[-1] > 0.3


def test_only_the_chosen_paths_are_replaced_and_they_end_where_they_began(
    curves: ScoredCells,
) -> None:
    rows = curves.samples[WANTED[0]]
    chosen = rows[HOLDOUT].bases[[3, 10]]
    mine, gaussian = rows[HOLDOUT].curves, rows["gaussian"].curves
    replaced = {kind: each(rows, chosen) for kind, each in _replacements(curves).items()}
    untouched = ~np.isin(rows[HOLDOUT].bases, chosen)
    for sample in replaced.values():
        np.testing.assert_array_equal(sample.curves.l2[untouched], mine.l2[untouched])
        np.testing.assert_array_equal(sample.curves.kl[untouched], mine.kl[untouched])
    np.testing.assert_array_equal(replaced[GAUSSIAN].curves.l2[[3, 10]], gaussian.l2[[3, 10]])
    np.testing.assert_array_equal(replaced[GAUSSIAN].curves.kl[[3, 10]], gaussian.kl[[3, 10]])
    back = replaced[BACK].curves
    assert (back.l2[[3, 10], -1] == 0).all()
    assert (back.kl[[3, 10], -1] == 0).all()
    assert (back.l2[[3, 10], 4] > 0).all()


def test_a_gaussian_that_lacks_a_base_replaces_nothing_there(curves: ScoredCells) -> None:
    name = "gaussian"
    samples = {
        cell: {**rows, name: rows[name].on(rows[name].bases[5:])}
        for cell, rows in curves.samples.items()
    }
    rows = samples[WANTED[0]]
    made = _replacements(replace(curves, samples=samples))[GAUSSIAN](rows, np.array([2, 7]))
    np.testing.assert_array_equal(made.curves.l2[2], rows[HOLDOUT].curves.l2[2])
    assert not np.array_equal(made.curves.l2[7], rows[HOLDOUT].curves.l2[7])


def test_without_a_row_or_a_path_nothing_is_replaced(curves: ScoredCells) -> None:
    assert corruptions(curves, share=0.0, replicates=REPLICATES) == ()
    samples = {
        cell: {name: each for name, each in rows.items() if name != HOLDOUT}
        for cell, rows in curves.samples.items()
    }
    assert corruptions(replace(curves, samples=samples), replicates=REPLICATES) == ()


def test_subsets_are_nested_whole_documents_and_all_of_them_last(curves: ScoredCells) -> None:
    whole = curves.realism(["near", "far"], replicates=REPLICATES)
    found = subsets(curves, whole, sizes=(60, 100, 100_000), replicates=REPLICATES)
    bases = len(curves.references[WANTED[0]].bases)
    assert len(found) == 3
    assert [each.documents for each in found] == sorted(each.documents for each in found)
    assert 60 <= found[0].bases <= 63
    assert 100 <= found[1].bases <= 103
    assert (found[2].bases, found[2].documents) == (bases, 60)
    assert found[2].scores is whole
    for part in found[:2]:
        assert set(part.scores) == {"near", "far"}
        cell = part.scores["near"].cells[WANTED[0]]
        assert cell.n == part.bases
        near, far = (part.scores[name].overall.value for name in ("near", "far"))
        assert near > far
    agree = [agrees(part.scores[name], whole[name]) for part in found[:2] for name in whole]
    assert sum(each is True for each in agree) >= 3
    few = subsets(curves, whole, sizes=(10,), replicates=REPLICATES)[0]  # too few for intervals
    assert {agrees(few.scores[name], whole[name]) for name in whole} == {None}


def test_a_board_no_larger_than_the_sizes_has_no_subsets(curves: ScoredCells) -> None:
    whole = curves.realism(["near"], replicates=REPLICATES)
    assert subsets(curves, whole, sizes=(10_000,), replicates=REPLICATES) == ()


@pytest.mark.parametrize(
    ("part", "whole", "verdict"),
    [
        (curve_score(0.5, np.linspace(0.3, 0.7, 101)), curve_score(0.6), True),
        (curve_score(0.5, np.linspace(0.3, 0.7, 101)), curve_score(0.8), False),
        (curve_score(0.5, np.linspace(0.3, 0.7, 101)), curve_score(0.2), False),
        (
            curve_score(0.8, np.linspace(0.7, 0.9, 101), pvalue=0.4),
            curve_score(0.99, pvalue=0.3),
            True,
        ),
        (
            curve_score(0.8, np.linspace(0.7, 0.9, 101), pvalue=0.4),
            curve_score(0.95, pvalue=0.01),
            False,
        ),
        (curve_score(0.5), curve_score(0.5), None),
        (curve_score(None), curve_score(0.5), None),
        (curve_score(0.5, np.linspace(0.3, 0.7, 101)), curve_score(None), None),
    ],
)
def test_a_part_agrees_where_its_interval_holds_the_whole_or_both_look_real(
    part, whole, verdict
) -> None:
    assert agrees(part, whole) is verdict
