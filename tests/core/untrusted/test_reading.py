from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from synact_bench.core.untrusted import reading
from synact_bench.core.untrusted.faults import FaultError


def test_a_file_is_read_up_to_its_limit(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"12345")
    assert reading.content(file, most=5) == b"12345"
    (tmp_path / "link").symlink_to(file)
    assert reading.content(tmp_path / "link", most=5) == b"12345"
    with pytest.raises(FaultError, match="more than 4 bytes"):
        reading.content(file, most=4)


def test_what_is_no_regular_file_is_not_opened(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)  # names of sockets are short
    os.mkfifo("pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        for path, kind in (
            *((".", "a folder"), ("pipe", "a pipe"), ("socket", "a socket")),
            *(("/dev/zero", "a device"), ("/dev/null", "a device")),
        ):
            with pytest.raises(FaultError, match=f"it is {kind}, not a regular file"):
                reading.content(Path(path), most=10)
    with pytest.raises(FileNotFoundError):
        reading.content(tmp_path / "nothing", most=10)


def test_a_file_that_states_no_size_is_bounded(tmp_path: Path, monkeypatch) -> None:
    """As those of /proc, and one that grows while it is read."""
    file = tmp_path / "a"
    file.write_bytes(b"12345")
    monkeypatch.setattr(reading, "regular", lambda _: Path(os.devnull))
    with pytest.raises(FaultError, match="more than 4 bytes"):
        reading.content(file, most=4)


def test_json_is_read_with_and_without_a_mark(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    for start in ("", "\ufeff"):
        file.write_text(f'{start}{{"a": 1}}', encoding="utf-8")
        assert reading.parsed(file, most=100) == {"a": 1}
    file.write_text("[" * 100_000)
    with pytest.raises(FaultError, match="nested too deeply"):
        reading.parsed(file, most=1_000_000)
