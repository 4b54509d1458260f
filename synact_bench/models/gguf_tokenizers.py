"""What a GGUF file states of its tokenizer, compared with what ``transformers`` makes of it.

A name of a pre-tokenizer that the loader does not know becomes GPT-2's without a word, and whether
a space is put before a text is decided by the kind of tokenizer, whatever the file says.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from synact_bench.core.errors import AssetError

try:
    from transformers.integrations.gguf.gguf_tokenizer_mapping import GGUF_PRE_TOKENIZER_SPLITS
except ImportError:  # earlier versions know no name, so that only those compared here are read
    GGUF_PRE_TOKENIZER_SPLITS = {}

KEY = "tokenizer.ggml."
COMPARED = frozenset({"gpt-2", "default", "smollm"})
"""Pre-tokenizers that GPT-2's stands for, besides those that the loader knows.

``default`` names none. That of SmolLM splits digits off, as its merges do, of which none has a
digit; only several spaces before a digit come out otherwise.
"""
KNOWN: Collection[str] = COMPARED | GGUF_PRE_TOKENIZER_SPLITS.keys()
FIX = "give the model as a folder with safetensors"


def refuse_other(tokenizer: Any, stated: Mapping[str, Any], *, where: str) -> None:
    """Refuse a tokenizer that splits texts otherwise than the file states.

    Args:
        tokenizer: that the loader makes of the file.
        stated: keys of the file and their values.
        where: what errors call it.

    Raises:
        AssetError: it does, or may.
    """
    pre = stated.get(f"{KEY}pre")
    if pre is not None and pre not in KNOWN:
        raise _dropped("pre", pre, where)
    space = stated.get(f"{KEY}add_space_prefix")
    if space is not None and bool(space) != _adds_space(tokenizer):
        raise _dropped("add_space_prefix", space, where)


def _adds_space(tokenizer: Any) -> bool:
    """Whether a text that begins with a letter is given a space before it."""
    backend, text = tokenizer.backend_tokenizer, "a"
    if backend.normalizer is not None:
        text = backend.normalizer.normalize_str(text)
    if backend.pre_tokenizer is not None:
        text = "".join(piece for piece, _ in backend.pre_tokenizer.pre_tokenize_str(text))
    return text != "a"


def _dropped(name: str, value: Any, where: str) -> AssetError:
    return AssetError(
        f"it states {KEY}{name} = {value}, which would be dropped", where=where, fix=FIX
    )
