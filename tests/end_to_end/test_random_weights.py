"""Control of the instrument: without training there are no plateaus and no steps."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from synact_bench import paths
from synact_bench.metrics import METRICS, MetricSettings
from synact_bench.sweep.sweeper import Sweeper
from synact_bench.testbeds import prompts, spec
from synact_bench.testbeds.language_model import LanguageModel
from synact_bench.testbeds.spec import PackagedModel, RandomModel
from synact_bench.testbeds.subject import Text

pytestmark = pytest.mark.real_model

PATHS = 16
TESTBED = spec.find("smollm2-135m")
SETTINGS = MetricSettings(tau=TESTBED.tau, absolute_length=TESTBED.absolute_length)


def median_sharpness(model: LanguageModel) -> float:
    """Of relative paths between real activations of the BBC text."""
    text = Text(TESTBED, model, prompts.documents(TESTBED.text)[-60:])
    chosen = prompts.shuffled(text.windows("test"), salt="random weights").take(range(2 * PATHS))
    activations = text.activations(chosen)
    sweeper = Sweeper(
        model,
        torch.from_numpy(chosen.ids)[:PATHS],
        write_hook=TESTBED.write_hook,
        read_hook=TESTBED.read_hook,
    )
    along = paths.relative(activations[:PATHS], activations[PATHS:])
    curves = sweeper.curves(range(PATHS), along, torch.linspace(0, 1, 51))
    return float(np.median(METRICS["step_sharpness"].compute(curves, SETTINGS).values))


def test_random_weights_give_straight_curves_and_trained_ones_steps() -> None:
    assert isinstance(TESTBED.model, PackagedModel)
    random = RandomModel(
        kind="packaged-gguf-random",
        package=TESTBED.model.package,
        member=TESTBED.model.member,
        seed=0,
    )
    # 1 is a straight line. The figures are those that the README states.
    straight = median_sharpness(LanguageModel.load(random, centred=False))
    assert straight == pytest.approx(1.08, abs=0.05)
    stepped = median_sharpness(LanguageModel.load(TESTBED.model, centred=False))
    assert stepped == pytest.approx(4.73, abs=0.1)
