from __future__ import annotations

import errno
import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from synact_bench.core.errors import RecordError
from synact_bench.results.files import (
    ReadOnlyError,
    differing,
    write_atomically,
    write_once,
    write_together,
)
from tests.helpers.disks import failing, read_only


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def fail_at_fsync(
    monkeypatch: pytest.MonkeyPatch, *, call: int, error: BaseException | None = None
) -> None:
    """The ``call``-th fsync fails, as on a disk that fills up unless told otherwise."""
    calls = iter(range(1, 1000))
    failure = error or OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def fsync(_descriptor: int) -> None:
        if next(calls) == call:
            raise failure

    monkeypatch.setattr(os, "fsync", fsync)


def test_of_several_who_write_a_file_once_one_does(tmp_path: Path) -> None:
    place = tmp_path / "new" / "seed.json"
    contents = [b"%d" % each * 1000 for each in range(8)]
    with ThreadPoolExecutor(8) as pool:
        wrote = list(pool.map(partial(write_once, place), contents))
    assert wrote.count(True) == 1
    assert place.read_bytes() == contents[wrote.index(True)]
    assert names(place.parent) == ["seed.json"]
    (tmp_path / "file").touch()
    with pytest.raises(RecordError, match="cannot be written"):
        write_once(tmp_path / "file" / "seed.json", b"")


def test_the_content_is_written_and_folders_are_made(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "a.json"
    write_atomically(path, b"one")
    assert path.read_bytes() == b"one"
    assert path.stat().st_mode & 0o777 == 0o644
    write_atomically(path, b"two")
    assert path.read_bytes() == b"two"
    assert names(path.parent) == ["a.json"]


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"old")
    fail_at_fsync(monkeypatch, call=1)
    with pytest.raises(RecordError, match="No space left on device") as caught:
        write_atomically(path, b"new")
    assert caught.value.where == str(path)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["a.json"]


@pytest.mark.parametrize("call", [1, 2])
def test_of_several_files_all_or_none_are_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: int
) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_bytes(b"old")
    fail_at_fsync(monkeypatch, call=call)
    with pytest.raises(RecordError, match=f"{(first, second)[call - 1]}: cannot be written"):
        write_together({first: b"new", second: b"new"})
    assert first.read_bytes() == b"old"
    assert names(tmp_path) == ["a"]


def test_an_interruption_leaves_no_temporary_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_at_fsync(monkeypatch, call=2, error=KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        write_together({tmp_path / "a": b"", tmp_path / "b": b""})
    assert names(tmp_path) == []


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(RecordError, match="choose another folder"):
        write_atomically(tmp_path / "file" / "a.json", b"")


def test_a_name_that_is_taken_by_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.json" / "inner").mkdir(parents=True)
    with pytest.raises(RecordError, match="cannot be written"):
        write_atomically(tmp_path / "a.json", b"")
    assert names(tmp_path) == ["a.json"]


def test_files_that_differ_or_are_missing_are_named_in_order(tmp_path: Path) -> None:
    (tmp_path / "same").write_bytes(b"1")
    (tmp_path / "other").write_bytes(b"2")
    (tmp_path / "beside").write_bytes(b"3")
    (tmp_path / "folder").mkdir()
    wanted = {"same": b"1", "other": b"1", "folder": b"1", "lost": b"1"}
    assert differing(wanted, tmp_path) == [
        f"{tmp_path / 'folder'}: is missing",
        f"{tmp_path / 'lost'}: is missing",
        f"{tmp_path / 'other'}: differs from what the cells give",
    ]
    assert names(tmp_path) == ["beside", "folder", "other", "same"]
    assert differing({"same": b"1"}, tmp_path) == []


@pytest.mark.parametrize(
    ("there", "same"),
    [
        ('{"a": [0.958263, 1200, null]}', True),
        ('{"a": [0.958264, 1200, null]}', True),
        ('{"a": [0.958363, 1200, null]}', False),
        ('{"a": [0.958263, 1201, null]}', False),
        ('{"a": [0.958263, 1200.0, null]}', False),
        ('{"a": [0.958263, 1200, 0.0]}', False),
        ('{"a": [0.958263, 1200]}', False),
        ('{"b": [0.958263, 1200, null]}', False),
        ('{"a": [0.958263, 1200, null]', False),
    ],
)
def test_numbers_of_json_may_differ_as_processors_do(
    tmp_path: Path, there: str, same: bool
) -> None:
    wanted = b'{"a": [0.958263, 1200, null]}'
    (tmp_path / "scores.json").write_text(there, encoding="utf-8")
    (tmp_path / "page.md").write_text(there, encoding="utf-8")
    assert (differing({"scores.json": wanted}, tmp_path) == []) is same
    exact = there.encode() == wanted
    assert (differing({"page.md": wanted}, tmp_path) == []) is exact


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS])
def test_a_folder_to_read_only_is_told_from_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    read_only(monkeypatch, tmp_path, number)
    with pytest.raises(ReadOnlyError, match=f"cannot be written: {os.strerror(number)}"):
        write_atomically(tmp_path / "a", b"new")
    monkeypatch.undo()
    fail_at_fsync(monkeypatch, call=1)
    with pytest.raises(RecordError) as caught:
        write_atomically(tmp_path / "a", b"new")
    assert not isinstance(caught.value, ReadOnlyError)


def test_a_file_is_written_where_nothing_can_be_flushed_and_no_mode_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", failing(errno.EINVAL))
    monkeypatch.setattr(os, "chmod", failing(errno.EPERM))
    write_atomically(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"new"
