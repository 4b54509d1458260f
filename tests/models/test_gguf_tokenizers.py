"""Tokenizers of GGUF files give the ids of their folders, or the file is refused in a line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gguf
import pytest
from tokenizers import Regex, pre_tokenizers
from transformers import GPT2Tokenizer, LlamaConfig, LlamaForCausalLM
from transformers.convert_slow_tokenizer import bytes_to_unicode

from synact_bench.assets import local_files
from synact_bench.core.errors import AssetError
from synact_bench.models import checkpoints, gguf_tokenizers
from tests.helpers.gguf_file import moved, save_gguf
from tests.helpers.tiny import grouped

ALPHABET = sorted(bytes_to_unicode().values())
MERGES = ("h e", "l l", "he ll", "hell o", "Ġ hello", "Ġ Ġ", "' s", "' S")
SPLIT = ("1 2", "12 3", "Ġ 1", "! Ċ")
"""Merges that some pre-tokenizers keep from being made."""
TEXTS = ("hello hello's 12345 HELLO'S", "  hello\n\n1 2", "!!\nhello", "hello 1234!\n\n")
APART = "hello  3"
"""What SmolLM's pre-tokenizer splits otherwise than GPT-2's, whatever the merges."""


def plain() -> Any:
    """GPT-2's own pre-tokenizer."""
    return pre_tokenizers.ByteLevel(add_prefix_space=False)


def digits() -> Any:
    """That of SmolLM."""
    return pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), plain()])


def llama3() -> Any:
    """That of Llama 3, as its folder states it."""
    pattern = (
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
        r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    )
    return pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(pattern), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )


EXACT: dict[str, tuple[str | None, tuple[str, ...], Any]] = {
    "of no name": (None, (*MERGES, *SPLIT), plain),
    "gpt-2": ("gpt-2", (*MERGES, *SPLIT), plain),
    "default": ("default", (*MERGES, *SPLIT), plain),
    "smollm": ("smollm", MERGES, digits),
    "llama-bpe": ("llama-bpe", (*MERGES, *SPLIT), llama3),
}
"""What a file states, its merges, and the pre-tokenizer of the folder that it is made from."""


@pytest.fixture(autouse=True)
def _empty_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SYNACT_CACHE", str(tmp_path / "cache"))


def saved(file: Path, pre: str | None, merges: tuple[str, ...], **facts: Any) -> dict[str, int]:
    """A tiny llama with a byte-level tokenizer; its vocabulary."""
    tokens = [*ALPHABET, *(each.replace(" ", "") for each in merges), "<|end|>"]

    def tokenizer(writer: gguf.GGUFWriter) -> None:
        writer.add_tokenizer_model(facts.get("kind", "gpt2"))
        if pre is not None:
            writer.add_tokenizer_pre(pre)
        if "space" in facts:
            writer.add_add_space_prefix(facts["space"])
        writer.add_token_list(tokens)
        writer.add_token_types([1] * (len(tokens) - 1) + [3])
        writer.add_token_scores([0.0] * len(tokens))
        writer.add_token_merges(list(merges))
        writer.add_eos_token_id(len(tokens) - 1)

    model = moved(LlamaForCausalLM(LlamaConfig(**grouped(vocab_size=len(tokens)))))
    save_gguf(file, model, tokenizer=tokenizer)
    return {token: index for index, token in enumerate(tokens)}


@pytest.mark.parametrize("kind", EXACT)
def test_ids_are_those_of_the_folder(kind: str, tmp_path: Path) -> None:
    pre, merges, build = EXACT[kind]
    vocabulary = saved(tmp_path / "tiny.gguf", pre, merges)
    due = GPT2Tokenizer(vocab=vocabulary, merges=[tuple(each.split()) for each in merges])
    due.backend_tokenizer.pre_tokenizer = build()
    found = checkpoints.load(local_files.local_model(tmp_path / "tiny.gguf"))[1]
    for text in TEXTS:
        assert found(text)["input_ids"] == due(text)["input_ids"], text
    same = found(APART)["input_ids"] == due(APART)["input_ids"]
    assert same == (kind != "smollm")


def test_the_texts_tell_pre_tokenizers_apart(tmp_path: Path) -> None:
    merges = (*MERGES, *SPLIT)
    vocabulary = saved(tmp_path / "tiny.gguf", None, merges)
    due = GPT2Tokenizer(vocab=vocabulary, merges=[tuple(each.split()) for each in merges])
    found = []
    for build in (plain, digits, llama3):
        due.backend_tokenizer.pre_tokenizer = build()
        found.append(tuple(tuple(due(text)["input_ids"]) for text in TEXTS))
    assert len({*found}) == len(found)


@pytest.mark.parametrize("pre", ["starcoder", "gpt-3", "deepseek-llm"])
def test_a_pre_tokenizer_that_is_not_known_is_refused(pre: str, tmp_path: Path) -> None:
    assert pre not in gguf_tokenizers.KNOWN
    saved(tmp_path / "tiny.gguf", pre, MERGES)
    reason = rf"tiny\.gguf: it states tokenizer\.ggml\.pre = {pre}, which would be dropped; give"
    with pytest.raises(AssetError, match=reason):
        checkpoints.load(local_files.local_model(tmp_path / "tiny.gguf"))


@pytest.mark.parametrize(("kind", "made"), [("gpt2", False), ("llama", True)])
def test_a_space_before_a_text_is_as_stated_or_the_file_is_refused(
    kind: str, made: bool, tmp_path: Path
) -> None:
    saved(tmp_path / "as-made.gguf", None, MERGES, kind=kind, space=made)
    checkpoints.load(local_files.local_model(tmp_path / "as-made.gguf"))
    saved(tmp_path / "other.gguf", None, MERGES, kind=kind, space=not made)
    reason = rf"states tokenizer\.ggml\.add_space_prefix = {not made}, which would be dropped"
    with pytest.raises(AssetError, match=reason):
        checkpoints.load(local_files.local_model(tmp_path / "other.gguf"))
