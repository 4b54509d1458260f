"""Documents of every kind of source; data sets of a hub lie on the disk, read by the same call."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import datasets
import pytest

from synact_bench.assets.text import (
    ROWS,
    Document,
    documents,
    hub_rows,
    local_text,
    read_local,
    refuse_edited,
    refuse_foreign,
)
from synact_bench.core.errors import AssetError, TextError
from synact_bench.testbeds.sources import HubText, HubTokens, LocalText, PackagedText
from tests.helpers.wheels import make_wheel


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
    return documents(local(path))


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
        found = documents(local(folder))
        assert {document.content: (document.id, document.split) for document in found} == GOLDEN


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
        found = documents(local(folder))
        assert sorted(document.content for document in found) == ["other", "same"]

    def test_order_is_by_id_not_by_name(self, tmp_path):
        found = many(tmp_path, 50)
        assert [document.id for document in found] == sorted(document.id for document in found)

    def test_packaged_text_is_decoded_as_declared(self, tmp_path, monkeypatch):
        monkeypatch.setenv("SYNACT_CACHE", str(tmp_path / "cache"))
        package = make_wheel(
            tmp_path / "cache" / "wheels",
            {"news/a.txt": "café".encode("latin-1"), "news/b.txt": b"tea", "other/c.txt": b"no"},
        )
        facts: dict[str, Any] = {"kind": "packaged-text", "package": package, "encoding": "latin-1"}
        found = documents(PackagedText(**facts, prefix="news/"))
        assert sorted(document.content for document in found) == ["café", "tea"]
        with pytest.raises(TextError, match="holds no documents"):
            documents(PackagedText(**facts, prefix="nothing/"))


class TestLocalText:
    def test_declares_the_content_not_the_layout(self, tmp_path):
        folder = write(tmp_path / "t", a="one", b="two")
        path = tmp_path / "one.txt"
        path.write_text("two\n\none\n", encoding="utf-8")
        declared = local_text(folder)
        assert declared.path == str(folder.resolve())
        assert re.fullmatch("[0-9a-f]{64}", declared.sha256)
        assert local_text(path).sha256 == declared.sha256
        write(folder, b="three")
        assert local_text(folder).sha256 != declared.sha256

    def test_an_edited_text_is_told(self, tmp_path):
        declared = local_text(write(tmp_path / "t", a="one", b="two"))
        refuse_edited(declared)
        write(tmp_path / "t", c=" one\n")  # a copy is a document of its own
        with pytest.raises(AssetError, match=r"t: SHA-256 is .*its content was changed; restore"):
            refuse_edited(declared)


Asked = list[tuple[str, str | None, str]]
COLUMN = {"column": "text"}


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Asked:
    """Data sets of a hub, which lie in folders of their names, as they were asked for."""
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "hub")
    load = datasets.load_dataset
    asked: Asked = []

    def load_dataset(name: str, config: str | None, *, revision: str, **options: object) -> object:
        asked.append((name, config, revision))
        return load(str(tmp_path / name), **options)

    monkeypatch.setattr(datasets, "load_dataset", load_dataset)
    return asked


def data_set(folder: Path, rows: Sequence[Mapping[str, object]]) -> str:
    folder.mkdir()
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "train.jsonl").write_text(lines, encoding="utf-8")
    return folder.name


def test_rows_of_text_are_documents_without_copies(tmp_path: Path) -> None:
    rows = [{"text": text} for text in ("one ", "two", "one", " ", "three")]
    name = data_set(tmp_path / "news", rows)
    source = hub_rows(name)
    assert source == HubText(kind="hub-text", name=name, column="text", rows=ROWS)
    found = documents(source)
    assert sorted(str(each.content) for each in found) == ["one", "three", "two"]
    assert [each.id for each in found] == sorted(each.id for each in found)
    (first,) = documents(source.model_copy(update={"rows": 1}))
    same = {each.id for each in read_local(write_one(tmp_path / "same", "one"))}
    assert {first.id} == same


def write_one(folder: Path, text: str) -> Path:
    folder.mkdir()
    (folder / "a.txt").write_text(text, encoding="utf-8")
    return folder


def test_rows_of_ids_are_recognised_before_text(tmp_path: Path) -> None:
    name = data_set(tmp_path / "ids", [{"text": "one", "input_ids": [1, 2]}, {"input_ids": [3]}])
    source = hub_rows(name)
    assert source == HubTokens(kind="hub-tokens", name=name, rows=ROWS)
    assert {each.content for each in documents(source)} == {(1, 2), (3,)}


def test_ids_of_another_vocabulary_are_refused(tmp_path: Path) -> None:
    name = data_set(tmp_path / "ids", [{"input_ids": [1, 2]}, {"input_ids": [97]}])
    found = documents(hub_rows(name))
    refuse_foreign(found, 98, where="ids")
    with pytest.raises(TextError, match=r"^ids: holds token id 97, the model has 97; use rows of"):
        refuse_foreign(found, 97, where="ids")
    refuse_foreign(read_local(write_one(tmp_path / "t", "one")), 1, where="text")


def test_ids_below_zero_are_refused(tmp_path: Path) -> None:
    name = data_set(tmp_path / "ids", [{"input_ids": [1, -100, 2]}])
    with pytest.raises(TextError, match=r"^ids: holds token id -100, the model has 98; use rows"):
        refuse_foreign(documents(hub_rows(name)), 98, where="ids")


def test_unknown_columns_are_named(tmp_path: Path) -> None:
    name = data_set(tmp_path / "odd", [{"title": "one", "body": "two"}])
    message = r"its columns are title, body, not one of input_ids, .*; name the column under \[text"
    with pytest.raises(TextError, match=message):
        hub_rows(name)


def test_what_is_not_there_is_said_in_a_line(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match=r"cannot be read: .*or pass --text") as caught:
        hub_rows("nowhere")
    assert "\n" not in str(caught.value)
    name = data_set(tmp_path / "news", [{"text": "one"}])
    source = HubText(kind="hub-text", name=name, column="words", rows=3)
    with pytest.raises(AssetError, match="cannot be read: 'words'"):
        documents(source)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [({"column": "words"}, "cannot be read: 'words'"), ({"split": "none"}, "cannot be read: ")],
)
@pytest.mark.parametrize("kind", [HubText, HubTokens])
def test_a_column_or_split_that_is_not_there_is_said_in_a_line(
    tmp_path: Path, kind: type[HubText], changes: dict[str, str], complaint: str
) -> None:
    name = data_set(tmp_path / "news", [{"text": "one", "ids": [1]}])
    source = {HubText: ("hub-text", "text"), HubTokens: ("hub-tokens", "ids")}[kind]
    facts = {"kind": source[0], "column": source[1], "name": name, "rows": 3}
    with pytest.raises(AssetError, match=complaint) as caught:
        documents(kind.model_validate(facts | changes))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("message", ["no route\nto host", ""])
def test_an_unreachable_hub_is_said_in_a_line(
    message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load_dataset(*_: object, **__: object) -> None:
        raise ConnectionError(message)

    monkeypatch.setattr("datasets.load_dataset", load_dataset)
    source = HubTokens(kind="hub-tokens", name="some/tokens", rows=4)
    with pytest.raises(AssetError, match=r"some/tokens cannot be read: no r\w+; .*--text"):
        documents(source)


@pytest.mark.parametrize(
    ("row", "kind", "complaint"),
    [
        (7, "hub-text", "a row of column text is int, not text; use another column"),
        (7, "hub-tokens", "a row of column text is int, not token ids; use another"),
        ("one", "hub-tokens", "a row of column text is str, not token ids"),
        ([1, 2.5], "hub-tokens", "a row of column text is list, not token ids"),
        ([1], "hub-text", "a row of column text is list, not text"),
    ],
)
def test_rows_of_another_kind_are_refused(
    tmp_path: Path, row: object, kind: str, complaint: str
) -> None:
    name = data_set(tmp_path / "odd", [{"text": row}])
    declared = HubText if kind == "hub-text" else HubTokens
    with pytest.raises(TextError, match=complaint):
        documents(declared.model_validate({"kind": kind, "name": name, "rows": 3} | COLUMN))


def test_empty_text_is_refused(tmp_path: Path) -> None:
    name = data_set(tmp_path / "empty", [{"text": " "}])
    with pytest.raises(TextError, match=r"holds no text; use another column"):
        documents(hub_rows(name))


def test_a_configuration_and_a_revision_are_asked_for(tmp_path: Path, asked: Asked) -> None:
    data_set(tmp_path / "news", [{"text": "one"}])
    source = hub_rows("news:en@v1")
    assert (source.name, source.config, source.revision) == ("news", "en", "v1")
    documents(source)
    hub_rows("news")
    assert asked == [("news", "en", "v1")] * 2 + [("news", None, "main")]


@pytest.mark.parametrize("name", ["./rows", "/data/rows", "a/b/c", "rows:"])
def test_what_is_no_id_of_a_hub_is_refused(name: str) -> None:
    with pytest.raises(TextError, match=r"is no id of a hub; give NAME, .* folder use --text"):
        hub_rows(name)


def test_a_folder_of_the_working_directory_is_not_taken_for_rows_on_the_hub(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = data_set(tmp_path / "news", [{"text": "one"}])
    monkeypatch.chdir(tmp_path)
    with pytest.raises(AssetError, match="hub id news: the working directory has a folder"):
        hub_rows(name)
