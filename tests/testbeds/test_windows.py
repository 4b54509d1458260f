from __future__ import annotations

import copy

import numpy as np
import pytest

from synact_bench.errors import SubjectError
from synact_bench.testbeds import prompts
from synact_bench.testbeds.prompts import Document, Prompts
from synact_bench.testbeds.windows import windows
from tests.helpers.tiny import VOCABULARY

BOS = VOCABULARY - 1
DOCUMENTS = (
    Document("0" * 16, "w1 w2 w3 w4 w5 w6 w7"),
    Document("1" * 16, (10, 11, 12, 13)),
    Document("2" * 16, "w20 w21"),
    Document("f" * 16, "w30 w31 w32"),
)


@pytest.fixture
def cut(tiny):
    """Windows of three ids of the train documents."""

    def cut(**changes: object) -> Prompts:
        options = {"n_ctx": 3, "first_only": False, "bos": True, "model": tiny("llama")} | changes
        return windows(DOCUMENTS, "train", **options)

    return cut


def test_the_token_comes_first_and_counts_as_one_of_them(cut):
    found = cut()
    assert (found.ids[:, 0] == BOS).all()
    assert found.ids.dtype == np.int64
    texts = [[1, 2], [3, 4], [5, 6]]
    assert found.ids[:, 1:].tolist() == [*texts, [10, 11], [12, 13], [20, 21]]
    assert found.positions == (0, 2, 4, 0, 2, 0)
    assert found.documents == ("0" * 16,) * 3 + ("1" * 16,) * 2 + ("2" * 16,)


def test_the_first_window_can_be_the_only_one(cut):
    assert cut(first_only=True).ids.tolist() == [[BOS, 1, 2], [BOS, 10, 11], [BOS, 20, 21]]


def test_without_it_windows_are_the_documents_alone(cut, tiny):
    options = {"n_ctx": 3, "first_only": False, "tokenize": tiny("llama").tokenize}
    expected = prompts.windows(DOCUMENTS, "train", **options)
    found = cut(bos=False)
    assert found.ids.tolist() == expected.ids.tolist() == [[1, 2, 3], [4, 5, 6], [10, 11, 12]]
    assert found.positions == expected.positions


def test_no_documents_give_none(cut):
    assert cut(n_ctx=9).ids.shape == (0, 9)


def test_a_tokenizer_without_the_token_is_refused(cut, tiny):
    model = copy.copy(tiny("llama"))
    model.tokenizer = copy.deepcopy(model.tokenizer)
    model.tokenizer.bos_token = None
    assert len(cut(model=model, bos=False)) == 3
    with pytest.raises(SubjectError, match=r"no beginning-of-sequence token; declare bos = false"):
        cut(model=model)


@pytest.mark.parametrize("kind", ["gpt2", "llama"])
def test_more_tokens_than_the_model_has_positions_are_refused(cut, tiny, kind):
    cut(n_ctx=32, model=tiny(kind))
    with pytest.raises(SubjectError, match="prompts have 33 tokens, the model has 32 positions"):
        cut(n_ctx=33, model=tiny(kind))
