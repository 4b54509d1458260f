"""Tensors of a checkpoint, read by name from the files that ``from_pretrained`` reads."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from safetensors import safe_open
from torch import Tensor
from transformers.utils import cached_file
from transformers.utils.hub import get_checkpoint_shard_files

NAME = "model.safetensors"
"""Weights in one file; an index of several has the same name and an ending more."""


def tensors(place: str, names: Collection[str], **revision: Any) -> dict[str, Tensor]:
    """Those of some tensors that are stored under these very names.

    Args:
        place: a folder or a hub id.
        names: of tensors.
        revision: of a hub id.
    """
    return {name: each for file in _files(place, **revision) for name, each in _in(file, names)}


def _files(place: str, **revision: Any) -> list[str]:
    optional = {"_raise_exceptions_for_missing_entries": False, **revision}
    if (file := cached_file(place, NAME, **optional)) is not None:
        return [file]
    if (index := cached_file(place, f"{NAME}.index.json", **optional)) is not None:
        files: list[str] = get_checkpoint_shard_files(place, index, **revision)[0]
        return files
    return []


def _in(file: str, names: Collection[str]) -> list[tuple[str, Tensor]]:
    with safe_open(file, framework="pt") as opened:
        return [(name, opened.get_tensor(name)) for name in {*names} & {*opened.keys()}]
