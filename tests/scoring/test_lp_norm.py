from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synact_bench.scoring.lp_norm import LARGEST, Exponents, Responses, exponents

RADII = np.array([0.25, 0.35, 0.5, 0.71, 1.0])


def law(
    p: float,
    q: float,
    *,
    prompts: int = 6,
    pairs: int = 4,
    angles: int = 3,
    noise: float = 0.0,
    seed: int = 0,
) -> Responses:
    """Responses that are exactly the power q of the L^p norm, each direction of its own effect."""
    rng = np.random.default_rng(seed)
    effects = rng.uniform(0.5, 2, (2, prompts, pairs, 1))
    turned = np.arange(1, angles + 1) * (math.pi / 2 / (angles + 1))
    parts = np.stack([np.cos(turned), np.sin(turned)], axis=-1)
    one, other = (effects[place][..., None, :] * parts[:, place, None] * RADII for place in (0, 1))
    infinite = p == math.inf
    norm = np.maximum(one, other) if infinite else (one**p + other**p) ** (1 / p)

    def shaken(exact: np.ndarray) -> np.ndarray:
        return exact * np.exp(noise * rng.standard_normal(exact.shape))

    first, second = (shaken((effects[place] * RADII) ** q) for place in (0, 1))
    names = tuple(f"doc-{prompt // 2}" for prompt in range(prompts))
    return Responses(RADII, parts, first, second, shaken(norm**q), names)


def fitted(given_: Responses, *, replicates: int = 3, seed: int = 0) -> Exponents:
    return exponents(given_, rng=np.random.default_rng(seed), replicates=replicates)


@settings(max_examples=15, deadline=None)
@given(p=st.floats(0.8, 12), q=st.floats(0.7, 5), angles=st.integers(1, 4), seed=st.integers(0, 99))
def test_a_response_that_is_a_function_of_an_lp_norm_gives_p(p, q, angles, seed):
    found = fitted(law(p, q, angles=angles, seed=seed))
    assert found.p.value == pytest.approx(p, rel=1e-3)
    assert found.slopes == pytest.approx(q, rel=1e-6)
    assert [each.value for each in found.by_radius] == pytest.approx([p] * 5, rel=1e-3)
    assert found.p.replicates == pytest.approx(p, rel=1e-3)
    assert found.misfit < 1e-3
    assert found.used == 1


@pytest.mark.parametrize("q", [1.0, 2.0, 3.5])
def test_a_response_to_the_length_alone_has_two(q):
    given_ = law(2, q)
    same = np.ones_like(given_.first) * RADII**q
    alike = Responses(
        RADII, given_.parts, same, same, np.ones_like(given_.mixed) * RADII**q, given_.documents
    )
    found = fitted(alike)
    assert found.p.value == pytest.approx(2, rel=1e-4)
    assert found.ratios == pytest.approx(1, rel=1e-9)


def test_the_largest_component_alone_has_no_finite_exponent():
    found = fitted(law(math.inf, 2, angles=1))
    assert found.p.value > 0.9 * LARGEST
    assert (found.ratios < 1).all()


def test_above_two_a_mixture_disturbs_less_and_below_more():
    for p, less in ((4, True), (1.3, False)):
        assert ((fitted(law(p, 2)).ratios < 1) == less).all()


def test_noise_is_told_by_the_interval():
    holds = 0
    for seed in range(8):
        found = fitted(law(3, 2, noise=0.3, prompts=12, seed=seed), replicates=60)
        low, high = found.p.interval
        assert found.p.value == pytest.approx(3, rel=0.3)
        assert found.misfit == pytest.approx(0.3 * math.sqrt(1 + 0.5), rel=0.3)
        holds += low <= 3 <= high
    assert holds >= 6


def test_responses_of_nothing_are_left_out_and_counted():
    given_ = law(3, 2)
    given_.mixed[0, 0] = 0
    given_.first[1, 2, 3] = np.nan
    found = fitted(given_)
    assert found.p.value == pytest.approx(3, rel=1e-2)
    assert found.used == pytest.approx(1 - (15 + 3) / given_.mixed.size)


def test_without_any_response_there_is_no_exponent():
    given_ = law(3, 2)
    given_.mixed[:] = 0
    with pytest.raises(ValueError, match="no pair has responses above 0 at radius"):
        fitted(given_)


def test_the_same_documents_are_drawn_again():
    one, again, other = (
        fitted(law(3, 2, noise=0.2), replicates=5, seed=seed) for seed in (1, 1, 2)
    )
    assert one.p.replicates.tolist() == again.p.replicates.tolist() != other.p.replicates.tolist()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"radii": RADII[:4]}, "radii"),
        ({"radii": RADII[::-1]}, "rising"),
        ({"radii": RADII - 0.25}, "above 0"),
        ({"parts": np.ones((2, 2))}, "parts"),
        ({"first": np.ones((1, 4, 5))}, "first"),
        ({"documents": ("one",)}, "documents"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(changed, said):
    given_ = law(3, 2)
    names = ("radii", "parts", "first", "second", "mixed", "documents")
    with pytest.raises(ValueError, match=said):
        Responses(**({name: getattr(given_, name) for name in names} | changed))
