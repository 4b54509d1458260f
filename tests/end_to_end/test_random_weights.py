"""Control of the instrument: without training there are no plateaus and no steps."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from synact_bench import paths
from synact_bench.assets import prompts
from synact_bench.assets.prompts import Prompts
from synact_bench.assets.text import documents
from synact_bench.core.activations import RealActivations
from synact_bench.core.curves import Curves
from synact_bench.engine.sweeper import Sweeper
from synact_bench.generators.gaussian import covariance_factor
from synact_bench.metrics import METRICS, MetricSettings, PathValues
from synact_bench.models import fingerprint
from synact_bench.models.language_model import LanguageModel
from synact_bench.models.subject import Text
from synact_bench.scoring import Comparison, Sample
from synact_bench.testbeds import spec
from synact_bench.testbeds.spec import Testbed
from tests.helpers.samples import REAL, compared

pytestmark = pytest.mark.real_model

PATHS = 16
POOL = 2000
FINE, COARSE = torch.linspace(0, 1, 51), torch.linspace(0, 1, 17)
TRAINED, RANDOM = spec.find("smollm2-135m"), spec.find("smollm2-135m-random")


def read(testbed: Testbed) -> Text:
    """The testbed's model with a few documents of either split."""
    model = LanguageModel.load(testbed.model, centred=False)
    found = documents(testbed.text)
    return Text(testbed, model, found[:60] + found[-60:])


def dealt(text: Text) -> tuple[Prompts, Tensor, Tensor]:
    """Prompts, their own activations, and those of as many others."""
    chosen = prompts.shuffled(text.windows("test"), salt="random weights").take(range(2 * PATHS))
    activations = text.activations(chosen)
    return chosen.take(range(PATHS)), activations[:PATHS], activations[PATHS:]


def curves(text: Text, chosen: Prompts, along: paths.Paths, points: Tensor) -> Curves:
    sweeper = Sweeper(
        text.model,
        torch.from_numpy(chosen.ids),
        write_hook=text.testbed.write_hook,
        read_hook=text.testbed.read_hook,
    )
    return sweeper.curves(range(PATHS), along, points)


def values(metric: str, measured: Curves, testbed: Any) -> np.ndarray:
    settings = MetricSettings(tau=testbed.tau, absolute_length=testbed.absolute_length)
    return METRICS[metric].compute(measured, settings).values


def sharpness(text: Text) -> np.ndarray:
    """Of relative paths between real activations."""
    chosen, base, target = dealt(text)
    measured = curves(text, chosen, paths.relative(base, target), FINE)
    return values("step_sharpness", measured, text.testbed)


def as_sharp(row: Sample, steps: np.ndarray) -> Sample:
    sharp = PathValues(np.resize(steps, len(row)), np.zeros(len(row), dtype=bool))
    return dataclasses.replace(row, values={**row.values, "step_sharpness": sharp})


def board_of(steps: np.ndarray) -> Comparison:
    """A board of toy numbers whose real draws have the measured steps."""
    toy = compared({"near": 0.5}, rng=np.random.default_rng(0))
    samples = {
        cell: {name: as_sharp(row, steps) if name in REAL else row for name, row in rows.items()}
        for cell, rows in toy.samples.items()
    }
    return dataclasses.replace(toy, samples=samples)


@pytest.fixture(scope="module")
def untrained() -> Text:
    return read(RANDOM)


@pytest.fixture(scope="module")
def straight(untrained: Text) -> np.ndarray:
    return sharpness(untrained)


@pytest.fixture(scope="module")
def stepped() -> np.ndarray:
    return sharpness(read(TRAINED))


@pytest.fixture(scope="module")
def gaussian(untrained: Text) -> Tensor:
    """Samples with the mean and covariance of a few thousand real activations."""
    known = prompts.shuffled(untrained.windows("train"), salt="gaussian").take(range(POOL))
    pool = RealActivations(untrained.activations(known), known.documents)
    noise = torch.randn(
        2 * PATHS, pool.d_model, dtype=torch.float64, generator=torch.Generator().manual_seed(0)
    )
    return (pool.mean + noise @ covariance_factor(pool.covariance).T).float()


def test_random_weights_give_straight_curves_and_trained_ones_steps(
    straight: np.ndarray, stepped: np.ndarray
) -> None:
    # 1 is a straight line. The figures are those that the README states.
    assert np.median(straight) == pytest.approx(1.08, abs=0.05)
    assert np.median(stepped) == pytest.approx(4.73, abs=0.1)


def test_a_board_says_that_random_weights_leave_the_metrics_nothing_to_look_for(
    straight: np.ndarray,
) -> None:
    board = board_of(straight)
    assert board.no_event is not None
    assert "real paths have no step" in board.no_event


def test_a_board_says_nothing_of_the_kind_where_there_are_steps(stepped: np.ndarray) -> None:
    board = board_of(stepped)
    assert board.no_event is None


def test_the_random_weights_are_the_declared_ones(untrained: Text) -> None:
    fingerprint.verify(RANDOM, untrained.model)


def test_with_random_weights_it_does_not_matter_where_a_path_leads(
    untrained: Text, gaussian: Tensor
) -> None:
    chosen, base, real = dealt(untrained)
    for target in (real, gaussian[:PATHS]):
        measured = curves(untrained, chosen, paths.relative(base, target), COARSE)
        assert values("step_sharpness", measured, RANDOM).max() < 1.25
        share = measured.l2 / measured.l2[:, -1:]
        assert np.abs(share - COARSE.numpy()).max() < 0.15


def test_with_random_weights_a_plateau_is_as_wide_as_on_a_straight_line(
    untrained: Text, gaussian: Tensor
) -> None:
    chosen, _, real = dealt(untrained)
    for base in (real, gaussian[:PATHS]):
        along = paths.absolute(base, gaussian[PATHS:], RANDOM.absolute_length)
        measured = curves(untrained, chosen, along, COARSE)
        straight = RANDOM.tau / measured.l2[:, -1]
        assert values("plateau_width", measured, RANDOM) == pytest.approx(straight, rel=0.25)
