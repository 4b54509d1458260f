from __future__ import annotations

import math

import pytest
import torch

from synact_bench.core.errors import SynactError
from synact_bench.generators import BUILTINS
from synact_bench.generators.gaussian import Gaussian
from synact_bench.generators.ladder import DOSES, LADDER, Ladder
from tests.helpers.toys import rng_of, toy_dictionary, toy_real


def rung(dose: float, n: int = 50) -> torch.Tensor:
    generator = Ladder(dose)
    generator.fit(toy_real(), toy_dictionary(), rng=rng_of(0))
    return generator.generate(n, rng=rng_of(1))


def test_the_rungs_are_named_by_their_dose_and_are_no_rows_of_a_board() -> None:
    names = ["ladder-0", "ladder-0.1", "ladder-0.25", "ladder-0.5", "ladder-1"]
    assert list(LADDER) == [build().card.name for build in LADDER.values()] == names
    assert [build().card.parameters["dose"] for build in LADDER.values()] == list(DOSES)
    assert not LADDER.keys() & BUILTINS.keys()


def test_no_dose_is_stored_real_activations() -> None:
    assert (rung(0.0)[:, None] == toy_real().tensor).all(-1).any(1).all()


def test_a_full_dose_is_gaussian() -> None:
    gaussian = Gaussian()
    gaussian.fit(toy_real(), toy_dictionary(), rng=rng_of(0))
    rng = rng_of(1)
    toy_real().draw(50, rng=rng)  # what choosing the real ends takes from it
    assert torch.equal(rung(1.0), gaussian.generate(50, rng=rng))


@pytest.mark.parametrize("dose", DOSES)
def test_a_dose_turns_real_toward_gaussian_about_the_mean(dose: float) -> None:
    mean, angle = toy_real().mean, math.radians(90 * dose)
    start, end = rung(0.0) - mean, rung(1.0) - mean
    torch.testing.assert_close(rung(dose), mean + math.cos(angle) * start + math.sin(angle) * end)


def test_half_a_dose_keeps_mean_and_covariance() -> None:
    real, mixed = toy_real(), rung(0.5, n=20_000)
    scale = real.covariance.diagonal().max()
    assert (torch.cov(mixed.T).double() - real.covariance).abs().max() < 0.04 * scale
    assert (mixed.mean(0) - real.mean).abs().max() < 0.04 * scale.sqrt()


@pytest.mark.parametrize("dose", [-0.1, 1.1, float("nan")])
def test_a_dose_that_is_no_share_is_refused(dose: float) -> None:
    with pytest.raises(ValueError, match=f"a share from 0 to 1, not {dose}"):
        Ladder(dose)


def test_too_few_activations_are_refused() -> None:
    with pytest.raises(SynactError, match="79 activations are too few"):
        Ladder(0.1).fit(toy_real(n=79), toy_dictionary(), rng=rng_of(0))
