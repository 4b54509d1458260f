from __future__ import annotations

import random

import numpy as np
import pytest
import torch

from synact_bench.core.errors import PluginError
from synact_bench.testing import global_state


def drawn():
    return random.random(), float(np.random.rand()), float(torch.rand(()))


def test_restored_puts_the_states_back_even_after_an_error():
    with global_state.restored():
        before = drawn()
    with pytest.raises(ZeroDivisionError), global_state.restored():
        drawn()[0] / 0
    with global_state.restored():
        assert drawn() == before


def test_a_setting_that_is_left_behind_is_named_and_put_back():
    before = global_state.settings()
    with global_state.settings_untouched("x"), torch.no_grad():
        pass
    said = pytest.raises(
        PluginError, match=r"behind: default dtype torch\.float64, gradients False"
    )
    with said, global_state.settings_untouched("x"):
        torch.set_default_dtype(torch.float64)
        torch.set_grad_enabled(False)
    assert global_state.settings() == before


def test_reseeded_sets_all_three_and_puts_them_back():
    with global_state.restored():
        before = drawn()
    with global_state.reseeded():
        inside = drawn()
    with global_state.reseeded():
        assert drawn() == inside
    assert all(a != b for a, b in zip(before, inside, strict=True))
    with global_state.restored():
        assert drawn() == before
