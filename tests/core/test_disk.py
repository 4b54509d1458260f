from __future__ import annotations

import errno
import fcntl
import os
import tempfile
from pathlib import Path

import pytest

from synact_bench.core import disk
from tests.helpers.disks import failing, read_only

NO_SUCH_OPERATION = (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, errno.EINVAL)


@pytest.mark.parametrize("number", NO_SUCH_OPERATION)
def test_without_locks_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setattr(fcntl, "flock", failing(number))
    with disk.locked(tmp_path / "new" / "a"):
        (tmp_path / "new" / "a").write_bytes(b"whole")
    assert (tmp_path / "new" / "a").read_bytes() == b"whole"


def test_a_lock_is_held_where_there_is_one(tmp_path: Path) -> None:
    lock = tmp_path / "a.lock"
    lock.touch()
    with lock.open("rb") as file:
        with disk.locked(tmp_path / "a"), pytest.raises(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@pytest.mark.parametrize("number", sorted(disk.READ_ONLY))
def test_in_a_folder_to_read_only_nothing_is_locked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    read_only(monkeypatch, tmp_path, number)
    for place in (tmp_path / "a", tmp_path / "new" / "a"):
        with disk.locked(place):
            pass
    assert [*tmp_path.iterdir()] == []


def test_a_lock_of_a_disk_that_fails_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fcntl, "flock", failing(errno.EIO))
    with pytest.raises(OSError, match=os.strerror(errno.EIO)), disk.locked(tmp_path / "a"):
        pass


@pytest.mark.parametrize("number", [None, errno.EPERM, errno.EOPNOTSUPP, errno.EINVAL])
def test_a_file_is_linked_or_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int | None
) -> None:
    (tmp_path / "a").write_bytes(b"content")
    if number is not None:
        monkeypatch.setattr(os, "symlink", failing(number))
    disk.link(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == b"content"
    assert (tmp_path / "b").is_symlink() == (number is None)


@pytest.mark.parametrize("number", [*NO_SUCH_OPERATION, errno.EPERM])
def test_flushing_and_modes_are_left_out_where_there_are_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setattr(os, "fsync", failing(number))
    monkeypatch.setattr(os, "chmod", failing(number))
    with tempfile.TemporaryFile() as file:
        file.write(b"content")
        disk.flush(file)
    (tmp_path / "a").touch()
    disk.share(tmp_path / "a")


@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC])
def test_a_disk_that_loses_what_was_written_is_an_error(
    monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setattr(os, "fsync", failing(number))
    with tempfile.TemporaryFile() as file, pytest.raises(OSError, match=os.strerror(number)):
        disk.flush(file)
