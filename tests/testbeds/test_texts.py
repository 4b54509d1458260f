"""Data sets of a hub, which here lie on the disk: they are read by the same call."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from synact_bench.errors import AssetError, TextError
from synact_bench.testbeds import prompts, texts
from synact_bench.testbeds.sources import HubText, HubTokens
from tests.helpers.testbeds import write_documents

Asked = list[tuple[str, str | None, str]]
COLUMN = {"column": "text"}


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Asked:
    """Data sets of a hub, which lie in folders of their names, as they were asked for."""
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "hub")
    load = datasets.load_dataset

    def load_dataset(name: str, config: str | None, *, revision: str, **options: object) -> object:
        asked.append((name, config, revision))
        return load(str(tmp_path / name), **options)

    asked: Asked = []
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
    source = texts.hub_rows(name)
    assert source == HubText(kind="hub-text", name=name, column="text", rows=texts.ROWS)
    found = texts.documents(source)
    assert sorted(str(each.content) for each in found) == ["one", "three", "two"]
    assert [each.id for each in found] == sorted(each.id for each in found)
    (first,) = texts.documents(source.model_copy(update={"rows": 1}))
    same = {each.id for each in prompts.read_local(write_one(tmp_path / "same", "one"))}
    assert {first.id} == same


def write_one(folder: Path, text: str) -> Path:
    folder.mkdir()
    (folder / "a.txt").write_text(text, encoding="utf-8")
    return folder


def test_rows_of_ids_are_recognised_before_text(tmp_path: Path) -> None:
    name = data_set(tmp_path / "ids", [{"text": "one", "input_ids": [1, 2]}, {"input_ids": [3]}])
    source = texts.hub_rows(name)
    assert source == HubTokens(kind="hub-tokens", name=name, rows=texts.ROWS)
    assert {each.content for each in texts.documents(source)} == {(1, 2), (3,)}


def test_ids_of_another_vocabulary_are_refused(tmp_path: Path) -> None:
    name = data_set(tmp_path / "ids", [{"input_ids": [1, 2]}, {"input_ids": [97]}])
    found = texts.documents(texts.hub_rows(name))
    texts.refuse_foreign(found, 98, where="ids")
    with pytest.raises(TextError, match=r"^ids: holds token id 97, the model has 97; use rows of"):
        texts.refuse_foreign(found, 97, where="ids")
    texts.refuse_foreign(prompts.read_local(write_one(tmp_path / "t", "one")), 1, where="text")


def test_unknown_columns_are_named(tmp_path: Path) -> None:
    name = data_set(tmp_path / "odd", [{"title": "one", "body": "two"}])
    message = r"its columns are title, body, not one of input_ids, .*; name the column under \[text"
    with pytest.raises(TextError, match=message):
        texts.hub_rows(name)


def test_what_is_not_there_is_said_in_a_line(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match=r"cannot be read: .*or pass --text") as caught:
        texts.hub_rows("nowhere")
    assert "\n" not in str(caught.value)
    name = data_set(tmp_path / "news", [{"text": "one"}])
    source = HubText(kind="hub-text", name=name, column="words", rows=3)
    with pytest.raises(AssetError, match="cannot be read: 'words'"):
        texts.documents(source)


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
        texts.documents(kind.model_validate(facts | changes))
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
        texts.documents(source)


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
        texts.documents(declared.model_validate({"kind": kind, "name": name, "rows": 3} | COLUMN))


def test_empty_text_is_refused(tmp_path: Path) -> None:
    name = data_set(tmp_path / "empty", [{"text": " "}])
    with pytest.raises(TextError, match=r"holds no text; use another column"):
        texts.documents(texts.hub_rows(name))


def test_text_of_a_person_is_read_too(tmp_path: Path) -> None:
    source = prompts.local_text(write_documents(tmp_path / "text", documents=4))
    assert texts.documents(source) == prompts.documents(source)


def test_a_configuration_and_a_revision_are_asked_for(tmp_path: Path, asked: Asked) -> None:
    data_set(tmp_path / "news", [{"text": "one"}])
    source = texts.hub_rows("news:en@v1")
    assert (source.name, source.config, source.revision) == ("news", "en", "v1")
    texts.documents(source)
    texts.hub_rows("news")
    assert asked == [("news", "en", "v1")] * 2 + [("news", None, "main")]


@pytest.mark.parametrize("name", ["./rows", "/data/rows", "a/b/c", "rows:"])
def test_what_is_no_id_of_a_hub_is_refused(name: str) -> None:
    with pytest.raises(TextError, match=r"is no id of a hub; give NAME, .* folder use --text"):
        texts.hub_rows(name)


def test_a_folder_of_the_working_directory_is_not_taken_for_rows_on_the_hub(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = data_set(tmp_path / "news", [{"text": "one"}])
    monkeypatch.chdir(tmp_path)
    with pytest.raises(AssetError, match="hub id news: the working directory has a folder"):
        texts.hub_rows(name)
