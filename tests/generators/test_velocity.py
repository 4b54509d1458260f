from __future__ import annotations

import pytest
import torch

from synact_bench.generators.velocity import Velocity
from tests.helpers.toys import rng_of


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
