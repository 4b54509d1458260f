"""What a GGUF file states, compared with what the loader of ``transformers`` makes of it.

The loader takes over a few keys and tensors by name and drops the rest without a word. Here every
key and every tensor is taken over, known to change nothing, or refused.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from math import isclose
from pathlib import Path
from typing import Any

import gguf

from synact_bench.core.errors import AssetError
from synact_bench.core.untrusted.faults import fault
from synact_bench.models.gguf_reader import UNREADABLE, BoundedReader
from synact_bench.models.loading import named

COMPARED = ("llama", "qwen2", "qwen3", "gemma2", "gemma3", "gpt2")
"""Architectures of which the tests compare a file with the folder that it was made from."""

TOKENIZER = "tokenizer."
NOTES = ("GGUF.", "general.", TOKENIZER, "quantize.", "mradermacher.", "split.")
"""Beginnings of keys that no forward pass reads: of the file itself, where it comes from, its
tokenizer, which is compared by itself, how it was quantised and, being whole, was split."""
PARTS = "split.count"
BLOCKS = "block_count"

INERT: Mapping[str, Any] = {
    "attention.causal": True,
    "expert_count": 0,
    "expert_used_count": 0,
    "tensor_data_layout": "Meta AI original pth",  # halves of rotated pairs, as the loader assumes
}
"""Keys of an architecture that say, with this value, what holds without them."""

SCALING = "rope.scaling."
TAKEN_OVER: Mapping[str, Mapping[str, str]] = {
    "linear": {"factor": "factor"},
    "yarn": {
        "factor": "factor",
        "original_context_length": "original_max_position_embeddings",
        "yarn_beta_fast": "beta_fast",
        "yarn_beta_slow": "beta_slow",
    },
}
"""Kinds of rotary scaling, and what transformers calls their numbers; the first of them decide."""
NEEDED = {"linear": {"factor"}, "yarn": {"factor", "original_context_length"}}
ROTARY_BASE = 10_000.0
LARGE = {46, 62}
"""Numbers of blocks by which llama.cpp knows the 27B of Gemma 2 and 3, scaled otherwise."""
FULL = "full_attention"

LONGEST = 60
"""Characters of a value that are shown."""

FIX = "give the model as a folder with safetensors"


@dataclass(frozen=True)
class Stated:
    """What a file says.

    Attributes:
        where: what errors call it.
        architecture: by llama.cpp's name.
        facts: of the architecture, by name without it.
        tensors: their names.
        tokenizer: facts of it, by key.
    """

    where: str
    architecture: str
    facts: Mapping[str, Any]
    tensors: frozenset[str]
    tokenizer: Mapping[str, Any] = field(default_factory=dict)


def read(file: Path, *, where: str, reader: Callable[[str], Any] = BoundedReader) -> Stated:
    """What a file states of the model, all but the content of its tensors.

    Args:
        file: whole.
        where: what errors call it.
        reader: of GGUF files.

    Raises:
        AssetError: it is no GGUF file, one part of several, no model, of an architecture that is
            not compared, or states something of no known meaning.
    """
    try:
        opened = reader(str(file))
        stated = {name: _plain(field.contents()) for name, field in opened.fields.items()}
        tensors = frozenset(each.name for each in opened.tensors)
    except UNREADABLE as error:
        raise _refusal(f"it is no GGUF file, or a damaged one: {fault(error)}", where) from None
    return _understood(stated, tensors, where)


def _understood(stated: Mapping[str, Any], tensors: frozenset[str], where: str) -> Stated:
    parts = stated.get(PARTS, 1)
    if not isinstance(parts, int):
        raise _dropped(PARTS, parts, where)
    if parts > 1:
        raise _refusal(
            f"it is one file of {parts} ({PARTS})", where, "merge them: gguf-split --merge"
        )
    if (kind := stated.get("general.type", "model")) != "model":
        raise _refusal(f"it is no model, but of type {_shown(kind)}", where)
    architecture = stated.get("general.architecture")
    if architecture not in COMPARED:
        known = ", ".join(COMPARED)
        what = f"GGUF files are read exactly of {known}, and this is {_shown(architecture)}"
        raise _refusal(what, where)
    facts, prefix = {}, f"{architecture}."
    for name, value in stated.items():
        if name.startswith(prefix):
            facts[name.removeprefix(prefix)] = value
        elif not name.startswith(NOTES):
            raise _dropped(name, value, where)
    _refuse_many_blocks(facts, tensors, where)
    tokenizer = {name: value for name, value in stated.items() if name.startswith(TOKENIZER)}
    return Stated(where, architecture, facts, tensors, tokenizer)


def _refuse_many_blocks(facts: Mapping[str, Any], tensors: Collection[str], where: str) -> None:
    """Refuse more blocks than tensors before a model of so many is made."""
    blocks = facts.get(BLOCKS, 0)
    if not isinstance(blocks, int) or blocks > len(tensors):
        raise _refusal(f"it states {_shown(blocks)} blocks and holds {len(tensors)} tensors", where)


def scaled(config: Any, stated: Stated) -> Any:
    """The config with the rotary scaling that the file states and the loader drops.

    Args:
        config: that the loader makes of the file; changed in place.
        stated: by the file.

    Raises:
        AssetError: it states scaling that cannot be told to ``transformers`` exactly.
    """
    facts = {
        name.removeprefix(SCALING): value
        for name, value in stated.facts.items()
        if name.startswith(SCALING)
    }
    facts.pop("finetuned", None)  # a note
    kind = facts.pop("type", "linear" if "factor" in facts else "none")  # as llama.cpp
    if kind == "none":  # whatever else is stated, it then scales nothing
        return config
    names = TAKEN_OVER.get(kind, {})
    if not NEEDED.get(kind, {""}) <= facts.keys():
        raise _dropped(f"{stated.architecture}.{SCALING}type", kind, stated.where)
    for name, value in facts.items():
        if name not in names:
            raise _dropped(f"{stated.architecture}.{SCALING}{name}", value, stated.where)
    taken = {names[name]: value for name, value in facts.items()}
    rotary = config.rope_parameters
    if FULL in rotary:  # llama.cpp scales blocks with a sliding window by nothing
        if kind != "linear":
            raise _dropped(f"{stated.architecture}.{SCALING}type", kind, stated.where)
        rotary = rotary[FULL]
    rotary.update({"rope_type": kind, **taken})
    return config


def refuse_dropped(config: Any, parameters: set[str], stated: Stated) -> None:
    """Refuse a file of which the loader does not take over every key and tensor.

    Args:
        config: that the model is made with.
        parameters: names of the model's parameters and buffers, as its ``state_dict`` has them.
        stated: by the file.

    Raises:
        AssetError: something is dropped, or becomes another value.
    """
    for name, value in {**_unstated(config), **stated.facts}.items():
        if name.startswith(SCALING) or (name in INERT and INERT[name] == value):
            continue
        if name not in MADE or not _same(MADE[name](config), value):
            raise _dropped(f"{stated.architecture}.{name}", value, stated.where)
    dropped = stated.tensors - _renamed(parameters, stated.architecture, config.num_hidden_layers)
    if dropped:
        raise _refusal(
            f"it holds {len(dropped)} tensors that would be dropped ({named(dropped)})",
            stated.where,
        )


def _unstated(config: Any) -> dict[str, Any]:
    """What llama.cpp takes where a file does not state it, in which the loader may differ."""
    found: dict[str, Any] = {}
    if getattr(config, "rope_parameters", None):
        found["rope.freq_base"] = ROTARY_BASE
    if hasattr(config, "query_pre_attn_scalar"):
        large = config.num_hidden_layers in LARGE
        heads = config.num_attention_heads
        found["attention scale"] = config.hidden_size // heads if large else _head_dim(config)
    return found


def _renamed(parameters: set[str], architecture: str, layers: int) -> set[str]:
    """What llama.cpp calls the parameters of a model."""
    kinds = {name: kind for kind, name in gguf.MODEL_ARCH_NAMES.items()}
    known = gguf.get_tensor_name_map(kinds[architecture], layers)
    made = set()
    for parameter in parameters:
        stem, _, end = parameter.rpartition(".")
        if (name := known.get_name(stem)) is not None:
            made.add(f"{name}.{end}")
    return made


def _head_dim(config: Any) -> int:
    stated = getattr(config, "head_dim", None)
    return int(stated or config.hidden_size // config.num_attention_heads)


def _rotary(config: Any, kind: str = FULL) -> dict[str, Any]:
    """Facts of the rotation in blocks of a kind."""
    parameters: dict[str, Any] = config.rope_parameters
    found: dict[str, Any] = parameters.get(kind, parameters)
    return found


def _rotated(config: Any) -> int:
    return int(_head_dim(config) * _rotary(config).get("partial_rotary_factor", 1.0))


def _width(config: Any) -> int:
    stated = getattr(config, "intermediate_size", None) or config.n_inner
    return int(stated or 4 * config.hidden_size)


def _attribute(name: str) -> Callable[[Any], Any]:
    return lambda config: getattr(config, name, None)


MADE: Mapping[str, Callable[[Any], Any]] = {
    "vocab_size": _attribute("vocab_size"),
    "context_length": _attribute("max_position_embeddings"),
    "embedding_length": _attribute("hidden_size"),
    "block_count": _attribute("num_hidden_layers"),
    "feed_forward_length": _width,
    "attention.head_count": _attribute("num_attention_heads"),
    "attention.head_count_kv": lambda config: getattr(
        config, "num_key_value_heads", config.num_attention_heads
    ),
    "attention.key_length": _head_dim,
    "attention.value_length": _head_dim,
    "attention.layer_norm_rms_epsilon": _attribute("rms_norm_eps"),
    "attention.layer_norm_epsilon": _attribute("layer_norm_epsilon"),
    "attention.sliding_window": lambda config: getattr(config, "sliding_window", None) or 0,
    "attention scale": _attribute("query_pre_attn_scalar"),
    "attn_logit_softcapping": _attribute("attn_logit_softcapping"),
    "final_logit_softcapping": _attribute("final_logit_softcapping"),
    "rope.dimension_count": _rotated,
    "rope.freq_base": lambda config: _rotary(config)["rope_theta"],
    "rope.freq_base_swa": lambda config: _rotary(config, "sliding_attention")["rope_theta"],
}
"""What the config makes of each key: a model is what its config says, whoever read the file."""


def _same(made: Any, stated: Any) -> bool:
    """Whether two values are one, up to the float32 in which files state numbers."""
    if isinstance(stated, float) and isinstance(made, int | float):
        return isclose(made, stated, rel_tol=1e-6)
    return bool(made == stated)


def _plain(value: Any) -> Any:
    """A value, or the one value of a list that has the same for every block."""
    if isinstance(value, list) and value and all(each == value[0] for each in value):
        return value[0]
    return value


def _dropped(key: str, value: Any, where: str) -> AssetError:
    return _refusal(f"it states {_shown(key)} = {_shown(value)}, which would be dropped", where)


def _shown(value: Any) -> str:
    text = str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def _refusal(what: str, where: str, fix: str = FIX) -> AssetError:
    return AssetError(what, where=where, fix=fix)
