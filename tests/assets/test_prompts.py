from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from synact_bench.assets import prompts
from synact_bench.assets.prompts import Prompts
from synact_bench.assets.text import Document, TextSplit


def by_character(texts: Sequence[str]) -> list[list[int]]:
    """One id a character."""
    return [[ord(character) for character in text] for text in texts]


def some_prompts(names: list[str], positions: list[int]) -> Prompts:
    ids = np.arange(3 * len(names), dtype=np.int64).reshape(-1, 3)
    return Prompts(ids, tuple(names), tuple(positions), ids[:, -1] + 1)


class TestWindows:
    DOCUMENTS = (
        Document("0" * 16, "abcdefgh"),
        Document("1" * 16, (1, 2, 3, 4, 5, 6)),
        Document("2" * 16, "xy"),
        Document("f" * 16, "ijk"),
    )

    def cut(self, split: TextSplit = "train", **changes: object) -> Prompts:
        options: dict[str, Any] = {
            "n_ctx": 3,
            "first_only": False,
            "tokenize": by_character,
        } | changes
        return prompts.windows(self.DOCUMENTS, split, **options)

    def test_are_consecutive_and_leave_the_remainder(self):
        found = self.cut()
        assert found.ids.tolist() == [*by_character(["abc", "def"]), [1, 2, 3], [4, 5, 6]]
        assert found.ids.dtype == np.int64
        assert found.documents == ("0" * 16, "0" * 16, "1" * 16, "1" * 16)
        assert found.positions == (0, 3, 0, 3)
        assert found.following.tolist() == [ord("d"), ord("g"), 4, -1]

    def test_can_be_the_first_alone(self):
        found = self.cut(first_only=True)
        assert found.ids.tolist() == [*by_character(["abc"]), [1, 2, 3]]
        assert found.following.tolist() == [ord("d"), 4]

    def test_of_the_other_split(self):
        assert self.cut("test").ids.tolist() == by_character(["ijk"])

    def test_no_document_is_in_both_splits(self):
        found = [Document.of(f"document number {index} says little") for index in range(200)]
        sides = [
            prompts.windows(found, split, n_ctx=5, first_only=False, tokenize=by_character)
            for split in ("train", "test")
        ]
        train, test = (set(side.documents) for side in sides)
        assert train
        assert test
        assert not train & test
        assert train | test == {document.id for document in found}

    def test_of_nothing_are_none(self):
        found = prompts.windows([], "test", n_ctx=3, first_only=False, tokenize=by_character)
        assert len(found) == 0
        assert found.ids.shape == (0, 3)

    def test_begin_with_the_lead_which_counts_as_some_of_them(self):
        found = self.cut(lead=(7, 8))
        assert (found.ids[:, :2] == [7, 8]).all()
        assert found.ids.dtype == np.int64
        rest = found.ids[:, 2:].ravel().tolist()
        assert rest == [*map(ord, "abcdefgh"), 1, 2, 3, 4, 5, 6, *map(ord, "xy")]
        assert found.positions == (*range(8), *range(6), 0, 1)
        assert found.documents == ("0" * 16,) * 8 + ("1" * 16,) * 6 + ("2" * 16,) * 2

    def test_of_nothing_have_their_width_with_a_lead_too(self):
        assert self.cut(n_ctx=12, lead=(7,)).ids.shape == (0, 12)


@given(lengths=st.lists(st.integers(0, 25), max_size=6), n_ctx=st.integers(2, 7))
def test_windows_neither_overlap_nor_skip(lengths, n_ctx):
    found = [Document(f"{i:016x}", tuple(range(length))) for i, length in enumerate(lengths)]
    cut = prompts.windows(found, "train", n_ctx=n_ctx, first_only=False, tokenize=by_character)
    assert len(cut) == sum(length // n_ctx for length in lengths)
    for ids, position in zip(cut.ids, cut.positions, strict=True):
        assert ids.tolist() == list(range(position, position + n_ctx))
        assert position % n_ctx == 0
    for ids, name, after in zip(cut.ids, cut.documents, cut.following.tolist(), strict=True):
        length = lengths[int(name, 16)]
        assert after == (ids[-1] + 1 if ids[-1] + 1 < length else -1)


class TestShuffled:
    @settings(max_examples=50)
    @given(
        keys=st.lists(
            st.tuples(st.sampled_from("abcd"), st.integers(0, 50)), unique=True, max_size=30
        ),
        data=st.data(),
    )
    def test_a_selection_keeps_its_order(self, keys, data):
        whole = some_prompts([name for name, _ in keys], [position for _, position in keys])
        rows = sorted(data.draw(st.sets(st.integers(0, len(keys) - 1)))) if keys else []
        fewer = prompts.shuffled(whole.take(rows), salt="s")
        chosen = {whole.key(row) for row in rows}
        ordered = prompts.shuffled(whole, salt="s")
        every = [ordered.key(row) for row in range(len(ordered))]
        assert [fewer.key(row) for row in range(len(fewer))] == [k for k in every if k in chosen]

    def test_rows_stay_together_and_none_is_lost(self):
        whole = some_prompts(["a", "a", "b", "c"], [0, 3, 0, 0])
        mixed = prompts.shuffled(whole, salt="s")
        original = {whole.key(row): whole.ids[row].tolist() for row in range(4)}
        assert {mixed.key(row): mixed.ids[row].tolist() for row in range(4)} == original

    def test_the_salt_gives_another_order(self):
        whole = some_prompts(["a"] * 20, list(range(20)))
        orders = {prompts.shuffled(whole, salt=salt).positions for salt in "stu"}
        assert len(orders) == 3
        assert whole.positions not in orders


def test_a_taken_prompt_keeps_its_key():
    whole = some_prompts(["a", "b"], [0, 7])
    taken = whole.take([1])
    assert taken.key(0) == whole.key(1) == "b:7"
    assert taken.ids.tolist() == [[3, 4, 5]]
    assert taken.following.tolist() == [6]


def test_next_tokens_go_one_beyond_the_window():
    whole = some_prompts(["a", "b"], [0, 7])
    assert whole.next_tokens(1).tolist() == [[2, 3], [5, 6]]
    assert whole.next_tokens(2).tolist() == [[3], [6]]
