"""Windows of documents as a testbed's model reads them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from synact_bench.testbeds import prompts
from synact_bench.testbeds.language_model import LanguageModel
from synact_bench.testbeds.prompts import Document, Prompts, Split


def windows(
    found: Sequence[Document],
    split: Split,
    *,
    n_ctx: int,
    first_only: bool,
    bos: bool,
    model: LanguageModel,
) -> Prompts:
    """``prompts.windows`` of ``n_ctx`` ids, the beginning-of-sequence token first if ``bos``.

    Positions are those in the documents, which the token is no part of.

    Raises:
        SubjectError: the tokenizer has no such token, or the model fewer positions.
    """
    model.refuse_longer(n_ctx)
    lead = model.lead(bos=bos)
    cut = prompts.windows(
        found, split, n_ctx=n_ctx - len(lead), first_only=first_only, tokenize=model.tokenize
    )
    leads = np.tile(np.array(lead, dtype=np.int64), (len(cut), 1))
    return dataclasses.replace(cut, ids=np.concatenate([leads, cut.ids], axis=1))
