"""What every builder of paths asks of its input."""

from __future__ import annotations

import torch
from torch import Tensor


def separated(base: Tensor, target: Tensor, minimum: float = 1e-3) -> Tensor:
    """Whether each target is at least ``minimum`` from its base, ``[g]`` bool; drop the others."""
    same_rows(base=base, target=target)
    return torch.ge((target - base).norm(dim=-1), minimum)


def same_rows(**tensors: Tensor) -> None:
    """Refuse tensors that are not all ``[g, d]`` float32 of one shape.

    Raises:
        ValueError: one is not; the message names it.
    """
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
    bad = ~((values > 0) & torch.isfinite(values))
    if bad.any():
        raise ValueError(
            f"{name} must be finite and above 0 on every path; {int(bad.sum())} of {bad.numel()} "
            "is not (drop pairs that are not separated)"
        )
