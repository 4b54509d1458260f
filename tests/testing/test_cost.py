from __future__ import annotations

import gc
import time

import numpy as np
import pytest
import torch

from synact_bench.testing.case import Case
from synact_bench.testing.cost import LiveTensors, measured
from synact_bench.testing.fixtures import tiny
from tests.helpers.rule_breakers import Sound, SoundWithBase

FLOAT = 4


def test_tensors_count_while_they_live():
    with LiveTensors() as tensors:
        first = torch.zeros(1000)
        assert tensors.peak == 1000 * FLOAT
        del first
        gc.collect()
        second = torch.zeros(600)
        assert tensors.peak == 1000 * FLOAT
        third = second + 1
        assert tensors.peak == 1200 * FLOAT
    del second, third


def test_a_view_is_no_new_memory():
    with LiveTensors() as tensors:
        whole = torch.zeros(10, 100)
        parts = [*whole.split(5), whole.T, whole.add_(1)]
    assert tensors.peak == 1000 * FLOAT
    assert len(parts) == 4


class Hungry(Sound):
    """Holds 100 kB of tensor and 200 kB of array for each activation."""

    def generate(self, n, *, rng):
        tensor, array = torch.ones(n, 25_000), np.ones((n, 50_000), dtype=np.float32)
        return super().generate(n, rng=rng) + float(tensor[0, 0] - array[0, 0])


@pytest.mark.parametrize(("kind", "held"), [(Sound, 0), (SoundWithBase, 0), (Hungry, 300_000)])
def test_memory_of_one_activation_is_what_is_held(kind, held):
    found = measured(Case(kind, tiny(), "x"))
    assert held < found.bytes < held + 5_000
    assert found.d_model == 16


def test_time_is_that_of_one_activation(monkeypatch):
    ticks = iter([10.0, 13.0, 20.0, 20.0 + 128 * 5.0])
    monkeypatch.setattr(time, "perf_counter", lambda: next(ticks))
    found = measured(Case(Sound, tiny(), "x"))
    assert (found.fit_seconds, found.seconds) == (3.0, 5.0)
