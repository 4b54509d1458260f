"""What the files of an SAE say that it computes: taken as stated, or refused.

sae_lens fills in what a config lacks (ReLU, ``k = 100``) and drops what it does not know, so that
a file from another version may be opened as another function than it was trained as.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

import sae_lens
import torch
from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError
from sae_lens.loading.pretrained_sae_loaders import LLM_METADATA_KEYS
from sae_lens.registry import get_sae_class, get_sae_training_class
from safetensors.torch import load_file
from torch import Tensor

from synact_bench.assets import local_files
from synact_bench.assets.sae_fields import PLACED, stated
from synact_bench.core.errors import SubjectError

CLOSED = 6
"""First version of sae_lens whose configs hold an SAE's own fields and, apart, its metadata.

Older ones hold the whole training run, of which no list would be complete.
"""
VERSION = re.compile(r"([0-9]+)(\.[0-9A-Za-z.+-]+)?")
FLOATS = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
COMPARE = "compare cfg.json with one that sae_lens's save_inference_model writes"


AnyConfig = TypeVar("AnyConfig", bound=BaseModel)


class Function(BaseModel):
    """The fields of a config that decide what its SAE computes, and of which activations."""

    model_config = ConfigDict(strict=True, frozen=True)

    d_in: PositiveInt
    d_sae: PositiveInt
    architecture: str = "standard"
    activation_fn: str | None = None
    activation_fn_kwargs: dict[str, Any] = Field(default_factory=dict)
    apply_b_dec_to_input: bool = True
    finetuning_scaling_factor: bool = False
    normalize_activations: bool | str = "none"
    reshape_activations: str = "none"
    hook_name: str | None = None
    hook_head_index: Any = None
    model_from_pretrained_kwargs: dict[str, Any] = Field(default_factory=dict)
    sae_lens_version: str = "0"


class TopK(BaseModel):
    """The fields of a top-k SAE alone."""

    model_config = ConfigDict(strict=True, frozen=True)

    k: PositiveInt
    rescale_acts_by_decoder_norm: bool = False


def read(folder: Path, *, where: str) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Config and tensors of a folder in sae_lens's format, for sae_lens to make an SAE of.

    Args:
        folder: holds ``cfg.json`` and ``sae_weights.safetensors``.
        where: the SAE's name or folder, for people.

    Returns:
        The ``completed`` config, and tensors in float32 by name.

    Raises:
        AssetError: the config cannot be read.
        SubjectError: the SAE computes what it would not compute here.
        OSError, SafetensorError: the weights cannot be read.
    """
    config = completed(local_files.sae_config(folder), where=where)
    scaled = bool(config.get("finetuning_scaling_factor"))
    tensors = load_file(folder / local_files.SAE_FILES[1])
    return config, _unscaled(tensors, scaled=scaled, where=where)


def completed(config: Mapping[str, Any], *, where: str) -> dict[str, Any]:
    """A config of any version in the form of the installed one, which sae_lens reads as it is.

    Args:
        config: as it was stored, or as one of sae_lens's loaders made it up.
        where: the SAE's name or folder.

    Raises:
        SubjectError: a field is missing, unknown or not what it may be, or asks for what would
            not be computed; the message names it.
    """
    found = stated(config, where=where)
    function = _checked(Function, found, where=where)
    old = _major(function.sae_lens_version, where=where) < CLOSED
    _refuse_heads(function, where=where)
    architecture, activation = _architecture(function, found, old=old, where=where)
    if not old:
        _refuse_unknown(found, architecture, where=where)
    placed = {name: found.pop(name) for name in PLACED if name in found}
    metadata = {**(config.get("metadata") or {}), **placed}
    return {
        **found,
        **activation,
        "architecture": architecture,
        "normalize_activations": _scaling(function.normalize_activations),
        "dtype": "float32",
        "device": "cpu",
        "metadata": {**metadata, "sae_lens_version": sae_lens.__version__},
    }


def _checked(kind: type[AnyConfig], found: Mapping[str, Any], *, where: str) -> AnyConfig:
    """The fields of ``kind``, each of its type."""
    try:
        return kind.model_validate(found)
    except ValidationError as error:
        faults = (f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise _refused(
            f"its config cannot be used: {', '.join(faults)}", where=where, fix=COMPARE
        ) from error


def _major(version: str, *, where: str) -> int:
    known = VERSION.fullmatch(version)
    if known is None:
        raise _refused(
            f"its config names no version of sae_lens (sae_lens_version {version!r})",
            where=where,
            fix="state the version that wrote it",
        )
    return int(known[1])


def _refuse_heads(function: Function, *, where: str) -> None:
    """Refuse an SAE of attention heads, all of them or one."""
    reshaped, index = function.reshape_activations, function.hook_head_index
    if reshaped == "none" and index is None:
        return
    read = f"one head of an attention layer (hook_head_index {index})"
    if reshaped != "none":
        read = f"the heads of an attention layer ({reshaped})"
    raise _refused(f"it reads {read}", where=where, fix="give an SAE of the residual stream")


def _architecture(
    function: Function, found: Mapping[str, Any], *, old: bool, where: str
) -> tuple[str, dict[str, Any]]:
    """The architecture by its present name, and the fields of its activation function."""
    named, architecture = function.activation_fn, function.architecture
    if old and (architecture, named) == ("standard", "topk"):
        architecture = "topk"  # an architecture of its own since sae_lens 6
    computed = "topk" if architecture == "topk" else "relu"
    if named not in {None, computed}:
        raise _refused(
            f"its activation function is {named}, and an SAE of architecture {architecture} would "
            f"be computed with {computed}",
            where=where,
            fix="give one whose activation function is relu, or topk in a top-k SAE",
        )
    if architecture == "topk":
        return architecture, _topk(function, found, where=where)
    if architecture == "standard" and "k" in found:
        raise _refused(
            f"its config states k = {found['k']!r}, and an SAE of architecture standard keeps all "
            "latents",
            where=where,
            fix='state "architecture": "topk" in cfg.json if it is one, or leave k out',
        )
    return architecture, {}


def _topk(function: Function, found: Mapping[str, Any], *, where: str) -> dict[str, Any]:
    """``k``, which was a keyword of the activation function before sae_lens 6."""
    settings = {name: value for name, value in function.activation_fn_kwargs.items() if value}
    unused = sorted(settings.keys() - {"k"})
    if unused:
        what = f"its top-k has settings that would not be used: {', '.join(unused)}"
        raise _refused(what, where=where, fix="give one without them")
    if settings and found.get("k", settings["k"]) != settings["k"]:
        what = f"its config states k twice, as {found['k']!r} and as {settings['k']!r}"
        raise _refused(what, where=where, fix=COMPARE)
    topk = _checked(TopK, {**found, **settings}, where=where)
    if topk.k > function.d_sae:
        what = f"its config keeps the top {topk.k} of {function.d_sae} latents"
        raise _refused(what, where=where, fix=COMPARE)
    return topk.model_dump()


def _refuse_unknown(found: Mapping[str, Any], architecture: str, *, where: str) -> None:
    """Refuse a field of which nobody knows whether it changes what is computed."""
    kinds = (get_sae_class(architecture)[1], get_sae_training_class(architecture)[1])
    known = {each.name for kind in kinds for each in fields(kind)}
    unknown = sorted(found.keys() - known - Function.model_fields.keys() - LLM_METADATA_KEYS)
    if unknown:
        raise _refused(
            f"sae_lens {sae_lens.__version__} does not know of its config: {', '.join(unknown)}",
            where=where,
            fix="update sae_lens; or, if what it computes does not depend on it, move it to the "
            "metadata of cfg.json",
        )


def _scaling(stated: bool | str) -> str:
    """How inputs are scaled, which was yes or no at first."""
    if isinstance(stated, str):
        return stated
    return "expected_average_only_in" if stated else "none"


def _unscaled(tensors: Mapping[str, Tensor], *, scaled: bool, where: str) -> dict[str, Tensor]:
    """The tensors in float32, without factors of a fine-tuning where all of them are 1.

    ``scaled``: whether the config says that there are such factors.
    """
    for name, tensor in tensors.items():
        if tensor.dtype not in FLOATS:
            raise _refused(
                f"its tensor {name} is stored as {str(tensor.dtype).removeprefix('torch.')}",
                where=where,
                fix="store it in float16, bfloat16 or float32",
            )
    found = {name: tensor.float() for name, tensor in tensors.items()}
    factors = found.pop("scaling_factor", None)
    if scaled if factors is None else bool((factors != 1).any()):
        missing = "which the file does not hold" if factors is None else "which would not be used"
        raise _refused(
            f"its latents are scaled by factors of a fine-tuning (scaling_factor), {missing}",
            where=where,
            fix="multiply the rows of W_dec by them, take the tensor out of the file and "
            "finetuning_scaling_factor out of cfg.json",
        )
    return found


def _refused(what: str, *, where: str, fix: str) -> SubjectError:
    return SubjectError(what, where=f"SAE {where}", fix=fix)
