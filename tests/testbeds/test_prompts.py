from __future__ import annotations

import os
import re
from pathlib import Path

import datasets
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synact_bench.errors import AssetError, TextError
from synact_bench.testbeds import prompts
from synact_bench.testbeds.prompts import Document, Prompts
from synact_bench.testbeds.spec import HubTokens, LocalText, PackagedText
from tests.helpers.wheels import make_wheel


def by_character(texts: list[str]) -> list[list[int]]:
    """One id a character."""
    return [[ord(character) for character in text] for text in texts]


def local(path: Path) -> LocalText:
    return LocalText(kind="local-text", path=str(path), sha256="0" * 64)


def write(folder: Path, **texts: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    return folder


def many(tmp_path: Path, count: int) -> list[Document]:
    lines = "\n\n".join(f"document number {index} says little" for index in range(count))
    path = tmp_path / "many.txt"
    path.write_text(lines, encoding="utf-8")
    return prompts.documents(local(path))


def some_prompts(names: list[str], positions: list[int]) -> Prompts:
    ids = np.arange(3 * len(names), dtype=np.int64).reshape(-1, 3)
    return Prompts(ids, tuple(names), tuple(positions))


class TestSplit:
    def test_about_four_fifths_are_train(self, tmp_path):
        found = many(tmp_path, 3000)
        share = sum(document.split == "train" for document in found) / len(found)
        assert share == pytest.approx(0.8, abs=0.03)

    def test_is_fixed_by_the_id_alone(self):
        assert Document("00000000" + "f" * 8, "x").split == "train"
        assert Document("cccccccc" + "0" * 8, "x").split == "train"
        assert Document("cccccccd" + "0" * 8, "x").split == "test"
        assert Document("ffffffff" + "0" * 8, "x").split == "test"

    def test_is_the_same_for_ever(self, tmp_path):
        # A change here moves documents between train and test: every testbed needs a new version.
        folder = write(tmp_path / "t", a="The first.", b="The second.", c="Number 11", d="Last")
        found = prompts.documents(local(folder))
        assert {document.content: (document.id, document.split) for document in found} == GOLDEN

    def test_no_document_is_in_both(self, tmp_path):
        found = many(tmp_path, 200)
        sides = [
            prompts.windows(found, split, n_ctx=5, first_only=False, tokenize=by_character)
            for split in ("train", "test")
        ]
        train, test = (set(side.documents) for side in sides)
        assert train
        assert test
        assert not train & test
        assert train | test == {document.id for document in found}


# The first 16 digits that sha256sum gives for the text, and the side.
GOLDEN = {
    "The first.": ("2bfa23a18364cbfe", "train"),
    "The second.": ("7a89749e1db33e06", "train"),
    "Number 11": ("7159935debdb9019", "train"),
    "Last": ("eb970eb0951c6cde", "test"),
}


class TestDocuments:
    def test_copies_are_dropped_wherever_they_stand(self, tmp_path):
        folder = write(tmp_path / "t", a="same", b="other", c="same")
        write(folder / "sub", d="same")
        found = prompts.documents(local(folder))
        assert sorted(document.content for document in found) == ["other", "same"]

    def test_order_is_by_id_not_by_name(self, tmp_path):
        found = many(tmp_path, 50)
        assert [document.id for document in found] == sorted(document.id for document in found)

    def test_a_file_is_parted_at_blank_lines(self, tmp_path):
        path = tmp_path / "text.md"
        path.write_bytes(b"\n\none\nstill one\r\n\r\ntwo\n \t\n\n three\n\n\n")
        found = prompts.documents(local(path))
        assert sorted(document.content for document in found) == ["one\nstill one", "three", "two"]

    def test_a_folder_gives_one_document_a_file(self, tmp_path):
        folder = write(tmp_path / "t", a="one\n\nstill one", b="  \n")
        (folder / "notes.md").write_text("not a text file", encoding="utf-8")
        (folder / "odd.txt").mkdir()
        (document,) = prompts.documents(local(folder))
        assert document.content == "one\n\nstill one"

    def test_packaged_text_is_decoded_as_declared(self, tmp_path, monkeypatch):
        monkeypatch.setenv("SYNACT_CACHE", str(tmp_path / "cache"))
        package = make_wheel(
            tmp_path / "cache" / "wheels",
            {"news/a.txt": "café".encode("latin-1"), "news/b.txt": b"tea", "other/c.txt": b"no"},
        )
        facts = {"kind": "packaged-text", "package": package, "encoding": "latin-1"}
        found = prompts.documents(PackagedText(**facts, prefix="news/"))
        assert sorted(document.content for document in found) == ["café", "tea"]
        with pytest.raises(TextError, match="holds no documents"):
            prompts.documents(PackagedText(**facts, prefix="nothing/"))

    def test_hub_rows_are_documents_of_ids(self, monkeypatch):
        asked = []

        class Stream:
            def take(self, n: int) -> list[dict[str, list[int]]]:
                return [{"ids": [1, 2, row]} for row in range(9)][:n]

        def load_dataset(name: str, *, split: str, streaming: bool) -> Stream:
            asked.append((name, split, streaming))
            return Stream()

        monkeypatch.setattr(datasets, "load_dataset", load_dataset)
        source = HubTokens(kind="hub-tokens", name="some/tokens", column="ids", rows=4)
        contents = sorted(document.content for document in prompts.documents(source))
        assert contents == [(1, 2, row) for row in range(4)]
        assert asked == [("some/tokens", "train", True)]

    def test_an_unreachable_hub_is_said_in_one_line(self, monkeypatch):
        def load_dataset(*_: object, **__: object) -> None:
            raise ConnectionError("no route\nto host")

        monkeypatch.setattr(datasets, "load_dataset", load_dataset)
        source = HubTokens(kind="hub-tokens", name="some/tokens", rows=4)
        with pytest.raises(AssetError, match=r"some/tokens cannot be read: no route; .*--text"):
            prompts.documents(source)


class TestLocalText:
    def test_declares_the_content_not_the_layout(self, tmp_path):
        folder = write(tmp_path / "t", a="one", b="two")
        path = tmp_path / "one.txt"
        path.write_text("two\n\none\n", encoding="utf-8")
        declared = prompts.local_text(folder)
        assert declared.path == str(folder.resolve())
        assert re.fullmatch("[0-9a-f]{64}", declared.sha256)
        assert prompts.local_text(path).sha256 == declared.sha256
        write(folder, b="three")
        assert prompts.local_text(folder).sha256 != declared.sha256

    @pytest.mark.parametrize(
        ("content", "complaint"),
        [
            (None, "no such file or folder; check the path"),
            (b"caf\xe9", "not UTF-8 text .*at byte 3.*convert it to UTF-8"),
            (b"", "holds no text"),
            (b" \n\n \n", "holds no text"),
        ],
    )
    def test_a_bad_file_is_refused(self, tmp_path, content, complaint):
        path = tmp_path / "text.txt"
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(TextError, match=complaint) as caught:
            prompts.local_text(path)
        assert str(caught.value).startswith(f"--text {path}: ")

    def test_a_bad_file_of_a_folder_is_named(self, tmp_path):
        folder = write(tmp_path / "t", a="one")
        (folder / "bad.txt").write_bytes(b"\xff\xfe")
        with pytest.raises(TextError, match=r"bad\.txt: not UTF-8"):
            prompts.local_text(folder)

    def test_an_empty_folder_is_refused(self, tmp_path):
        with pytest.raises(TextError, match="holds no text"):
            prompts.local_text(tmp_path)

    def test_an_unreadable_file_is_refused(self, tmp_path, monkeypatch):
        path = write(tmp_path / "t", a="one") / "a.txt"

        def refuse(*_: object, **__: object) -> str:
            raise PermissionError(13, os.strerror(13))

        monkeypatch.setattr(Path, "read_text", refuse)
        with pytest.raises(TextError, match="Permission denied"):
            prompts.local_text(path)


class TestWindows:
    DOCUMENTS = (
        Document("0" * 16, "abcdefgh"),
        Document("1" * 16, (1, 2, 3, 4, 5, 6)),
        Document("2" * 16, "xy"),
        Document("f" * 16, "ijk"),
    )

    def cut(self, split: prompts.Split = "train", *, first_only: bool = False) -> Prompts:
        return prompts.windows(
            self.DOCUMENTS, split, n_ctx=3, first_only=first_only, tokenize=by_character
        )

    def test_are_consecutive_and_leave_the_remainder(self):
        found = self.cut()
        assert found.ids.tolist() == [*by_character(["abc", "def"]), [1, 2, 3], [4, 5, 6]]
        assert found.ids.dtype == np.int64
        assert found.documents == ("0" * 16, "0" * 16, "1" * 16, "1" * 16)
        assert found.positions == (0, 3, 0, 3)

    def test_can_be_the_first_alone(self):
        found = self.cut(first_only=True)
        assert found.ids.tolist() == [*by_character(["abc"]), [1, 2, 3]]

    def test_of_the_other_split(self):
        assert self.cut("test").ids.tolist() == by_character(["ijk"])

    def test_of_nothing_are_none(self):
        found = prompts.windows([], "test", n_ctx=3, first_only=False, tokenize=by_character)
        assert len(found) == 0
        assert found.ids.shape == (0, 3)


@given(lengths=st.lists(st.integers(0, 25), max_size=6), n_ctx=st.integers(2, 7))
def test_windows_neither_overlap_nor_skip(lengths, n_ctx):
    found = [Document(f"{i:016x}", tuple(range(length))) for i, length in enumerate(lengths)]
    cut = prompts.windows(found, "train", n_ctx=n_ctx, first_only=False, tokenize=by_character)
    assert len(cut) == sum(length // n_ctx for length in lengths)
    for ids, position in zip(cut.ids, cut.positions, strict=True):
        assert ids.tolist() == list(range(position, position + n_ctx))
        assert position % n_ctx == 0


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
