from __future__ import annotations

import pytest
import torch

from synact_bench.core.activations import RealActivations
from synact_bench.core.errors import SynactError
from synact_bench.generators.cluster_flow import ClusterFlow
from synact_bench.generators.velocity import Velocity
from tests.helpers.toys import rng_of, toy_dictionary, toy_real

D = 4
SIDE, SHARE = 3.0, 0.2
SD = SIDE * (SHARE * (1 - SHARE)) ** 0.5


def one_sided() -> RealActivations:
    """Clusters whose rows stray far to one side alone: no normal distribution looks like them.

    Twelve clusters of fifty rows, and forty of one. A fifth of the rows lie far up the first axis.
    """
    rng = rng_of(0)
    centres = 200 * torch.randn(52, D, generator=rng)
    rows = centres.repeat_interleave(torch.tensor([50] * 12 + [1] * 40), dim=0)
    rows = rows + 0.3 * torch.randn(rows.shape, generator=rng)
    rows[:, 0] += SIDE * (torch.rand(len(rows), generator=rng) < SHARE)
    return RealActivations(rows, tuple(f"doc-{row}" for row in range(len(rows))))


def strays(generator: ClusterFlow, n: int) -> torch.Tensor:
    """First coordinate of samples less that of their cluster's mean, ``[n]``."""
    drawn = generator.generate(n, rng=rng_of(2))
    clusters = generator._clusters
    own = torch.cdist(drawn, clusters.mean).argmin(dim=1)
    return (drawn - clusters.mean[own])[:, 0]


@pytest.fixture(scope="module")
def trained() -> ClusterFlow:
    generator = ClusterFlow(steps=400, width=64)
    generator.fit(one_sided(), toy_dictionary(d_model=D), rng=rng_of(1))
    return generator


def test_it_learns_what_is_not_normal(trained):
    untrained = ClusterFlow(steps=0)
    untrained.fit(one_sided(), toy_dictionary(d_model=D), rng=rng_of(1))

    def on_the_empty_side(generator: ClusterFlow) -> float:
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
        generator = ClusterFlow(steps=3, width=8)
        generator.fit(toy_real(), toy_dictionary(), rng=rng_of(4))
        made.append(generator.generate(6, rng=rng_of(5)))
    assert torch.equal(*made)


def test_settings_stand_on_the_card():
    assert ClusterFlow(steps=7, width=9).card.parameters.items() >= {"steps": 7, "width": 9}.items()


def test_a_pool_of_one_is_refused():
    with pytest.raises(SynactError, match="1 activations have no neighbours"):
        ClusterFlow(steps=1).fit(toy_real(n=1), toy_dictionary(), rng=rng_of(0))


def field(seed: int = 0) -> Velocity:
    return Velocity(3, 2, width=8, rng=rng_of(seed))


def flowed(velocity: Velocity, start: torch.Tensor, *, steps: int = 400) -> torch.Tensor:
    place, context = start, torch.zeros(len(start), 2)
    with torch.no_grad():
        for step in range(steps):
            time = torch.full((len(start), 1), (step + 0.5) / steps)
            place = place + velocity(place, time, context) / steps
    return place


def test_untrained_it_leads_back_to_where_it_began():
    # Halfway the spread has shrunk to the root of a half, at the end it is 1 again.
    start = torch.randn(50, 3, generator=rng_of(1))
    assert torch.allclose(flowed(field(), start), start, atol=0.02)


@pytest.mark.parametrize("time", [0.0, 0.3, 1.0])
def test_untrained_it_is_the_velocity_between_standard_normals(time):
    # E[end - start | place] by regression on many pairs.
    start, end = torch.randn(2, 200_000, 1, generator=rng_of(2)).double()
    place = start.lerp(end, time)
    slope = float(((end - start) * place).mean() / (place**2).mean())
    at = torch.ones(1, 3)
    found = field()(at, torch.full((1, 1), time), torch.zeros(1, 2))
    assert found[0].tolist() == pytest.approx([slope] * 3, abs=0.02)


def test_weights_come_from_the_rng_alone():
    before = torch.get_rng_state()
    first, again, other = (field(seed).weights[0] for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(torch.get_rng_state(), before)
