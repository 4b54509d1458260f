"""Prompts: windows of token ids cut from documents, and their order."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synact_bench.assets.text import Document, TextSplit

Tokenize = Callable[[Sequence[str]], Sequence[Sequence[int]]]
"""Texts to token ids, without special tokens."""
NONE = -1
"""Stands for the token after a window that ends where its document does."""


@dataclass(frozen=True, eq=False)
class Prompts:
    """Windows of token ids.

    Attributes:
        ids: ``[n, n_ctx]`` int64.
        documents: id of the document each window was cut from, length ``n``.
        positions: index of the window's first token in its document, length ``n``.
        following: id of the token that comes after each window in its document, -1 where there is
            none, ``[n]`` int64.
    """

    ids: NDArray[np.int64]
    documents: tuple[str, ...]
    positions: tuple[int, ...]
    following: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.documents)

    def take(self, rows: Sequence[int]) -> Prompts:
        """The prompts at ``rows``, in that order."""
        return Prompts(
            self.ids[list(rows)],
            tuple(self.documents[row] for row in rows),
            tuple(self.positions[row] for row in rows),
            self.following[list(rows)],
        )

    def next_tokens(self, first: int) -> NDArray[np.int64]:
        """Id of the token that comes after each position from ``first`` on, ``[n, positions]``.

        That of the last position is the token after the window: -1 where there is none.
        """
        return np.concatenate([self.ids[:, first + 1 :], self.following[:, None]], axis=1)

    def key(self, row: int) -> str:
        """A name for one window that does not depend on which others there are."""
        return f"{self.documents[row]}:{self.positions[row]}"


def joined(parts: Sequence[Prompts]) -> Prompts:
    """All prompts of some sets, of one length, one set after the other."""
    return Prompts(
        np.concatenate([each.ids for each in parts]),
        tuple(name for each in parts for name in each.documents),
        tuple(position for each in parts for position in each.positions),
        np.concatenate([each.following for each in parts]),
    )


def holding(found: Prompts, most: int | None, *, salt: str) -> Prompts:
    """All windows, or as many, chosen at random, as hold ``most`` tokens that are not the first."""
    wanted = len(found) if most is None else -(-most // (found.ids.shape[1] - 1))
    return shuffled(found, salt=salt).take(range(wanted)) if wanted < len(found) else found


def windows(
    found: Sequence[Document],
    split: TextSplit,
    *,
    n_ctx: int,
    first_only: bool,
    tokenize: Tokenize,
    lead: Sequence[int] = (),
) -> Prompts:
    """Cut one split's documents into consecutive windows of ``n_ctx`` ids; remainders are left.

    Args:
        found: the documents.
        split: which of them are cut.
        n_ctx: ids in a window, ``lead`` among them.
        first_only: keep each document's first window alone.
        tokenize: for documents that are texts.
        lead: ids that every window begins with. They are no part of the documents, and no position
            counts them.
    """
    chosen = [document for document in found if document.split == split]
    texts = [document.content for document in chosen if isinstance(document.content, str)]
    tokenized = iter(tokenize(texts))
    length = n_ctx - len(lead)
    ids: list[Sequence[int]] = []
    names: list[str] = []
    positions: list[int] = []
    following: list[int] = []
    for document in chosen:
        content = document.content
        tokens = next(tokenized) if isinstance(content, str) else content
        stop = length if first_only else len(tokens)
        for start in range(0, min(stop, len(tokens)) - length + 1, length):
            ids.append([*lead, *tokens[start : start + length]])
            names.append(document.id)
            positions.append(start)
            end = start + length
            following.append(tokens[end] if end < len(tokens) else NONE)
    array = np.asarray(ids, dtype=np.int64).reshape(len(ids), n_ctx)
    after = np.asarray(following, dtype=np.int64)
    return Prompts(array, tuple(names), tuple(positions), after)


def shuffled(prompts: Prompts, *, salt: str) -> Prompts:
    """The prompts in an order fixed by a hash of ``salt`` and each window's key.

    The order of two windows does not depend on the others, so a smaller selection is always the
    beginning of a larger one.
    """

    def rank(row: int) -> bytes:
        return hashlib.sha256(f"{salt}|{prompts.key(row)}".encode()).digest()

    return prompts.take(sorted(range(len(prompts)), key=rank))
