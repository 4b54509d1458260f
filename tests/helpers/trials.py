"""Prompts that can be told apart, and a subject whose activations say which prompt they are of."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import torch

from synact_bench.assets.prompts import Prompts
from tests.helpers.toys import toy_dictionary, toy_real

D_MODEL = 8


def numbered(documents: int = 20, windows: int = 24) -> Prompts:
    """Prompts whose first id is their row: what belongs to which can be read off."""
    rows = documents * windows
    ids = np.stack([np.arange(rows), np.zeros(rows, dtype=np.int64)], axis=1)
    names = tuple(f"doc-{row // windows:02}" for row in range(rows))
    return Prompts(ids, names, tuple(row % windows for row in range(rows)), ids[:, 1])


def stand_in(pool: Prompts) -> Any:
    """A subject whose activations are the prompt's row, in every coordinate."""

    def activations(chosen: Prompts) -> torch.Tensor:
        return torch.from_numpy(chosen.ids[:, :1]).float().expand(-1, D_MODEL).contiguous()

    return SimpleNamespace(
        testbed=SimpleNamespace(name="toy", write_index=1),
        test=pool,
        train=toy_real(d_model=D_MODEL),
        dictionary=toy_dictionary(d_model=D_MODEL),
        activations=activations,
    )


def rows_of(tensor: torch.Tensor) -> list[int]:
    """The rows of the pool that stand-in activations come from."""
    return [int(value) for value in tensor[:, 0]]
