"""The flow prior: exact where untrained, better than Gaussian where trained, read as written."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load, save

from synact_bench.core.errors import AssetError
from synact_bench.generators.flow_matching import (
    Coordinates,
    FlowPrior,
    PriorSettings,
    trained,
    usable,
)
from tests.helpers.toys import rng_of, toy_real

POSITIONS = 3
SMALL = PriorSettings(width=48, steps=400, batch=256, lr=3e-3, checkpoints=(1, 400))


def ring(n: int = 4000) -> torch.Tensor:
    """Activations on a ring, whose radius is that of their position: no Gaussian, ``[n, 3, 4]``."""
    rng = rng_of(0)
    angle = 2 * torch.pi * torch.rand(n, POSITIONS, generator=rng)
    radius = torch.tensor([2.0, 5.0, 9.0])
    flat = torch.stack([radius * angle.cos(), radius * angle.sin()], dim=-1)
    noise = 0.05 * torch.randn(n, POSITIONS, 4, generator=rng)
    return torch.cat([flat, torch.zeros_like(flat)], dim=-1) + noise + 1


@pytest.fixture(scope="module")
def learnt() -> dict[int, FlowPrior]:
    """Priors of the ring, by step of training."""
    found: dict[int, FlowPrior] = {}
    trained(ring(), SMALL, at=found.__setitem__)
    return found


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.integers(2, 12))
def test_coordinates_lead_there_and_back(seed: int, d_model: int) -> None:
    real = toy_real(d_model=d_model, seed=seed).tensor
    coordinates = Coordinates.of(real)
    back = coordinates.to_activations(coordinates.from_activations(real))
    torch.testing.assert_close(back, real, rtol=1e-3, atol=1e-3)


def test_untrained_it_samples_the_gaussian_of_the_activations() -> None:
    real = toy_real(n=4000)
    prior = FlowPrior.untrained(Coordinates.of(real.tensor), positions=POSITIONS, width=16)
    made = prior.sample(20_000, position=1, steps=20, rng=rng_of(1))
    spread = real.covariance.diagonal().sqrt().float()
    assert ((made.mean(0) - real.mean) / spread).abs().max() < 0.05
    scaled = (torch.cov(made.T) - real.covariance.float()) / torch.outer(spread, spread)
    assert scaled.abs().max() < 0.05


def test_untrained_its_error_is_the_gaussians() -> None:
    real = toy_real().tensor
    prior = FlowPrior.untrained(Coordinates.of(real), positions=POSITIONS, width=16)
    end = prior.coordinates.from_activations(real)
    own, gaussian = prior.error(end, torch.zeros(len(end), dtype=torch.int64), rng=rng_of(0))
    torch.testing.assert_close(own.detach(), gaussian)


def test_trained_it_learns_what_no_gaussian_has(learnt: dict[int, FlowPrior]) -> None:
    for position, radius in enumerate((2.0, 5.0, 9.0)):
        made = learnt[400].sample(500, position=position, steps=20, rng=rng_of(1)) - 1
        found = made[:, :2].norm(dim=1)
        assert float((found - radius).abs().median()) < 0.4 * radius
        early = learnt[1].sample(500, position=position, steps=20, rng=rng_of(1)) - 1
        off = (early[:, :2].norm(dim=1) - radius).abs().median()
        assert float((found - radius).abs().median()) < float(off)


def test_checkpoints_do_not_change_afterwards(learnt: dict[int, FlowPrior]) -> None:
    first, last = (learnt[step].dumps() for step in (1, 400))
    assert first != last
    one = PriorSettings.model_validate(SMALL.model_dump() | {"checkpoints": (1,)})
    found: dict[int, FlowPrior] = {}
    trained(ring(), one.model_copy(update={"steps": 400}), at=found.__setitem__)
    assert found[1].dumps() == first


def test_little_noise_leaves_an_activation_nearly_as_it_is(learnt: dict[int, FlowPrior]) -> None:
    base = ring(64)[:, 1]
    moved = [
        (learnt[400].denoised(base, kept=kept, position=1, steps=20, rng=rng_of(2)) - base)
        .norm(dim=1)
        .mean()
        for kept in (0.99, 0.8, 0.3)
    ]
    assert moved[0] < moved[1] < moved[2]
    assert moved[0] < 0.2


def test_parts_asked_for_one_after_another_are_the_whole(learnt: dict[int, FlowPrior]) -> None:
    prior, rng = learnt[400], rng_of(3)
    whole = prior.sample(10, position=0, steps=4, rng=rng_of(3))
    parts = [prior.sample(n, position=0, steps=4, rng=rng) for n in (4, 6)]
    torch.testing.assert_close(torch.cat(parts), whole, rtol=1e-4, atol=1e-4)


def test_what_is_written_is_read_back(learnt: dict[int, FlowPrior]) -> None:
    content = learnt[400].dumps()
    again = FlowPrior.loads(content, where="here")
    assert again.positions == POSITIONS
    assert again.dumps() == content
    one, other = (
        each.sample(50, position=2, steps=8, rng=rng_of(4)) for each in (learnt[400], again)
    )
    torch.testing.assert_close(one, other, rtol=0.02, atol=0.02)


def test_moments_of_any_size_are_kept() -> None:
    real = 1e5 * toy_real().tensor
    prior = FlowPrior.untrained(Coordinates.of(real), positions=2, width=4)
    again = FlowPrior.loads(prior.dumps(), where="here")
    assert torch.equal(again.coordinates.variance, prior.coordinates.variance)
    assert again.sample(4, position=0, steps=2, rng=rng_of(0)).isfinite().all()


def _without(name: str) -> bytes:
    numbers = load(_tiny().dumps())
    return save({each: tensor for each, tensor in numbers.items() if each != name})


def _tiny() -> FlowPrior:
    return FlowPrior.untrained(Coordinates.of(toy_real().tensor), positions=2, width=4)


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00" * 40, *map(_without, ("mean", "weights.0", "weights.2", "biases.3"))],
)
def test_anything_else_is_refused(content: bytes) -> None:
    with pytest.raises(AssetError, match="here: holds no flow prior"):
        FlowPrior.loads(content, where="here")


def test_training_is_the_same_each_time_and_spares_global_state() -> None:
    short = SMALL.model_copy(update={"steps": 3, "checkpoints": ()})
    state = torch.get_rng_state()
    one, same = (trained(ring(300), short).dumps() for _ in range(2))
    other = trained(ring(300), short.model_copy(update={"seed": 1})).dumps()
    assert one == same != other
    assert torch.equal(torch.get_rng_state(), state)


def test_massive_activations_are_not_learnt() -> None:
    activations = torch.randn(30, 4, 5, generator=rng_of(0))
    activations[3, 1] *= 1000
    some, position = usable(activations)
    assert some.shape == (119, 5)
    assert torch.bincount(position).tolist() == [30, 29, 30, 30]
    again = trained(activations, PriorSettings(width=4, steps=2, batch=8))
    assert float(again.coordinates.variance.max()) < 5


@pytest.mark.parametrize("shape", [(10**12, 0), (0, 10**12), (10**6, 1), (8, 9)])
def test_layers_that_state_other_sizes_are_refused_before_one_is_made(
    shape: tuple[int, int], learnt: dict[int, FlowPrior], monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = load(next(iter(learnt.values())).dumps())
    numbers["weights.0"] = torch.zeros(shape)
    monkeypatch.setattr(FlowPrior, "untrained", lambda *_, **__: pytest.fail("was made"))
    with pytest.raises(AssetError, match=r"here: holds no flow prior"):
        FlowPrior.loads(save(numbers), where="here")
