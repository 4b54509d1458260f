"""Releases of SAEs that sae_lens knows by name, and what an SAE's files ask of the model."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from sae_lens.loading.pretrained_sae_loaders import load_sae_config_from_huggingface
from sae_lens.loading.pretrained_saes_directory import (
    get_config_overrides,
    get_pretrained_saes_directory,
)

from synact_bench.assets.local_files import sae_config
from synact_bench.core.errors import AssetError, SubjectError
from synact_bench.core.untrusted import places
from synact_bench.models.sae_kinds import asks_centred
from synact_bench.testbeds import spec
from synact_bench.testbeds.sources import (
    LocalSae,
    PrincipalComponents,
    ReleasedSae,
    SaeSource,
    ShippedSae,
)


def find(name: str) -> ReleasedSae:
    """The SAE called ``RELEASE/ID``; an id may hold dots and slashes.

    Raises:
        AssetError: there is no such release, or no such SAE in it.
    """
    release, _, id_ = name.partition("/")
    known = get_pretrained_saes_directory()
    if release not in known:
        what = f"no such folder, and sae_lens has no release {release!r}"
        raise _unknown(name, what, near=release, known=known)
    if id_ not in known[release].saes_map:
        ids = known[release].saes_map
        raise _unknown(name, f"the release has no SAE {id_!r}", near=id_, known=ids)
    return ReleasedSae(kind="release", release=release, id=id_)


def weights_of(source: SaeSource) -> Literal["raw", "centred"]:
    """How the model's weights must be processed for activations to be those of the SAE's training.

    What its maker passed to TransformerLens is part of an SAE's config.
    """
    if isinstance(source, ReleasedSae):
        config: Mapping[str, Any] = get_config_overrides(source.release, source.id)
    else:
        config = _on_disk(source)
    return "centred" if asks_centred(config) else "raw"


def context_of(source: SaeSource) -> tuple[int, bool]:
    """How an SAE's maker cut text: tokens of a context, and whether each began with BOS.

    As everywhere here, the BOS token is one of the context's tokens.

    Raises:
        AssetError: its config cannot be read.
        SubjectError: its config does not say.
    """
    found = _trained(source) if isinstance(source, ReleasedSae) else _on_disk(source)
    tokens, bos = found.get("context_size"), found.get("prepend_bos")
    if type(tokens) is int and tokens >= 2 and type(bos) is bool:
        return tokens, bos
    if isinstance(source, PrincipalComponents):
        raise SubjectError(
            "principal components were trained on no context",
            where="--as-trained",
            fix="name a testbed that is as the SAEs beside them were trained, or drop --as-trained",
        )
    stated = f"context_size {tokens}, prepend_bos {bos}"
    raise SubjectError(
        f"its config does not say on what contexts it was trained ({stated})",
        where=f"SAE {source.origin}",
        fix="drop --as-trained, or state both in the metadata of its cfg.json",
    )


def _on_disk(source: ShippedSae | LocalSae | PrincipalComponents) -> Mapping[str, Any]:
    """What ``cfg.json`` says, from before sae_lens 6 or since; nothing for what was not trained."""
    if isinstance(source, PrincipalComponents):
        return {}
    if isinstance(source, ShippedSae):
        config = sae_config(places.inside(spec.baselines(), source.folder))
    else:
        config = sae_config(Path(source.path))
    return {**config, **(config.get("metadata") or {})}


def _trained(source: ReleasedSae) -> Mapping[str, Any]:
    """What sae_lens knows of the training of a release's SAE, from the hub or its local cache."""
    try:
        config = load_sae_config_from_huggingface(source.release, source.id)
    except (KeyError, OSError, ValueError) as error:
        raise AssetError(
            f"the SAE's config cannot be read: {type(error).__name__}: {error}",
            where=source.origin,
            fix="connect to a model hub, fill the local hub cache, or drop --as-trained",
        ) from error
    return config.get("metadata") or {}


def _unknown(name: str, what: str, *, near: str, known: Iterable[str]) -> AssetError:
    names = sorted(known)
    nearest = difflib.get_close_matches(near, names, n=3, cutoff=0.4) or names[:3]
    return AssetError(
        f"{what} (there is: {', '.join(nearest)})",
        where=f"--sae {name}",
        fix="give RELEASE/ID, a folder in sae_lens's format, or pca",
    )
