"""Random bases and targets, and what every test of paths samples them at."""

from __future__ import annotations

import torch
from hypothesis import strategies as st
from torch import Tensor

N = 8
FRACTIONS = torch.linspace(0, 1, N + 1)
BASE, TARGET = torch.ones(3, 2), torch.tensor([[0.0, 5.0]] * 3)

seeds = st.integers(0, 2**31)
lengths = st.floats(0.01, 1e3)
sizes = st.tuples(st.integers(1, 5), st.integers(2, 24))


def rows(seed: int, size: tuple[int, int], count: int, spread: float = 10.0) -> list[Tensor]:
    """``count`` normal tensors of one ``size``."""
    rng = torch.Generator().manual_seed(seed)
    return [spread * torch.randn(size, generator=rng) for _ in range(count)]
