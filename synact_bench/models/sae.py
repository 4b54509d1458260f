"""SAEs opened as dictionaries, and checked on real activations."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from sae_lens import SAE
from sae_lens.loading.pretrained_sae_loaders import (
    NAMED_PRETRAINED_SAE_LOADERS,
    get_conversion_loader_name,
)
from sae_lens.loading.pretrained_saes_directory import get_repo_id_and_folder_name
from safetensors import SafetensorError
from torch import Tensor

from synact_bench.assets import local_files, packages
from synact_bench.core.activations import RealActivations
from synact_bench.core.dictionary import Dictionary
from synact_bench.core.errors import AssetError, SubjectError
from synact_bench.core.untrusted import places
from synact_bench.core.untrusted.faults import fault
from synact_bench.models import pickles, sae_files, sae_kinds, stored_files
from synact_bench.models.pca import component_latents
from synact_bench.testbeds import spec
from synact_bench.testbeds.sources import LocalSae, PrincipalComponents, ReleasedSae, ShippedSae
from synact_bench.testbeds.spec import Setup, Testbed

CHUNK = 4096
"""Activations encoded at once: bounds memory at ``CHUNK * d_sae`` floats."""
TOLERANCE = 0.05
"""Largest accepted difference from the declared explained variance."""
L0_TOLERANCE = 0.05
"""Largest accepted difference from the declared L0, as a share of it.

Explained variance hardly notices activations that are off by a tenth; L0 moves by a tenth or more.
"""

FIXES = {
    "release": "connect to a model hub, fill the local hub cache, or train one with "
    "'synact-bench train-sae'",
    "local": "write it again with sae_lens's save_inference_model, or train one with "
    "'synact-bench train-sae'",
    "shipped": "restore the shipped files, or train one with 'synact-bench train-sae'",
}
"""What to do about an SAE that cannot be loaded, by the kind of its source."""
FAULTS = (
    *(AttributeError, LookupError, OSError, RuntimeError, TypeError, ValueError),
    SafetensorError,
)
"""What sae_lens raises for files that it cannot make an SAE of, or cannot get."""
UNPARSED = (json.JSONDecodeError, UnicodeError, SafetensorError)
"""Those of them whose messages quote the file."""


def dictionary(testbed: Setup, pool: RealActivations, *, centrable: bool = True) -> Dictionary:
    """The latents that a testbed declares, checked on its train pool.

    How well they must fit is known of a testbed, and not yet of a mere setup.

    Args:
        testbed: the declaration.
        pool: activations that generators may learn from.
        centrable: whether the model's weights may be centred: of one whose may not, an SAE's maker
            who asked for it was given the same activations.

    Raises:
        AssetError: the SAE is missing, or not the declared file.
        SubjectError: it cannot be used here, or does not fit the pool's activations as declared.
    """
    source = testbed.sae
    known = testbed if isinstance(testbed, Testbed) else None
    if isinstance(source, PrincipalComponents):
        latents: Any = component_latents(pool)
    else:
        latents = load(source)
        place = _place(source)
        sae_kinds.refuse_misplaced(latents, testbed, pool, where=place, centrable=centrable)
    return as_dictionary(
        latents,
        pool.tensor,
        explained=known.explained_variance if known else None,
        l0=known.l0 if known else None,
        where=testbed.name,
    )


def load(source: ShippedSae | ReleasedSae | LocalSae) -> Any:
    """The sae_lens SAE in float32, decoder rows of unit norm.

    Unit rows make a latent's value the length of its part of the activation, so that values can
    be carried from one latent to another.

    Every tensor of its file is used, and none is made up.

    Raises:
        AssetError: it is missing, or not the declared file, or a pickle, or tensors are missing,
            left over or of another shape than its config says.
        SubjectError: it is of a kind whose latents do not make up activations of one hook, or its
            config asks for what would not be computed.
    """
    try:
        with sae_kinds.without_advice(), pickles.refused(_place(source)):
            sae = _released(source) if isinstance(source, ReleasedSae) else _on_disk(source)
    except FAULTS as error:
        raise AssetError(
            f"the SAE cannot be loaded: {_reason(error)}",
            where=_place(source),
            fix=FIXES[source.kind],
        ) from None
    return sae_kinds.with_unit_rows(sae, where=_place(source)).eval().requires_grad_(False)


def _reason(error: Exception) -> str:
    """Of weights that cannot be parsed, where; of those that can, what does not fit."""
    return fault(error) if isinstance(error, UNPARSED) else f"{type(error).__name__}: {error}"


def _released(source: ReleasedSae) -> Any:
    """As sae_lens loads it, what its files say compared with what would be computed."""
    loader: Any = NAMED_PRETRAINED_SAE_LOADERS[get_conversion_loader_name(source.release)]

    def checked(**asked: Any) -> tuple[dict[str, Any], dict[str, Tensor], Tensor | None]:
        config, tensors, sparsity = loader(**asked)
        return sae_kinds.usable(config, where=source.origin), tensors, sparsity

    found = SAE.from_pretrained(
        source.release, source.id, device="cpu", dtype="float32", converter=checked
    )
    repository, folder = get_repo_id_and_folder_name(source.release, source.id)
    stored_files.refuse_altered(repository, folder=folder)
    return found


def _on_disk(source: ShippedSae | LocalSae) -> Any:
    folder = _folder(source)
    sae_kinds.refuse_stored(folder)
    return SAE.load_from_disk(
        folder,
        device="cpu",
        dtype="float32",
        converter=lambda *_, **__: sae_files.read(folder, where=str(folder)),
    )


def _place(source: ShippedSae | ReleasedSae | LocalSae) -> str:
    if isinstance(source, ReleasedSae):
        return source.origin
    return source.folder if isinstance(source, ShippedSae) else source.path


def _folder(source: ShippedSae | LocalSae) -> Path:
    return _shipped(source) if isinstance(source, ShippedSae) else local_files.verified(source)


def _shipped(source: ShippedSae) -> Path:
    folder = places.inside(spec.baselines(), source.folder)
    weights = folder / "sae_weights.safetensors"
    found = packages.sha256(weights)
    if found != source.sha256:
        raise AssetError(
            f"SHA-256 is {found}, the testbed pins {source.sha256}",
            where=str(weights),
            fix="restore the shipped file, or declare the new SAE as a new testbed version",
        )
    return folder


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
    sae: Any, activations: Tensor, *, explained: float | None, l0: float | None, where: str
) -> Dictionary:
    """View a loaded SAE as a dictionary with the firing frequencies of ``activations``.

    Args:
        sae: a loaded SAE, or the latents of principal components.
        activations: of the train pool, ``[n, d_model]``.
        explained: declared share of their variance that it explains; None is not checked.
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
    what = f"the SAE explains {found:.3f} of the variance of real activations, "
    if explained is None and not found > 0:  # so that NaN is refused too
        raise refuse(f"{what}no more than their mean alone")
    if explained is not None and not abs(found - explained) <= TOLERANCE:
        raise refuse(f"{what}{explained:.3f} is declared")
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
