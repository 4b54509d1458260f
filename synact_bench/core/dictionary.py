"""A dictionary of latents: an SAE seen through the few things a generator needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Dictionary:
    """An SAE's latents, in the coordinates of the testbed's write hook.

    Attributes:
        encode: activations ``[n, d_model]`` to latent values ``[n, d_sae]``, non-negative.
        decode: latent values ``[n, d_sae]`` to activations ``[n, d_model]``.
        directions: unit decoder directions, ``[d_sae, d_model]``.
        bias: decoder bias, ``[d_model]``.
        firing_frequency: share of train-pool activations on which a latent fires, ``[d_sae]``.
    """

    encode: Callable[[Tensor], Tensor]
    decode: Callable[[Tensor], Tensor]
    directions: Tensor
    bias: Tensor
    firing_frequency: Tensor

    @property
    def d_sae(self) -> int:
        """Number of latents."""
        return self.directions.shape[0]

    @property
    def d_model(self) -> int:
        """Width of the residual stream."""
        return self.directions.shape[1]

    @cached_property
    def alive(self) -> Tensor:
        """Ids of the latents that fire at all in the train pool, ascending, ``[n_alive]`` int64."""
        return torch.nonzero(self.firing_frequency > 0).flatten()

    @cached_property
    def log_frequency(self) -> Tensor:
        """log10 firing frequency, ``[d_sae]`` float64; ``-inf`` for dead latents."""
        return self.firing_frequency.double().log10()
