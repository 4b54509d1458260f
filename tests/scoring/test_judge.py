from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from synact_bench.scoring.judge import judgement
from synact_bench.scoring.pair_sums import DocumentOrder


def judged(*, shift: float = 0.0, spread: float = 1.0, seed: int = 0, documents: int = 200):
    rng = np.random.default_rng(seed)
    names = [f"d{place:03d}" for place in np.repeat(np.arange(documents), 2)]
    shape = (3, 2 * documents, 4)
    x, y = spread * rng.normal(size=shape), rng.normal(size=shape)
    x[..., 0] += shift
    return judgement(x, y, DocumentOrder.of(names))


def test_it_cannot_tell_one_distribution_from_itself() -> None:
    found = [judged(seed=seed) for seed in range(20)]
    assert np.mean([each.told for each in found]) == pytest.approx(0.5, abs=0.03)
    errors = np.sqrt(np.mean([each.error**2 for each in found]))
    assert errors == pytest.approx(np.std([each.told for each in found]), rel=0.6)


def test_it_tells_moved_normals_as_often_as_anyone_could() -> None:
    assert judged(shift=1.0).told == pytest.approx(norm.cdf(1 / np.sqrt(2)), abs=0.03)


def test_it_sees_too_little_spread_about_the_right_mean() -> None:
    assert judged(spread=0.4).told > 0.75


def test_the_order_of_paths_plays_no_part() -> None:
    rng = np.random.default_rng(0)
    names = np.array([f"d{place:02d}" for place in np.repeat(np.arange(30), 2)])
    x, y = rng.normal(size=(2, 60, 3)) + 0.5, rng.normal(size=(2, 60, 3))
    mixed = rng.permutation(60)
    plain = judgement(x, y, DocumentOrder.of(list(names)))
    moved = judgement(x[:, mixed], y[:, mixed], DocumentOrder.of(list(names[mixed])))
    assert moved.told == pytest.approx(plain.told)
    assert moved.error == pytest.approx(plain.error)


def test_features_that_do_not_vary_give_even_odds() -> None:
    order = DocumentOrder.of([f"d{place:02d}" for place in range(20)])
    nothing = np.zeros((2, 20, 3))
    assert judgement(nothing, nothing, order).told == 0.5
    with pytest.raises(ValueError, match="20 documents cannot be parted into 30 folds"):
        judgement(nothing, nothing, order, folds=30)
