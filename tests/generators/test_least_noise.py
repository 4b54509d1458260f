from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from synact_bench.generators.least_noise import (
    LARGEST,
    STEPS,
    TRIED,
    Judge,
    Tries,
    _near_limit,
    smallest,
)
from synact_bench.similarity.copying import closeness, copying
from synact_bench.similarity.diversity import diversity
from tests.helpers.clusters import Clusters
from tests.helpers.toys import toy_dictionary

SEED = 3


@pytest.fixture(scope="module")
def parts() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Held-out rows, stored rows, where 800 tries start, and their noise of size 1."""
    rng = np.random.default_rng(0)
    rows = torch.from_numpy(Clusters.draw(rng=rng, d=8).rows(1000, rng=rng))
    heldout, stored = rows[:200], rows[200:]
    start = stored[torch.from_numpy(rng.integers(len(stored), size=TRIED))]
    noise = torch.from_numpy(rng.normal(size=start.shape).astype(np.float32))
    return heldout, stored, start, noise


@pytest.fixture(scope="module")
def judge(parts: tuple[Tensor, ...]) -> Judge:
    heldout, stored, _, _ = parts
    return Judge.of(heldout, stored, toy_dictionary(), seed=SEED)


@pytest.fixture(scope="module")
def tries(parts: tuple[Tensor, ...], judge: Judge) -> Tries:
    _, _, start, noise = parts
    return Tries.of(judge.stored.train, start, noise)


def plainly(judge: Judge, made: Tensor) -> bool:
    """Whether the activations break a rule: every number of them computed from nothing."""
    found = copying(closeness(made.numpy(), judge.stored), judge.heldout, limits=judge.limits)
    fires = (judge.dictionary.encode(made) > 0).numpy()
    collapsed = bool(diversity(made.numpy(), judge.real, latents=fires).flags)
    return any(_near_limit(each) for each in found.findings) or collapsed


def test_the_size_found_is_that_of_every_rule_tried_anew_at_every_size(
    parts: tuple[Tensor, ...], judge: Judge, tries: Tries
) -> None:
    _, _, start, noise = parts
    shared = smallest(lambda size: judge.breaks(tries.at(size)))
    assert shared == smallest(lambda size: plainly(judge, start + size * noise))
    assert shared is not None
    assert 0.1 < shared < LARGEST


@pytest.mark.parametrize("size", [0.0, 0.03125, 0.5, 2.0])
def test_a_view_of_moved_activations_is_as_if_computed_from_nothing(
    parts: tuple[Tensor, ...], judge: Judge, tries: Tries, size: float
) -> None:
    _, _, start, noise = parts
    made = (start + size * noise).numpy()
    views = tries.at(size)
    np.testing.assert_array_equal(np.concatenate([each.points for each in views]), made)
    *_, found = judge._found(views)
    expected = closeness(made, judge.stored)
    np.testing.assert_array_equal(found.cell, expected.cell)
    now, whole = found.measured, expected.measured
    assert now.keys() == whole.keys()
    for rule in ("near-duplicate", "not-authentic"):
        np.testing.assert_array_equal(now[rule], whole[rule])
    np.testing.assert_allclose(now["rescaled"], whole["rescaled"], atol=1e-9)
    np.testing.assert_allclose(now["mixture"], whole["mixture"], atol=1e-4)


def test_no_product_of_matrices_is_made_again_at_another_size(
    tries: Tries, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise AssertionError("the whole pool was multiplied again")

    monkeypatch.setattr("synact_bench.similarity.pool.Pool.products", refused)
    for view in tries.at(0.3):
        assert (view.nearest[0] > 0).all()


@pytest.mark.parametrize("limit", [0.0, 0.01, 0.3, 1.0, 1.95])
def test_the_smallest_size_is_found_to_a_step(limit: float) -> None:
    found = smallest(lambda size: size < limit)
    assert found is not None
    assert limit <= found <= limit + LARGEST / 2**STEPS


def test_where_every_size_breaks_a_rule_none_is_found() -> None:
    assert smallest(lambda size: True) is None


def test_the_last_size_that_breaks_no_rule_is_kept() -> None:
    asked: list[float] = []

    def breaks(size: float) -> bool:
        asked.append(size)
        return size < 1.9

    assert smallest(breaks) == min(size for size in asked if size >= 1.9)
