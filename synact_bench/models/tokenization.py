"""What a model's own tokenizer makes of texts: every token of them, and no control token."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from transformers import PreTrainedTokenizerFast

from synact_bench.core.errors import SubjectError, TextError


def ids(tokenizer: Any, texts: Sequence[str]) -> list[list[int]]:
    """Token ids of each text, whole and as plain text.

    What a tokenizer is set to do to the inputs of its model is left out: nothing is cut, padded,
    or put before or after. A control token that a text spells out, such as ``<|endoftext|>``, is
    split into ordinary tokens.

    Args:
        tokenizer: of ``transformers``.
        texts: at least one.

    Raises:
        SubjectError: the tokenizer cannot read one, such as a word that it does not know.
        TextError: a control token that is spelled out cannot be split: it is a word of the
            vocabulary.
    """
    found = _encoded(
        tokenizer,
        texts,
        add_special_tokens=False,
        padding=False,
        truncation=False,
        # Those in Python would split the added tokens of ordinary text too.
        split_special_tokens=getattr(tokenizer, "is_fast", False),
    )
    _refuse_control_tokens(tokenizer, found)
    return found


def puts_first(tokenizer: Any) -> str | None:
    """The beginning-of-sequence token, if the tokenizer begins its model's inputs with it.

    Raises:
        SubjectError: it cannot read a text.
    """
    (bare,) = _encoded(tokenizer, ["a"], add_special_tokens=False)
    (whole,) = _encoded(tokenizer, ["a"])
    if whole[: 1 + len(bare)] == [tokenizer.bos_token_id, *bare]:
        return str(tokenizer.bos_token)
    return None


def _encoded(tokenizer: Any, texts: Sequence[str], **options: bool) -> list[list[int]]:
    try:
        return [
            list(each) for each in tokenizer(list(texts), verbose=False, **options)["input_ids"]
        ]
    except Exception as error:  # the library raises nothing narrower
        raise SubjectError(
            f"it cannot read the text: {error}",
            where=_place(tokenizer),
            fix="give the model with a tokenizer that takes any text",
        ) from error


def _place(tokenizer: Any) -> str:
    return f"tokenizer {tokenizer.name_or_path}"


def _refuse_control_tokens(tokenizer: Any, found: Sequence[Sequence[int]]) -> None:
    # Any word may be unknown, and any word or letter may have been chosen to pad or to end with.
    padding = {tokenizer.pad_token_id} - {tokenizer.bos_token_id, tokenizer.eos_token_id}
    control = {
        index: str(token)
        for index, token in tokenizer.added_tokens_decoder.items()
        if token.special and len(str(token)) > 1 and index not in {tokenizer.unk_token_id, *padding}
    }
    spelled = [control.keys() & set(row) for row in found]
    holding = sum(map(bool, spelled))
    if holding:
        tokens = ", ".join(repr(control[index]) for index in sorted(set().union(*spelled)))
        raise TextError(
            f"{holding} documents spell out {tokens}, which this tokenizer takes for the control "
            "token",
            where=_place(tokenizer),
            fix="leave it out of the text",
        )


def stand_in() -> PreTrainedTokenizerFast:
    """A tokenizer for a TransformerBridge that is given token ids alone.

    A bridge needs one and changes it: EOS becomes BOS where there is none, and a pad token is
    added. For one with BOS it reads another, by the model's name, from the newest revision of a
    hub.
    """
    return PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer(WordLevel({"a": 0}, unk_token="a")), unk_token="a"
    )
