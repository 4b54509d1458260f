"""SAEs opened as dictionaries, and checked on real activations."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import torch
from sae_lens import SAE
from torch import Tensor

from synact_bench.activations import RealActivations
from synact_bench.dictionary import Dictionary
from synact_bench.errors import AssetError, SubjectError
from synact_bench.testbeds import assets, spec
from synact_bench.testbeds.principal_components import component_latents
from synact_bench.testbeds.spec import PrincipalComponents, ReleasedSae, ShippedSae, Testbed

CHUNK = 4096
"""Activations encoded at once: bounds memory at ``CHUNK * d_sae`` floats."""
TOLERANCE = 0.05
"""Largest accepted difference from the declared explained variance."""
L0_TOLERANCE = 0.05
"""Largest accepted difference from the declared L0, as a share of it.

Explained variance hardly notices activations that are off by a tenth; L0 moves by a tenth or more.
"""


def dictionary(testbed: Testbed, pool: RealActivations) -> Dictionary:
    """The latents that a testbed declares, checked on its train pool.

    Raises:
        AssetError: the SAE is missing, or not the declared file.
        SubjectError: it does not fit the pool's activations as declared.
    """
    source = testbed.sae
    return as_dictionary(
        component_latents(pool) if isinstance(source, PrincipalComponents) else load(source),
        pool.tensor,
        explained=testbed.explained_variance,
        l0=testbed.l0,
        where=testbed.name,
    )


def load(source: ShippedSae | ReleasedSae) -> Any:
    """The sae_lens SAE in float32, decoder rows of unit norm.

    Unit rows make a latent's value the length of its part of the activation, so that values can
    be carried from one latent to another.

    Raises:
        AssetError: it is missing, or not the declared file.
    """
    try:
        sae = _released(source) if isinstance(source, ReleasedSae) else _shipped(source)
    except (OSError, ValueError) as error:
        raise AssetError(
            f"the SAE cannot be loaded: {str(error).splitlines()[0]}",
            where=str(source.release if isinstance(source, ReleasedSae) else source.folder),
            fix="connect to a model hub, fill the local hub cache, or train one with "
            "'synact-bench train-sae'",
        ) from error
    sae.fold_W_dec_norm()
    return sae.eval().requires_grad_(False)


def _released(source: ReleasedSae) -> Any:
    with warnings.catch_warnings():
        # Advice on how to load the model: the testbed declares it, the explained variance shows it.
        warnings.filterwarnings(
            "ignore", message=r"\s*This SAE has non-empty model_from_pretrained"
        )
        return SAE.from_pretrained(source.release, source.id, device="cpu", dtype="float32")


def _shipped(source: ShippedSae) -> Any:
    folder = spec.baselines() / source.folder
    weights = folder / "sae_weights.safetensors"
    found = assets.sha256(weights)
    if found != source.sha256:
        raise AssetError(
            f"SHA-256 is {found}, the testbed pins {source.sha256}",
            where=str(weights),
            fix="restore the shipped file, or declare the new SAE as a new testbed version",
        )
    return SAE.load_from_disk(folder, device="cpu", dtype="float32")


def explained_variance(reconstruct: Callable[[Tensor], Tensor], activations: Tensor) -> float:
    """1 - ||x - SAE(x)||^2 / ||x - mean||^2 summed over ``activations [n, d_model]``; at most 1.

    ``reconstruct`` maps activations to the SAE's reconstruction of them; a sae_lens SAE will do.
    """
    residual = total = 0.0
    mean = activations.mean(0)
    for chunk in torch.split(activations, CHUNK):
        residual += float((chunk - reconstruct(chunk)).double().square().sum())
        total += float((chunk - mean).double().square().sum())
    return 1.0 - residual / total


def firing_counts(sae: Any, activations: Tensor) -> Tensor:
    """On how many of ``activations [n, d_model]`` each latent fires, ``[d_sae]`` float64."""
    counts = torch.zeros(len(sae.W_dec), dtype=torch.float64)
    for chunk in torch.split(activations, CHUNK):
        counts += (sae.encode(chunk) > 0).sum(0)
    return counts


def as_dictionary(
    sae: Any, activations: Tensor, *, explained: float, l0: float | None, where: str
) -> Dictionary:
    """View a loaded SAE as a dictionary with the firing frequencies of ``activations``.

    Args:
        sae: a loaded SAE, or the latents of principal components.
        activations: of the train pool, ``[n, d_model]``.
        explained: declared share of their variance that it explains.
        l0: declared mean number of latents active on one; None is not checked.
        where: the testbed's name.

    Raises:
        SubjectError: it does not explain the activations, or fire on them, as declared, which
            wrong normalisation, a wrong layer or wrong weight processing would cause.
    """

    def refuse(what: str) -> SubjectError:
        fix = "check the hook, the weight processing and the SAE's normalisation"
        return SubjectError(what, where=where, fix=fix)

    found = explained_variance(sae, activations[:CHUNK])
    if not abs(found - explained) <= TOLERANCE:  # so that NaN is refused too
        raise refuse(
            f"the SAE explains {found:.3f} of the variance of real activations, "
            f"{explained:.3f} is declared"
        )
    firing_frequency = firing_counts(sae, activations) / len(activations)
    active = float(firing_frequency.sum())
    if l0 is not None and not abs(active - l0) <= L0_TOLERANCE * l0:
        raise refuse(
            f"{active:.2f} latents of the SAE are active on a real activation, {l0:.2f} are "
            "declared"
        )
    return Dictionary(
        encode=sae.encode,
        decode=sae.decode,
        directions=sae.W_dec,
        bias=sae.b_dec,
        firing_frequency=firing_frequency,
    )
