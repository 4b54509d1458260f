"""Models of ``transformers``, loaded strictly: nothing is made up, and nothing stored is lost.

Left to itself the library fills tensors that it does not find with random numbers, drops those that
it does not know, and asks at a terminal whether it may run code that lies beside the weights.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, PretrainedConfig
from transformers.models.auto.tokenization_auto import get_tokenizer_config
from transformers.utils import find_adapter_config_file

from synact_bench.assets import local_files
from synact_bench.core.errors import AssetError
from synact_bench.models import pickles, stored_tensors

DERIVED = re.compile(r"(attn|attention)\.(bias|masked_bias)$|rotary_emb\.inv_freq$")
"""Causal masks, what stands at masked places, and rotary frequencies: earlier versions of
transformers stored them beside the weights; they follow from the config, and are made from it.
What is learned may have such a name too."""
SHOWN = 3
"""Names of a kind that a refusal lists."""


def config(place: str, **revision: str) -> Any:
    """A model's config, if its weights are plain numbers for a class of ``transformers``.

    Args:
        place: a folder or a hub id.
        revision: of a hub id.

    Raises:
        AssetError: it asks for code of its own, or its weights are quantised or an adapter's.
    """
    raw, _ = PretrainedConfig.get_config_dict(place, **revision)
    _refuse_code(raw, "config.json", place)
    quantised = raw.get("quantization_config") or raw.get("compression_config")
    if quantised:
        method = quantised.get("quant_method", "by an unnamed method")
        raise AssetError(
            f"its weights are quantised ({method}), which nothing here undoes exactly",
            where=place,
            fix="give the unquantised weights, or a GGUF file, which is dequantised",
        )
    if find_adapter_config_file(place, **revision) is not None:
        raise local_files.adapter(place)
    return AutoConfig.from_pretrained(place, trust_remote_code=False, **revision)


def tokenizer(place: str, **options: str) -> Any:
    """A model's tokenizer, of a class of ``transformers``.

    Raises:
        AssetError: it asks for code of its own.
    """
    if "gguf_file" not in options:
        _refuse_code(get_tokenizer_config(place, **options), "tokenizer_config.json", place)
    return AutoTokenizer.from_pretrained(place, trust_remote_code=False, **options)


def model(place: str, *, where: str, **options: Any) -> Any:
    """The causal language model in float32, every weight of it as stored.

    Args:
        place: a folder or a hub id.
        where: what an error calls it.
        options: of ``from_pretrained``.

    Raises:
        AssetError: parameters are not stored, or have another shape, or are stored as a pickle; or
            something is stored that is none of them, or that they are declared to be tied to and
            differ from.
    """
    with _reported_here(), pickles.refused(where):
        loaded, told = AutoModelForCausalLM.from_pretrained(
            place,
            dtype=torch.float32,
            trust_remote_code=False,
            output_loading_info=True,
            ignore_mismatched_sizes=True,  # they are told, and refused here
            **options,
        )
    made_again = _made_again(place, told["unexpected_keys"], **options)
    _refuse_misfits(told, where, made_again=made_again)
    _refuse_untied(loaded, where)
    return loaded


def named(names: Collection[str]) -> str:
    """The first few of some names, and how many more there are."""
    shown = ", ".join(sorted(names)[:SHOWN])
    return shown + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")


def _refuse_code(facts: dict[str, Any], file: str, place: str) -> None:
    if facts.get("auto_map"):
        raise AssetError(
            f"{file} asks for code of its own (auto_map), which is not run",
            where=place,
            fix="take auto_map out if transformers itself has this architecture and computes the "
            "same; else choose another model",
        )


def _made_again(place: str, names: Collection[str], **options: Any) -> set[str]:
    """Those of some stored tensors that are derived, by name and by what they hold."""
    derived = {name for name in names if DERIVED.search(name)}
    if not derived or "gguf_file" in options:
        return set()
    found = stored_tensors.tensors(place, derived, **options)
    return {name for name, each in found.items() if _is_derived(name, each)}


def _is_derived(name: str, tensor: Tensor) -> bool:
    """Whether it is a mask of zeros and ones ``[1, 1, n, n]``, one number, or frequencies."""
    if name.endswith("inv_freq"):
        return tensor.ndim == 1
    if tensor.ndim == 0:
        return True
    square = tensor.ndim == 4 and tensor.shape == (1, 1, tensor.shape[3], tensor.shape[3])
    return square and bool(((tensor == 0) | (tensor == 1)).all())


def _refuse_misfits(told: dict[str, Any], where: str, *, made_again: Collection[str]) -> None:
    """Refuse weights that are not those of the model, as ``from_pretrained`` tells it.

    What an architecture of ``transformers`` itself declares to be of no use is not told: a head for
    several tokens at once, say, that no causal language model computes with.
    """
    unexpected = {name for name in told["unexpected_keys"] if name not in made_again}
    shapes = {
        f"{name} ({tuple(found)}, not {tuple(due)})" for name, found, due in told["mismatched_keys"]
    }
    kinds = {
        "missing": set(told["missing_keys"]),
        "unexpected": unexpected,
        "of another shape": shapes,
    }
    wrong = "; ".join(
        f"{len(names)} {kind} ({named(names)})" for kind, names in kinds.items() if names
    )
    if wrong:
        raise AssetError(
            f"the stored tensors are not those of the model: {wrong}",
            where=where,
            fix="write the bare model, head included, with save_pretrained",
        )


def _refuse_untied(loaded: Any, where: str) -> None:
    tied = loaded.get_expanded_tied_weights_keys(all_submodels=True)
    for name, source in tied.items():
        if loaded.get_parameter(name) is not loaded.get_parameter(source):
            raise AssetError(
                f"{name} is stored and differs from {source}, to which the config ties it",
                where=where,
                fix="state tie_word_embeddings as false, or leave it out of the weights",
            )


@contextmanager
def _reported_here() -> Iterator[None]:
    """Without the library's table of what did not fit: the refusal says it."""
    logger = logging.getLogger("transformers.modeling_utils")
    logger.addFilter(_is_error)  # another level would make the library verify, and say, more
    try:
        yield
    finally:
        logger.removeFilter(_is_error)


def _is_error(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.ERROR
