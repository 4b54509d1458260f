from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from scipy.stats import energy_distance, ortho_group

from synact_bench.scoring.energy import Energy, energy, shrinkage
from synact_bench.scoring.pair_sums import DocumentOrder
from synact_bench.scoring.resampling import Resampling

SIZES = (1, 3, 2, 1, 2, 4, 1, 2)


def names(sizes=SIZES) -> list[str]:
    return [f"d{place:03d}" for place, size in enumerate(sizes) for _ in range(size)]


def drawn(seed: int, *, shift: float = 0.5, documents=None, draws: int = 3, features: int = 6):
    documents = names() if documents is None else documents
    rng = np.random.default_rng(seed)
    shape = (draws, len(documents), features)
    return shift + rng.normal(size=shape), rng.normal(size=shape), documents


def of(x, y, documents) -> Energy:
    return energy(x, y, DocumentOrder.of(documents))


def by_loops(x, y, documents) -> float:
    """The definition: means over ordered pairs of bases of different documents."""
    parts = []
    for one, other in zip(x, y, strict=True):
        sums, pairs = np.zeros(3), 0
        for i, first in enumerate(documents):
            for j, second in enumerate(documents):
                if first == second:
                    continue
                pairs += 1
                sums += [
                    np.linalg.norm(a - b)
                    for a, b in ((one[i], other[j]), (one[i], one[j]), (other[i], other[j]))
                ]
        parts.append((2 * sums[0] - sums[1] - sums[2]) / pairs)
    return float(np.mean(parts))


@pytest.mark.parametrize("seed", range(3))
def test_it_is_what_loops_over_pairs_find(seed: int) -> None:
    found = drawn(seed)
    assert of(*found).value == pytest.approx(by_loops(*found), rel=1e-5)


def test_it_is_scipys_in_one_dimension() -> None:
    # Scipy's is the root of a V-statistic, and of half of this: its sums hold pairs of a value
    # with itself, which only a mean over all pairs of bases has.
    x, y, documents = drawn(0, documents=[f"d{place:03d}" for place in range(60)], features=1)
    expected = []
    for one, other in zip(x[..., 0], y[..., 0], strict=True):
        n, half = len(one), energy_distance(one, other) ** 2
        across, own, real = (
            cdist(a[:, None], b[:, None]).sum()
            for a, b in ((one, other), (one, one), (other, other))
        )
        assert half == pytest.approx((2 * across - own - real) / n**2)
        pairs = n * (n - 1)
        paired = np.abs(one - other).sum()
        expected.append((n**2 * half - 2 * paired) / pairs)
    assert of(x, y, documents).value == pytest.approx(np.mean(expected), rel=1e-5)


def test_two_points_are_twice_their_distance_apart() -> None:
    x, y, documents = drawn(0)
    found = of(0 * x + 3.0, 0 * y, documents)
    assert found.value == pytest.approx(2 * 3 * np.sqrt(6), rel=1e-6)
    assert found.share == pytest.approx(1, rel=1e-6)


def test_two_normals_are_as_far_apart_as_the_closed_form_says() -> None:
    # E|N(m, 2)| = 2 / sqrt(pi) exp(-m^2 / 4) + m erf(m / 2); here m = 1.
    documents = [f"d{place:04d}" for place in range(3000)]
    x, y, _ = drawn(1, shift=1.0, documents=documents, draws=1, features=1)
    across = 2 / np.sqrt(np.pi) * np.exp(-0.25) + 0.5204998778
    assert of(x, y, documents).value == pytest.approx(2 * across - 4 / np.sqrt(np.pi), abs=0.03)


def test_equal_samples_are_alike() -> None:
    x, _, documents = drawn(0)
    assert of(x, x, documents).value == pytest.approx(0, abs=1e-6)
    assert of(0 * x, 0 * x, documents).share == 0


def test_it_is_nought_on_average_for_one_distribution_though_documents_share_effects() -> None:
    documents, values = names(), []
    place = np.unique(documents, return_inverse=True)[1]
    for seed in range(300):
        rng = np.random.default_rng(seed)
        x, y = (
            rng.normal(size=(1, 8, 4))[:, place] + rng.normal(size=(1, len(place), 4))
            for _ in range(2)
        )
        values.append(of(x, y, documents).value)
    assert abs(np.mean(values)) < 3 * np.std(values) / np.sqrt(300)


@settings(max_examples=20)
@given(st.integers(0, 1000), st.permutations(range(len(names()))))
def test_the_order_of_bases_plays_no_part(seed: int, order) -> None:
    x, y, documents = drawn(seed)
    mixed = of(x[:, order], y[:, order], [documents[place] for place in order])
    assert mixed.value == pytest.approx(of(x, y, documents).value, rel=1e-5, abs=1e-6)


@settings(max_examples=20)
@given(st.integers(0, 1000))
def test_rotations_within_blocks_play_no_part(seed: int) -> None:
    x, y, documents = drawn(seed)
    turn = np.zeros((6, 6))
    for block in (slice(0, 3), slice(3, 6)):
        turn[block, block] = ortho_group.rvs(3, random_state=seed)
    turned = of(x @ turn, y @ turn, documents)
    assert turned.value == pytest.approx(of(x, y, documents).value, rel=1e-5, abs=1e-6)


@settings(max_examples=20)
@given(st.integers(0, 1000), st.floats(0.01, 100))
def test_it_has_the_unit_of_its_residuals_and_is_symmetric(seed: int, unit: float) -> None:
    x, y, documents = drawn(seed)
    plain = of(x, y, documents)
    assert of(unit * x, unit * y, documents).value == pytest.approx(unit * plain.value, rel=1e-4)
    assert of(y, x, documents).value == pytest.approx(plain.value, rel=1e-5, abs=1e-6)
    assert of(unit * x, unit * y, documents).share == pytest.approx(plain.share, rel=1e-4)


def test_leaving_documents_out_is_scoring_the_others() -> None:
    x, y, documents = drawn(2)
    left_out = Resampling.without(documents, [["d001"], ["d000", "d005"]])
    replicates = of(x, y, documents).estimate(left_out).replicates
    for replicate, gone in zip(replicates, (["d001"], ["d000", "d005"]), strict=True):
        kept = [name not in gone for name in documents]
        rest = [name for name in documents if name not in gone]
        assert replicate == pytest.approx(of(x[:, kept], y[:, kept], rest).value, rel=1e-4)


def test_a_document_drawn_twice_makes_no_pair_with_itself() -> None:
    x, y, documents = drawn(3)
    counts = np.array([[2, 0, 1, 3, 0, 1, 1, 0]], dtype=np.float32)
    columns = {f"d{place:03d}": place for place in range(8)}
    found = of(x, y, documents).estimate(Resampling(columns, counts, calibrated=False))
    place = np.array([columns[name] for name in documents])
    weight = counts[0][place][:, None] * counts[0][place][None, :] * (place[:, None] != place[None])
    means = [
        (weight * np.mean([cdist(a, b) for a, b in zip(one, other, strict=True)], axis=0)).sum()
        / weight.sum()
        for one, other in ((x, y), (x, x), (y, y))
    ]
    assert found.replicates[0] == pytest.approx(2 * means[0] - means[1] - means[2], rel=1e-4)


def test_without_replicates_there_is_a_value() -> None:
    x, y, documents = drawn(0)
    few = Resampling.bootstrap(documents, rng=np.random.default_rng(0))
    assert of(x, y, documents).estimate(few).interval is None


@pytest.mark.parametrize(("shift", "tolerance"), [(0.0, 0.25), (0.15, 0.2), (1.0, 0.2)])
def test_replicates_spread_as_the_value_does_and_are_about_it(shift, tolerance) -> None:
    documents = names([1, 2, 3] * 20)
    values, errors, biases = [], [], []
    for seed in range(200):
        found = of(*drawn(seed, shift=shift, documents=documents, draws=1, features=3))
        rng = np.random.default_rng(seed)
        estimate = found.estimate(Resampling.bootstrap(documents, rng=rng, replicates=200))
        values.append(found.value)
        errors.append(estimate.replicates.std())
        biases.append((estimate.replicates.mean() - found.value) / errors[-1])
    spread = np.sqrt(np.mean(np.square(errors)))
    assert spread == pytest.approx(np.std(values), rel=tolerance)
    assert abs(np.mean(biases)) < 0.1


def test_what_documents_differ_in_is_told_from_the_noise_of_their_pairs() -> None:
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(200, 200))
    noise = noise + noise.T
    own = rng.normal(size=200)
    parts = own[:, None] + own[None, :]
    for matrix in (noise, parts):
        np.fill_diagonal(matrix, 0)
    assert shrinkage(noise) < 0.5
    assert shrinkage(parts + noise) > 0.95
    assert shrinkage(np.zeros((3, 3))) == 0


def test_what_cannot_be_compared_is_refused() -> None:
    x, y, documents = drawn(0)
    with pytest.raises(ValueError, match="do not agree"):
        of(x[:2], y, documents)
    x[0, 0, 0] = np.nan
    with pytest.raises(ValueError, match="not finite"):
        of(x, y, documents)


def test_what_each_document_adds_tells_what_is_left_without_it() -> None:
    """As a resampling that leaves the same documents out finds it from every pair."""
    found = of(*drawn(3))
    sums, documents = found.document_sums, found.documents
    assert sums.value == pytest.approx(found.value)
    each = found.estimate(Resampling.without_each(documents)).replicates
    np.testing.assert_allclose(sums.without_each(), each, rtol=1e-4)
    places = np.array([0, 2, 5])
    between = float(found.excess[np.ix_(places, places)].sum())
    several = Resampling.without(documents, [[documents[place] for place in places]])
    expected = found.estimate(several).replicates[0]
    assert sums.without(places, between) == pytest.approx(expected, rel=1e-4)
    assert np.isnan(sums.without(np.arange(len(documents) - 1), 0.0))
