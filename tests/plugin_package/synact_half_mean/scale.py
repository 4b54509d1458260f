"""Scaling of activations."""

from __future__ import annotations

from torch import Tensor


def half(activations: Tensor) -> Tensor:
    """``activations`` halved."""
    return activations / 2
