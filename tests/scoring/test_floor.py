from __future__ import annotations

import numpy as np
import pytest

from synact_bench.metrics import METRICS
from synact_bench.scoring.floor import noise_floor
from tests.helpers.samples import sample

METRIC = METRICS["plateau_width"]


def test_the_floor_is_the_mean_over_draws() -> None:
    reference = sample([0.0, 1.0])
    assert noise_floor(METRIC, reference, [sample([1.0, 2.0])]) == pytest.approx(1.0)
    draws = [sample([1.0, 2.0]), sample([3.0, 4.0])]
    assert noise_floor(METRIC, reference, draws) == pytest.approx(2.0)


def test_without_every_draw_there_is_no_floor() -> None:
    reference = sample([0.0, 1.0])
    assert noise_floor(METRIC, reference, []) is None
    assert noise_floor(METRIC, reference, [sample([1.0]), sample([np.nan])]) is None
