"""What every generator of ours keeps to: built-in rows, optional baselines, the ladder's rungs."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch

from synact_bench.generators import BUILTINS, OPTIONAL_BASELINES, RECONSTRUCTIONS
from synact_bench.generators.cluster_flow import STEPS
from synact_bench.generators.contract import draw, fit
from tests.helpers.ours import OURS
from tests.helpers.toys import rng_of, toy_dictionary, toy_real, toy_setting

N = 12


def made(name: str, *, seed: int) -> torch.Tensor:
    generator, real = OURS[name](), toy_real()
    fit(generator, real, toy_dictionary(dead=(3, 4)), toy_setting(), rng=rng_of(seed))
    shown = toy_real(seed=9).tensor[:N] if generator.card.is_shown else N
    return draw(generator, shown, rng=rng_of(seed + 1), d_model=8)


def test_the_published_rows_come_first_and_in_their_order():
    published = [
        "sae-reconstruction",
        "gaussian",
        "synthetic-structured",
        "synthetic-structured-other",
        "structured-no-cosine",
        "structured-no-cosine-other",
        "synthetic-random",
        "synthetic-random-other",
        "synthetic-baseline",
        "synthetic-baseline-other",
        "permuted-values",
        "permuted-values-other",
        "shuffled-coordinates",
        "permuted-decoder",
        "mean",
        "isotropic",
        "smoothed-memoriser",
    ]
    assert [*BUILTINS][: len(published)] == published


def test_optional_baselines_are_other_rows():
    published = [
        "cooccurring-latents",
        "neighbour-interpolation",
        "cluster-gaussian",
        "cluster-flow",
    ]
    published += ["flow-prior", "flow-denoised", "factor-analysers", "zipf-latents"]
    assert [*OPTIONAL_BASELINES][: len(published)] == published
    assert not BUILTINS.keys() & OPTIONAL_BASELINES.keys()
    assert OPTIONAL_BASELINES["cluster-flow"]().card.parameters["steps"] == STEPS


def test_reconstructions_are_rows_of_no_other_board():
    known = ["sae-decoded", "sae-top-8", "pca-as-sae", "pca-64", "flow-restored", "noise-added"]
    assert [*RECONSTRUCTIONS][: len(known)] == known
    assert not RECONSTRUCTIONS.keys() & (BUILTINS.keys() | OPTIONAL_BASELINES.keys())
    assert {build().card.track for build in RECONSTRUCTIONS.values()} == {"reconstruction"}
    others = {**BUILTINS, **OPTIONAL_BASELINES}
    assert {build().card.track for build in others.values()} == {"unconditional", "conditioned"}


@pytest.mark.parametrize("name", OURS)
def test_card_carries_the_name_of_its_row(name):
    assert OURS[name]().card.name == name


@pytest.mark.parametrize("name", OURS)
def test_output_keeps_the_contract_and_repeats_with_the_rng(name):
    assert torch.equal(made(name, seed=5), made(name, seed=5))


FIXED = {"sae-decoded", "sae-top-8", "pca-as-sae", "pca-64"}
"""Reconstructions that take no chance."""


# The mean never varies; synthetic-structured only with its estimate of the mean real cosine.
@pytest.mark.parametrize("name", sorted(set(OURS) - {"mean", "synthetic-structured"} - FIXED))
def test_output_depends_on_the_rng(name):
    assert not torch.equal(made(name, seed=5), made(name, seed=50))


@pytest.mark.parametrize("name", OURS)
def test_output_ignores_global_seeds(name):
    outputs = []
    states = random.getstate(), np.random.get_state(), torch.get_rng_state()
    for seed in (1, 2):
        random.seed(seed)
        np.random.seed(seed)
        torch.manual_seed(seed)
        outputs.append(made(name, seed=5))
    random.setstate(states[0])
    np.random.set_state(states[1])
    torch.set_rng_state(states[2])
    assert torch.equal(*outputs)


@pytest.mark.parametrize("name", OURS)
def test_builders_share_no_state(name):
    first, second = OURS[name](), OURS[name]()
    fit(first, toy_real(), toy_dictionary(), toy_setting(), rng=rng_of(0))
    assert first is not second
    settings = {"steps", "width", "folder", "components", "factors", "iterations", "k"}
    assert set(vars(second)) <= {"recipe", "donor", "dose", "card"} | settings
