"""Real activations: what generators learn from and are compared with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

ACTIVATIONS_PER_DIMENSION = 10
"""Fewest activations per dimension for a covariance worth sampling from."""

NO_VARIANCE = 1e-9
"""Share of the largest variance below which a direction counts as having none."""

MASSIVE = 10.0
"""Times the median norm above which an activation is massive (arXiv 2402.17762)."""


def ordinary(activations: Tensor) -> Tensor:
    """Which of ``activations [..., d_model]`` are not massive, ``[...]`` bool.

    One token in hundreds, a first delimiter as a rule, has an activation of a hundred times the
    norm of others. A network that is trained on squared errors learns those and little else.
    """
    norm = activations.norm(dim=-1)
    found: Tensor = norm <= MASSIVE * norm.median()
    return found


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

    @cached_property
    def _whitening(self) -> Tensor:
        """``[d_model, k]`` float64: from centred activations to coordinates of unit variance.

        Directions of no variance are left out: centred writing weights make one.
        """
        values, vectors = torch.linalg.eigh(self.covariance)
        kept = values > NO_VARIANCE * values[-1]
        whitening: Tensor = vectors[:, kept] / values[kept].sqrt()
        return whitening

    def mahalanobis(self, activations: Tensor) -> Tensor:
        """Distance of each of ``activations [n, d_model]`` from the mean, in standard deviations.

        ``[n]`` float64; about the square root of d_model for real activations.
        """
        centred = activations.double() - self.tensor.double().mean(0)
        distances: Tensor = (centred @ self._whitening).norm(dim=-1)
        return distances

    def draw(self, n: int, *, rng: torch.Generator) -> Tensor:
        """``n`` activations drawn uniformly with replacement, ``[n, d_model]``."""
        return self.tensor[torch.randint(len(self), (n,), generator=rng)]
