"""Releases of SAEs that sae_lens knows by name, and what an SAE's files ask of the model."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from sae_lens.loading.pretrained_saes_directory import (
    get_config_overrides,
    get_pretrained_saes_directory,
)

from synact_bench.errors import AssetError
from synact_bench.testbeds.local import sae_config
from synact_bench.testbeds.sae_kinds import asks_centred
from synact_bench.testbeds.sources import LocalSae, ReleasedSae, SaeSource


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
        return _weights(get_config_overrides(source.release, source.id))
    if isinstance(source, LocalSae):
        config = sae_config(Path(source.path))
        return _weights({**config, **(config.get("metadata") or {})})
    return "raw"


def _weights(config: Mapping[str, Any]) -> Literal["raw", "centred"]:
    return "centred" if asks_centred(config) else "raw"


def _unknown(name: str, what: str, *, near: str, known: Iterable[str]) -> AssetError:
    names = sorted(known)
    nearest = difflib.get_close_matches(near, names, n=3, cutoff=0.4) or names[:3]
    return AssetError(
        f"{what} (there is: {', '.join(nearest)})",
        where=f"--sae {name}",
        fix="give RELEASE/ID, a folder in sae_lens's format, or pca",
    )
