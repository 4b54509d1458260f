"""Archives that unpack to more than they say, or than they may: refused before memory is spent."""

from __future__ import annotations

import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from synact_bench.assets import wheels
from synact_bench.core.errors import AssetError

NAME = "evil/a.txt"
REAL = 60_000_000
MOST = 12_000_000
"""Bytes that a refusal may take: the wheel and its directory, and not what it unpacks to."""


def bomb(folder: Path, *, stated: int | None, method: int = zipfile.ZIP_DEFLATED) -> Path:
    """A wheel with one member of zeros, which states another size in both of its headers."""
    path = folder / "evil.whl"
    with zipfile.ZipFile(path, "w", method) as archive:
        with archive.open(NAME, "w") as member:
            for _ in range(REAL // 1_000_000):
                member.write(bytes(1_000_000))
        # So that the wheel itself is large enough for what is stated.
        archive.writestr("evil/noise.bin", bytes(range(256)) * 40, zipfile.ZIP_STORED)
    if stated is not None:
        raw, told = path.read_bytes(), struct.pack("<I", REAL)
        assert raw.count(told) >= 1
        path.write_bytes(raw.replace(told, struct.pack("<I", stated)))
    return path


READS: list[Callable[[Path], object]] = [
    lambda path: wheels.member(path, NAME),
    lambda path: wheels.members(path, prefix="evil/", suffix=".txt"),
]


@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize(
    ("stated", "method", "words"),
    [
        (None, zipfile.ZIP_DEFLATED, "more than 100 times as large as the wheel"),
        (1_000, zipfile.ZIP_DEFLATED, "not a readable wheel"),
        (1_000, zipfile.ZIP_BZIP2, "compressed otherwise than wheels are"),
        (1_000, zipfile.ZIP_LZMA, "compressed otherwise than wheels are"),
    ],
)
def test_a_bomb_is_refused_before_memory_is_spent(
    stated: int | None,
    method: int,
    words: str,
    read: Callable[[Path], object],
    tmp_path: Path,
) -> None:
    path = bomb(tmp_path, stated=stated, method=method)
    tracemalloc.start()
    try:
        with pytest.raises(AssetError, match=words):
            read(path)
        assert tracemalloc.get_traced_memory()[1] < MOST
    finally:
        tracemalloc.stop()


def test_a_bomb_that_nobody_bounds_would_be_seen(tmp_path: Path) -> None:
    """As the library reads it: otherwise the test above could not fail."""
    path = bomb(tmp_path, stated=1_000)
    tracemalloc.start()
    try:
        with zipfile.ZipFile(path) as archive, pytest.raises(zipfile.BadZipFile):
            archive.read(NAME)
        assert tracemalloc.get_traced_memory()[1] > MOST
    finally:
        tracemalloc.stop()


def test_a_member_is_read_whole_however_it_is_stored(tmp_path: Path) -> None:
    path = tmp_path / "fine.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a/b.txt", b"deflated" * 99, zipfile.ZIP_DEFLATED)
        archive.writestr("a/c.txt", b"stored", zipfile.ZIP_STORED)
        archive.writestr("a/d.txt", b"")
    found = wheels.members(path, prefix="a/", suffix=".txt")
    assert found == {"a/b.txt": b"deflated" * 99, "a/c.txt": b"stored", "a/d.txt": b""}
