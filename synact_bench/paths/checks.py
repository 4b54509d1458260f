"""What every builder of paths asks of its input."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def separated(base: Tensor, target: Tensor, minimum: float = 1e-3) -> Tensor:
    """Whether each target is at least ``minimum`` from its base, ``[g]`` bool; drop the others."""
    same_rows(base=base, target=target)
    apart: Tensor = (target - base).norm(dim=-1) >= minimum
    return apart


def same_rows(**tensors: Tensor) -> None:
    """Refuse tensors that are not all ``[g, d]`` float32 of one shape.

    Raises:
        ValueError: one is not; the message names it.
    """
    import torch  # noqa: PLC0415  (what paths there are is known without it)

    shape = next(iter(tensors.values())).shape
    for name, tensor in tensors.items():
        if tensor.ndim != 2 or tensor.shape != shape or tensor.dtype != torch.float32:
            raise ValueError(
                f"{name} must be [g, d] float32 like the rest, not "
                f"{tuple(tensor.shape)} {tensor.dtype}"
            )


def all_positive(values: Tensor, name: str) -> None:
    """Refuse zero, negative and non-finite numbers: NaN paths would only fail in the model.

    Raises:
        ValueError: there is one; the message says of how many paths.
    """
    bad = ~((values > 0) & values.isfinite())
    if bad.any():
        raise ValueError(
            f"{name} must be finite and above 0 on every path; {int(bad.sum())} of {bad.numel()} "
            "is not (drop pairs that are not separated)"
        )


def positive(value: float, name: str) -> None:
    """Refuse a number that is not finite and above 0.

    Raises:
        ValueError: it is not.
    """
    if not (math.isfinite(value) and value > 0):
        raise ValueError(f"{name} must be finite and above 0, not {value}")
