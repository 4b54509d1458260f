"""Global states that no generator may use or leave changed: random sources, torch's settings."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from synact_bench.core.errors import PluginError

OTHER_SEED = 20240915


@contextmanager
def restored() -> Iterator[None]:
    """Leave the states and settings as they were, whatever a generator does to them."""
    states = torch.get_rng_state(), np.random.get_state(), random.getstate()
    found = settings()
    try:
        yield
    finally:
        torch.set_rng_state(states[0])
        np.random.set_state(states[1])
        random.setstate(states[2])
        _set(found)


def settings() -> Mapping[str, Any]:
    """Settings of torch that decide what code does that runs later, by name."""
    return {
        "default dtype": torch.get_default_dtype(),
        "gradients": torch.is_grad_enabled(),
        "threads": torch.get_num_threads(),
        "deterministic algorithms": torch.get_deterministic_debug_mode(),
    }


@contextmanager
def settings_untouched(where: str) -> Iterator[None]:
    """Refuse code that leaves another setting behind, and put it back.

    Raises:
        PluginError: a setting changed.
    """
    before = settings()
    yield
    changed = [f"{name} {value}" for name, value in settings().items() if value != before[name]]
    _set(before)
    if changed:
        raise PluginError(
            f"left other settings of torch behind: {', '.join(changed)}",
            where=where,
            fix="put them back",
        )


def _set(found: Mapping[str, Any]) -> None:
    torch.set_default_dtype(found["default dtype"])
    torch.set_grad_enabled(found["gradients"])
    if torch.get_num_threads() != found["threads"]:
        torch.set_num_threads(found["threads"])
    torch.set_deterministic_debug_mode(found["deterministic algorithms"])


@contextmanager
def reseeded() -> Iterator[None]:
    """Other states within the block, the old ones after it."""
    with restored():
        torch.manual_seed(OTHER_SEED)
        np.random.seed(OTHER_SEED)
        random.seed(OTHER_SEED)
        yield
