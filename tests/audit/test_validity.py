"""Each check of the audit, on rows whose place is known: it must be able to fail."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm, spearmanr

from synact_bench.audit import validity
from synact_bench.audit.validity import (
    Step,
    further_paths,
    halves,
    ladder,
    resolution,
    shuffled,
    turns,
)
from synact_bench.core.experiments import HOLDOUT, REAL, WRONG_PROMPT
from synact_bench.reports.scored_cells import BOOTSTRAP_SEED, WANTED, ScoredCells
from synact_bench.scoring import Estimate, Realism
from synact_bench.scoring.energy import energy
from tests.helpers.scored import FAR, curve_score, of_samples, scored_cells, spliced

REPLICATES = 200
RISING = {"near": 0.3, "mid": 0.8, "far": 1.2, "beyond": 2.5}
NAMES = list(RISING)
DOSES = {"a": 0.0, "b": 0.1, "c": 0.25, "d": 0.5, "e": 1.0}


@pytest.fixture(scope="module")
def curves() -> ScoredCells:
    return scored_cells(RISING)


def halved(curves: ScoredCells) -> validity.Halves:
    return halves(curves, curves.energies(NAMES), NAMES, replicates=REPLICATES)


def test_halves_of_rows_far_apart_have_one_order(curves: ScoredCells) -> None:
    found = halved(curves)
    assert (found.agreement.rows, found.agreement.reversals) == (len(RISING), ())
    assert found.agreement.rho == pytest.approx(1)
    assert found.median == pytest.approx(1)
    order = shuffled(curves.documents)
    first = curves.where(order[:20]).realism(NAMES, replicates=REPLICATES)
    assert {name: each.value for name, each in found.first.items()} == {
        name: first[name].overall.value for name in first
    }


def test_an_order_that_depends_on_the_documents_is_a_reversal(curves: ScoredCells) -> None:
    half = set(shuffled(curves.documents)[:20])
    samples = {
        cell: {
            **rows,
            "near": spliced(rows["near"], rows["beyond"], half),
            "beyond": spliced(rows["beyond"], rows["near"], half),
        }
        for cell, rows in curves.samples.items()
    }
    found = halved(of_samples(samples))
    pairs = {(each.first, each.second) for each in found.agreement.reversals}
    assert ("near", "beyond") in pairs
    assert found.agreement.rho is not None
    assert found.agreement.rho < 0


def test_random_halvings_are_what_scoring_each_half_by_itself_gives(
    curves: ScoredCells, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(validity, "HALVINGS", 3)
    close = scored_cells({"a": 0.5, "b": 0.55, "c": 0.6, "d": 0.65, "e": 0.7}, documents=24)
    names = list("abcde")
    found = halves(close, close.energies(names), names, replicates=0)
    rng = np.random.default_rng(BOOTSTRAP_SEED)
    expected = []
    for _ in range(3):
        order = rng.permutation(24)
        values = []
        for part in (order[:12], order[12:]):
            kept = [close.documents[one] for one in part]
            scores = close.where(kept).realism(names, replicates=0)
            values.append([scores[name].overall.value for name in names])
        expected.append(spearmanr(*values).statistic)
    assert len({*expected}) > 1
    assert found.median == pytest.approx(np.median(expected))
    assert found.lowest == pytest.approx(np.quantile(expected, 0.05))


def test_two_rows_have_no_correlation_of_halves(curves: ScoredCells) -> None:
    found = halves(curves, curves.energies(NAMES[:2]), NAMES[:2], replicates=REPLICATES)
    assert (found.agreement.rho, found.median, found.lowest) == (None, None, None)


def test_each_real_draw_is_compared_with_all_others(curves: ScoredCells) -> None:
    found = turns(curves, replicates=REPLICATES)
    assert list(found) == [*REAL, HOLDOUT]
    cell, turn = WANTED[0], REAL[2]
    others = [name for name in (*REAL, HOLDOUT) if name != turn]
    units = curves.scales[cell].units
    phi = {name: units.features(curves.samples[cell][name].curves) for name in (*others, turn)}
    rest = [np.mean([phi[o] for o in others if o != k], axis=0) for k in others]
    x = np.stack([phi[turn] - each for each in rest])
    y = np.stack([phi[k] - each for k, each in zip(others, rest, strict=True)])
    expected = energy(x, y, curves.references[cell].order).value
    assert found[turn].cells[cell].energy.value == pytest.approx(expected, rel=1e-4, abs=1e-6)


def test_a_draw_that_is_not_real_is_told_and_those_that_are_seldom() -> None:
    real = turns(scored_cells(seed=3), replicates=REPLICATES)
    assert sum(not each.test.indistinguishable for each in real.values() if each.test) <= 1
    far = scored_cells({"odd": 0.5}, seed=3)
    samples = {cell: {**rows, HOLDOUT: rows["odd"]} for cell, rows in far.samples.items()}
    odd = turns(replace(far, samples=samples), replicates=REPLICATES)[HOLDOUT]
    assert odd.test is not None
    assert odd.test.pvalue < 0.01


def test_without_a_held_out_draw_there_are_no_turns(curves: ScoredCells) -> None:
    samples = {
        cell: {name: each for name, each in rows.items() if name != HOLDOUT}
        for cell, rows in curves.samples.items()
    }
    assert turns(replace(curves, samples=samples), replicates=REPLICATES) == {}
    assert turns(replace(curves, samples={}), replicates=REPLICATES) == {}


def test_the_wrong_prompt_is_far_from_real_and_the_right_one_is_not(curves: ScoredCells) -> None:
    scores = curves.realism([HOLDOUT, WRONG_PROMPT], replicates=REPLICATES)
    right, wrong = (scores[name].overall.value for name in (HOLDOUT, WRONG_PROMPT))
    assert right is not None
    assert wrong is not None
    assert right - wrong > 0.3


def rungs(values: dict[str, float], spread: float = 0.1) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    return {
        name: curve_score(value, value + spread * rng.normal(size=2000))
        for name, value in values.items()
    }


def test_steps_of_the_ladder_are_paired_and_over_their_standard_error() -> None:
    values = {"a": 1.0, "b": 0.99, "c": 0.8, "d": 0.3, "e": 0.0}
    scores = rungs(values)
    found = ladder(DOSES, scores)
    assert found is not None
    assert [(each.low, each.high) for each in found.steps] == [(0, 0.25), (0.25, 0.5), (0.5, 1)]
    assert [each.rise.value for each in found.steps] == pytest.approx([0.2, 0.5, 0.3])
    # Independent replicates here: the error of a difference is sqrt(2) * 0.1.
    assert [each.z for each in found.steps] == pytest.approx(
        [each / np.sqrt(0.02) for each in (0.2, 0.5, 0.3)], rel=0.1
    )
    assert [each.seen for each in found.steps] == [False, True, True]
    assert found.correlation == pytest.approx(-1)
    assert found.monotone
    common = np.random.default_rng(1).normal(size=2000)
    paired = {name: curve_score(value, value + common) for name, value in values.items()}
    assert all(each.seen for each in ladder(DOSES, paired).steps)


def test_a_ladder_out_of_order_is_not_monotone_and_correlated_less() -> None:
    found = ladder(DOSES, rungs({"a": 1.0, "b": 0.9, "c": 0.6, "d": 0.0, "e": 0.2}))
    assert found is not None
    assert not found.monotone
    assert found.steps[-1].rise.value == pytest.approx(-0.2)
    assert found.steps[-1].seen is False
    assert found.correlation == pytest.approx(-0.9)


def test_a_ladder_that_lacks_a_score_steps_over_it_and_has_no_correlation() -> None:
    scores = rungs({"a": 1.0, "b": 0.9, "d": 0.2, "e": 0.0}) | {"c": curve_score(None)}
    found = ladder(DOSES, scores)
    assert found is not None
    assert [(each.low, each.high) for each in found.steps] == [(0, 0.5), (0.5, 1)]
    assert found.correlation is None
    assert len(found.rungs) == 5
    assert ladder(DOSES, {}) is None


def test_a_step_without_replicates_is_neither_seen_nor_missed() -> None:
    step = Step(0.0, 0.25, Estimate(0.2))
    assert (step.z, step.seen) == (None, None)


def test_steps_of_curves_that_go_from_real_to_gaussian_are_seen() -> None:
    doses = {f"ladder-{dose:g}": dose for dose in (0.0, 0.25, 0.5, 1.0)}
    made = scored_cells({name: FAR * dose for name, dose in doses.items()}, documents=80)
    found = ladder(doses, made.realism(doses, replicates=REPLICATES))
    assert found is not None
    assert found.monotone
    assert [each.seen for each in found.steps] == [True, True, True]
    assert found.rungs[1.0].overall.value == pytest.approx(0, abs=0.15)


def test_the_detectable_difference_is_a_share_of_what_lies_between_real_and_gaussian() -> None:
    rng = np.random.default_rng(0)
    values = {
        name: Estimate(value, value + 0.1 * rng.normal(size=4000))
        for name, value in {"a": 0.9, "b": 0.5, "c": 0.45}.items()
    }
    found = resolution(values, real=Realism(Estimate(0.95)), gaussian=Realism(Estimate(-0.05)))
    expected = (norm.isf(0.025) + norm.isf(0.2)) * np.sqrt(2) * 0.1
    assert found.detectable == pytest.approx(expected, rel=0.05)
    assert found.share == pytest.approx(found.detectable)
    assert (found.rows, found.pairs, found.decided) == (3, 3, 2)
    assert found.width == pytest.approx(2 * 1.96 * 0.1, rel=0.05)
    half = resolution(values, real=Realism(Estimate(0.5)), gaussian=Realism(Estimate(0.0)))
    assert half.share == pytest.approx(2 * expected, rel=0.05)


@pytest.mark.parametrize(
    ("real", "gaussian"),
    [
        (None, Realism(Estimate(0.0))),
        (Realism(None, "no cell"), Realism(Estimate(0.0))),
        (Realism(Estimate(0.0)), Realism(Estimate(0.5))),
    ],
)
def test_without_a_span_there_is_no_share(real: Realism | None, gaussian: Realism) -> None:
    values = {name: Estimate(0.5, np.linspace(0, 1, 100)) for name in "ab"}
    assert resolution(values, real=real, gaussian=gaussian).share is None


def test_where_all_paths_are_scored_none_is_further() -> None:
    assert further_paths({}, WANTED, replicates=REPLICATES) == {}
