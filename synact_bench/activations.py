"""Real activations: what generators learn from and are compared with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

ACTIVATIONS_PER_DIMENSION = 10
"""Fewest activations per dimension for a covariance worth sampling from."""


@dataclass(frozen=True, eq=False)
class RealActivations:
    """Activations captured at a testbed's write hook, last position of each prompt.

    Attributes:
        tensor: ``[n, d_model]`` float32.
        documents: the id of the document each activation comes from, length ``n``.
    """

    tensor: Tensor
    documents: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.tensor.ndim != 2 or self.tensor.dtype != torch.float32:
            raise ValueError(
                f"activations must be [n, d_model] float32, not "
                f"{tuple(self.tensor.shape)} {self.tensor.dtype}"
            )
        if len(self.documents) != len(self.tensor):
            raise ValueError(f"{len(self.documents)} document ids for {len(self.tensor)} rows")

    def __len__(self) -> int:
        return len(self.tensor)

    @property
    def d_model(self) -> int:
        """Width of the residual stream."""
        return self.tensor.shape[1]

    @cached_property
    def mean(self) -> Tensor:
        """Mean activation, ``[d_model]`` float32."""
        return self.tensor.double().mean(0).float()

    @cached_property
    def covariance(self) -> Tensor:
        """Sample covariance, ``[d_model, d_model]`` float64 (kept wide for factorisation)."""
        return torch.cov(self.tensor.double().T)

    @cached_property
    def median_norm(self) -> float:
        """Median Euclidean norm of the activations."""
        return float(self.tensor.norm(dim=-1).median())

    def draw(self, n: int, *, rng: torch.Generator) -> Tensor:
        """``n`` activations drawn uniformly with replacement, ``[n, d_model]``."""
        return self.tensor[torch.randint(len(self), (n,), generator=rng)]
