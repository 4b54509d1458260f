"""A small dictionary and small real activations that obey no model."""

from __future__ import annotations

import torch
from torch import Tensor

from synact_bench.core.activations import RealActivations
from synact_bench.core.dictionary import Dictionary
from synact_bench.core.setting import Setting


def rng_of(seed: int) -> torch.Generator:
    """A CPU random source of its own."""
    return torch.Generator().manual_seed(seed)


def toy_setting() -> Setting:
    """Of layer 2 of a model that nobody has."""
    return Setting(
        model="toy",
        revision="",
        hook_name="blocks.2.hook_resid_pre",
        n_ctx=10,
        position=9,
        bos=False,
        centred=False,
        layer=2,
        n_layers=4,
        d_model=8,
    )


def toy_dictionary(
    *, d_model: int = 8, d_sae: int = 64, dead: tuple[int, ...] = (), seed: int = 0
) -> Dictionary:
    """Random unit directions, a ReLU encoder along them, random frequencies; ``dead`` never fire.

    Dead latents have zero frequency, yet their encoder still fires on some activations.
    """
    rng = rng_of(seed)
    directions = torch.nn.functional.normalize(torch.randn(d_sae, d_model, generator=rng), dim=-1)
    bias = torch.randn(d_model, generator=rng)
    frequency = 10 ** (-4 * torch.rand(d_sae, generator=rng))
    frequency[list(dead)] = 0.0

    def encode(activations: Tensor) -> Tensor:
        return torch.relu((activations - bias) @ directions.T - 0.5)

    def decode(latents: Tensor) -> Tensor:
        return latents @ directions + bias

    return Dictionary(encode, decode, directions, bias, frequency)


def latent_dictionary(
    frequency: Tensor, *, directions: Tensor | None = None, bias: Tensor | None = None
) -> Dictionary:
    """A dictionary whose activations are its latent values: encode is relu, decode the identity.

    What a latent generator returns can then be read off its output latent by latent.
    """
    d_sae = len(frequency)
    return Dictionary(
        encode=torch.relu,
        decode=torch.clone,
        directions=torch.eye(d_sae) if directions is None else directions,
        bias=torch.zeros(d_sae) if bias is None else bias,
        firing_frequency=frequency,
    )


def toy_real(*, n: int = 400, d_model: int = 8, seed: int = 1) -> RealActivations:
    """Correlated, off-centre normal activations, four to a document."""
    rng = rng_of(seed)
    mixing = torch.randn(d_model, d_model, generator=rng)
    tensor = 3 + torch.randn(n, d_model, generator=rng) @ mixing
    return RealActivations(tensor, tuple(f"doc-{row // 4}" for row in range(n)))
