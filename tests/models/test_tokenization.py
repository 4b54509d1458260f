"""Tokenizers as people have them: set to cut, to pad, to add; with control tokens of every kind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers
from tokenizers.processors import TemplateProcessing
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from synact_bench.core.errors import SubjectError, TextError
from synact_bench.models import tokenization

WORDS = {"<unk>": 0, "<end>": 1} | {f"w{index}": index for index in range(2, 90)}
LONG = " ".join(f"w{2 + index % 88}" for index in range(500))
IDS = [2 + index % 88 for index in range(500)]

Touch = Callable[[Tokenizer], object]


def words(pre: Any = None) -> Tokenizer:
    made = Tokenizer(models.WordLevel(WORDS, unk_token="<unk>"))
    made.pre_tokenizer = pre or pre_tokenizers.Whitespace()
    return made


def loaded(folder: Path, made: Tokenizer, **facts: Any) -> Any:
    """The tokenizer as a model's folder holds it."""
    facts = {"unk_token": "<unk>", "bos_token": "<end>", "eos_token": "<end>"} | facts
    PreTrainedTokenizerFast(tokenizer_object=made, **facts).save_pretrained(folder)
    made.save(str(folder / "tokenizer.json"))  # with what transformers has reset, too
    return AutoTokenizer.from_pretrained(folder)


def template(single: str) -> TemplateProcessing:
    return TemplateProcessing(single=single, special_tokens=[("<end>", 1)])


def adds_bos(made: Tokenizer) -> None:
    made.post_processor = template("<end> $A")


def adds_eos(made: Tokenizer) -> None:
    made.post_processor = template("$A <end>")


def adds_both(made: Tokenizer) -> None:
    made.post_processor = template("<end> $A <end>")


@pytest.mark.parametrize(
    "touch",
    [
        lambda made: None,
        lambda made: made.enable_truncation(8),
        lambda made: made.enable_padding(length=640, pad_id=2, pad_token="w2"),
        lambda made: made.enable_padding(pad_to_multiple_of=64, pad_id=2, pad_token="w2"),
        adds_bos,
        adds_both,
    ],
)
@pytest.mark.parametrize("facts", [{}, {"model_max_length": 8}, {"padding_side": "left"}])
def test_every_token_of_a_text_is_there_and_no_other(
    tmp_path: Path, touch: Touch, facts: dict[str, Any]
) -> None:
    made = words()
    touch(made)
    tokenizer = loaded(tmp_path, made, **facts)
    assert tokenization.ids(tokenizer, [LONG, "w2 w3 w4"]) == [IDS, [2, 3, 4]]


def byte_level(*special: str | AddedToken) -> Tokenizer:
    """One token a byte, as of GPT-2 without its merges, and added tokens."""
    letters = {letter: i for i, letter in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    made = Tokenizer(models.BPE(letters, []))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens(list(special))
    return made


@pytest.mark.parametrize(
    "token", ["<|endoftext|>", AddedToken("<|endoftext|>", lstrip=True, rstrip=True, special=True)]
)
def test_a_control_token_that_is_spelled_out_is_text(
    tmp_path: Path, token: str | AddedToken
) -> None:
    made = byte_level(token, "<|im_end|>")
    facts = {"bos_token": "<|endoftext|>", "eos_token": "<|im_end|>", "unk_token": None}
    tokenizer = loaded(tmp_path, made, **facts)
    assert tokenizer("a<|endoftext|>b")["input_ids"].count(tokenizer.bos_token_id) == 1
    for text in ("one <|endoftext|> two", "<|im_end|>", "<|endoftext|><|endoftext|>\n"):
        (found,) = tokenization.ids(tokenizer, [text])
        assert len(found) == len(text)
        assert tokenizer.decode(found) == text
        assert max(found) < 256


def test_added_tokens_that_are_no_control_tokens_stay_whole(tmp_path: Path) -> None:
    made = byte_level("<|endoftext|>")
    made.add_tokens([AddedToken("    ", normalized=False), AddedToken("<think>")])
    facts = {"bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>", "unk_token": None}
    tokenizer = loaded(tmp_path, made, **facts)
    assert tokenization.ids(tokenizer, ["    ", "<think>"]) == [[257], [258]]


def test_a_text_without_control_tokens_has_the_ids_that_it_had(tmp_path: Path) -> None:
    made = byte_level("<|endoftext|>")
    made.normalizer = normalizers.NFC()
    made.add_tokens([AddedToken("  ", normalized=False)])
    facts = {"bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>", "unk_token": None}
    tokenizer = loaded(tmp_path, made, **facts)
    texts = ["  Zażółć gęślą jaźń < | > <|end", "e\u0301", "\n\n\t x  y"]
    plain = tokenizer(texts, add_special_tokens=False)["input_ids"]
    assert tokenization.ids(tokenizer, texts) == plain


def test_a_control_token_that_cannot_be_split_is_refused(tmp_path: Path) -> None:
    tokenizer = loaded(tmp_path, words(pre_tokenizers.WhitespaceSplit()))
    assert tokenization.ids(tokenizer, ["w2 <unk> w3"]) == [[2, 0, 3]]
    message = r"tokenizer .*: 2 documents spell out '<end>', which .*; leave it out of the text"
    with pytest.raises(TextError, match=message):
        tokenization.ids(tokenizer, ["w2 <end> w3", "w4", "<end>"])


def test_a_tokenizer_that_cannot_read_a_text_is_said_in_a_line(tmp_path: Path) -> None:
    made = Tokenizer(models.WordLevel({"w1": 0}))
    tokenizer = loaded(tmp_path, made, unk_token=None)
    assert tokenization.ids(tokenizer, ["w1"]) == [[0]]
    message = r"^tokenizer .*: it cannot read the text: WordLevel error.*; give the model with a"
    with pytest.raises(SubjectError, match=message):
        tokenization.ids(tokenizer, ["w1", "w2"])
    with pytest.raises(SubjectError, match=message):
        tokenization.puts_first(tokenizer)


@pytest.mark.parametrize("role", ["pad_token", "eos_token"])
def test_a_special_token_that_any_text_has_is_text(tmp_path: Path, role: str) -> None:
    made = byte_level("<|endoftext|>")
    facts = {"bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>", "unk_token": None}
    tokenizer = loaded(tmp_path, made, **facts | {role: "!"})
    (found,) = tokenization.ids(tokenizer, ["Hello! World!"])
    assert tokenizer.decode(found) == "Hello! World!"


@pytest.mark.parametrize(
    ("touch", "facts", "first"),
    [
        (lambda made: None, {}, None),
        (adds_bos, {}, "<end>"),
        (adds_both, {}, "<end>"),
        (adds_eos, {}, None),
        (adds_bos, {"bos_token": None}, None),
    ],
)
def test_the_token_that_a_tokenizer_puts_first_is_known(
    tmp_path: Path, touch: Touch, facts: dict[str, Any], first: str | None
) -> None:
    made = words()
    touch(made)
    assert tokenization.puts_first(loaded(tmp_path, made, **facts)) == first
