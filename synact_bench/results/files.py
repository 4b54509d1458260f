"""Files that are either whole or not there."""

from __future__ import annotations

import json
import math
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from synact_bench.core import disk
from synact_bench.core.errors import RecordError

RELATIVE, ABSOLUTE = 1e-5, 1e-6
"""How far numbers of one JSON file may lie apart: products of float32 end in other digits on
another processor, by 1e-7 of a realism or so; a changed record changes far more."""
FIX = "make room or choose another folder and run again: finished cells are kept"


class ReadOnlyError(RecordError):
    """A folder that may be read, and not written."""


def write_atomically(path: Path, content: bytes) -> None:
    """Replace ``path`` by ``content``: temporary file, fsync, rename.

    Raises:
        ReadOnlyError: the folder may not be written.
        RecordError: the disk is full or fails; nothing is left behind.
    """
    write_together({path: content})


def write_once(path: Path, content: bytes) -> bool:
    """Write ``path``, whole, unless it is there; whether this did, of all who do so at once.

    Raises:
        ReadOnlyError: the folder may not be written.
        RecordError: the disk is full or fails; nothing is left behind.
    """
    temporaries: dict[Path, Path] = {}
    try:
        _write_beside(path, content, temporaries)
        with suppress(FileExistsError):
            os.link(temporaries[path], path)
            return True
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        for temporary in temporaries.values():
            temporary.unlink(missing_ok=True)
    return False


def write_together(contents: Mapping[Path, bytes]) -> None:
    """Replace several files, in their order, once all of them are safely on the disk.

    A full disk is met before the first of them is replaced.

    Raises:
        ReadOnlyError: a folder may not be written.
        RecordError: the disk is full or fails; nothing is left behind.
    """
    temporaries: dict[Path, Path] = {}
    try:
        for path, content in contents.items():
            try:
                _write_beside(path, content, temporaries)
            except OSError as error:
                raise _unwritable(path, error) from error
        for path, temporary in temporaries.items():
            try:
                temporary.replace(path)
            except OSError as error:
                raise _unwritable(path, error) from error
    finally:
        for temporary in temporaries.values():
            temporary.unlink(missing_ok=True)


def differing(contents: Mapping[str, bytes], folder: Path) -> list[str]:
    """A line for each file of a folder that is missing or not what it should be.

    A file is compared to the byte; one of JSON by what it says, and its numbers nearly.

    Args:
        contents: what there should be, by file name relative to the folder; others may be there.
        folder: where they are; nothing is written.
    """
    found = []
    for name, content in sorted(contents.items()):
        path = folder / name
        if not path.is_file():
            found.append(f"{path}: is missing")
        elif not _same(path, content):
            found.append(f"{path}: differs from what the cells give")
    return found


def _same(path: Path, content: bytes) -> bool:
    there = path.read_bytes()
    if there == content or path.suffix != ".json":
        return there == content
    try:
        return _alike(json.loads(there), json.loads(content))
    except ValueError:
        return False


def _alike(one: Any, other: Any) -> bool:
    """Whether two values of JSON say the same, their numbers nearly."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_alike(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_alike, one, other))
    if isinstance(one, float):
        return math.isclose(one, other, rel_tol=RELATIVE, abs_tol=ABSOLUTE)
    return bool(one == other)


def _write_beside(path: Path, content: bytes, temporaries: dict[Path, Path]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    # Noted before anything can fail, so that it is always cleaned up.
    temporaries[path] = Path(name)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        disk.flush(file)
    disk.share(temporaries[path])


def _unwritable(path: Path, error: OSError) -> RecordError:
    kind = ReadOnlyError if error.errno in disk.READ_ONLY else RecordError
    return kind(
        f"cannot be written: {error.strerror}",
        where=str(path),
        fix=FIX,
    )
