"""The global random states of torch, numpy and Python, which no generator may use."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

OTHER_SEED = 20240915


@contextmanager
def restored() -> Iterator[None]:
    """Leave the states as they were, whatever a generator does to them."""
    states = torch.get_rng_state(), np.random.get_state(), random.getstate()
    try:
        yield
    finally:
        torch.set_rng_state(states[0])
        np.random.set_state(states[1])
        random.setstate(states[2])


@contextmanager
def reseeded() -> Iterator[None]:
    """Other states within the block, the old ones after it."""
    with restored():
        torch.manual_seed(OTHER_SEED)
        np.random.seed(OTHER_SEED)
        random.seed(OTHER_SEED)
        yield
