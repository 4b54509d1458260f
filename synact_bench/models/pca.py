"""Latents for a model that no SAE was trained on: the principal components of its activations."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from synact_bench.core.activations import NO_VARIANCE, RealActivations


@dataclass(frozen=True, eq=False)
class ComponentLatents:
    """Positive and negative parts of coordinates along orthonormal components.

    Has what is used of a sae_lens SAE, under the same names. Decoding undoes encoding: all of the
    variance is explained, by as many active latents as there are components.

    Attributes:
        W_dec: unit decoder directions, ``[2 * components, d_model]`` float32: the components by
            falling variance, then their opposites in the same order.
        b_dec: mean activation, ``[d_model]`` float32.
    """

    W_dec: Tensor
    b_dec: Tensor

    def encode(self, activations: Tensor) -> Tensor:
        """Latent values ``[n, 2 * components]``, at least 0, of activations ``[n, d_model]``."""
        return torch.relu((activations - self.b_dec) @ self.W_dec.T)

    def decode(self, latents: Tensor) -> Tensor:
        """Activations ``[n, d_model]`` of latent values ``[n, 2 * components]``."""
        return latents @ self.W_dec + self.b_dec

    def __call__(self, activations: Tensor) -> Tensor:
        """Activations decoded from their own latents: the same to rounding, ``[n, d_model]``."""
        return self.decode(self.encode(activations))


def component_latents(pool: RealActivations) -> ComponentLatents:
    """The latents of a pool's principal components.

    There are ``d_model`` components, fewer where the pool keeps to a subspace. The coordinate of
    a component that is largest in size is positive, the first such on ties: an eigenvector's own
    sign is arbitrary.
    """
    variances, vectors = torch.linalg.eigh(pool.covariance)
    kept = variances > NO_VARIANCE * variances[-1]
    components = vectors.T[kept].flip(0)
    largest = components.abs().argmax(-1, keepdim=True)
    components = (components * components.gather(-1, largest).sign()).float()
    return ComponentLatents(torch.cat([components, -components]), pool.mean)
