from __future__ import annotations

import pytest
import torch

from synact_bench.core.activations import RealActivations
from synact_bench.core.errors import SynactError
from synact_bench.generators.cluster_flow import KindFlow
from tests.helpers.toys import rng_of, toy_dictionary, toy_real

D = 4
SIDE, SHARE = 3.0, 0.2
SD = SIDE * (SHARE * (1 - SHARE)) ** 0.5


def one_sided() -> RealActivations:
    """Kinds whose rows stray far to one side alone: no normal distribution looks like them.

    Twelve kinds of fifty rows, and forty of one. A fifth of the rows lie far up the first axis.
    """
    rng = rng_of(0)
    centres = 200 * torch.randn(52, D, generator=rng)
    rows = centres.repeat_interleave(torch.tensor([50] * 12 + [1] * 40), dim=0)
    rows = rows + 0.3 * torch.randn(rows.shape, generator=rng)
    rows[:, 0] += SIDE * (torch.rand(len(rows), generator=rng) < SHARE)
    return RealActivations(rows, tuple(f"doc-{row}" for row in range(len(rows))))


def strays(generator: KindFlow, n: int) -> torch.Tensor:
    """First coordinate of samples less that of their kind's mean, ``[n]``."""
    drawn = generator.generate(n, rng=rng_of(2))
    kinds = generator._kinds
    own = torch.cdist(drawn, kinds.mean).argmin(dim=1)
    return (drawn - kinds.mean[own])[:, 0]


@pytest.fixture(scope="module")
def trained() -> KindFlow:
    generator = KindFlow(steps=400, width=64)
    generator.fit(one_sided(), toy_dictionary(d_model=D), rng=rng_of(1))
    return generator


def test_it_learns_what_is_not_normal(trained):
    untrained = KindFlow(steps=0)
    untrained.fit(one_sided(), toy_dictionary(d_model=D), rng=rng_of(1))

    def on_the_empty_side(generator: KindFlow) -> float:
        return float((strays(generator, 2000) < -SD).float().mean())

    assert on_the_empty_side(untrained) > 0.1
    assert on_the_empty_side(trained) < 0.05


def test_it_keeps_the_centres_and_the_spread(trained):
    found = strays(trained, 2000)
    assert abs(float(found.mean())) < 0.4
    assert float(found.std()) == pytest.approx(SD, rel=0.2)


def test_the_same_rng_trains_the_same_flow():
    made = []
    for _ in range(2):
        generator = KindFlow(steps=3, width=8)
        generator.fit(toy_real(), toy_dictionary(), rng=rng_of(4))
        made.append(generator.generate(6, rng=rng_of(5)))
    assert torch.equal(*made)


def test_settings_stand_on_the_card():
    assert KindFlow(steps=7, width=9).card.parameters.items() >= {"steps": 7, "width": 9}.items()


def test_a_pool_of_one_is_refused():
    with pytest.raises(SynactError, match="1 activations have no neighbours"):
        KindFlow(steps=1).fit(toy_real(n=1), toy_dictionary(), rng=rng_of(0))
