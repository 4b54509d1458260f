"""Data sets on the disk are read as those of a hub are, by the same call."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from synact_bench.errors import AssetError, TextError
from synact_bench.testbeds import prompts, texts
from synact_bench.testbeds.sources import HubText, HubTokens
from tests.helpers.testbeds import write_documents


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "hub")


def data_set(folder: Path, rows: Sequence[Mapping[str, object]]) -> str:
    folder.mkdir()
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "train.jsonl").write_text(lines, encoding="utf-8")
    return str(folder)


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
        texts.hub_rows(str(tmp_path / "nowhere"))
    assert "\n" not in str(caught.value)
    name = data_set(tmp_path / "news", [{"text": "one"}])
    source = HubText(kind="hub-text", name=name, column="words", rows=3)
    with pytest.raises(AssetError, match="cannot be read: 'words'"):
        texts.documents(source)


def test_empty_text_is_refused(tmp_path: Path) -> None:
    name = data_set(tmp_path / "empty", [{"text": " "}])
    with pytest.raises(TextError, match=r"holds no text; use another column"):
        texts.documents(texts.hub_rows(name))


def test_other_sources_are_read_as_before(tmp_path: Path) -> None:
    source = prompts.local_text(write_documents(tmp_path / "text", documents=4))
    assert texts.documents(source) == prompts.documents(source)
