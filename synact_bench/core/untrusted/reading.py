"""Reading: regular files alone, and no more of them than fits what they should be."""

from __future__ import annotations

import json
import stat
from pathlib import Path

from synact_bench.core.untrusted.faults import FaultError

KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
}
DECLARATION = 1_000_000
"""Most bytes of a testbed's TOML file; the longest built in has about 10 thousand."""
CONFIG = 10_000_000
"""Most bytes of a JSON file that describes something: an SAE's config, a fingerprint, a record, the
facts of a run."""
LOG = 200_000_000
"""Most bytes of the log of a process; a line for each cell has about 200."""
BASELINE = 200_000_000
"""Most bytes of a baseline; one of all cells of the smoke preset has about 300 thousand."""


def regular(path: Path) -> Path:
    """A path that leads to a file with an end; others may block for ever, or never end.

    Raises:
        FaultError: it leads to a folder, device, pipe or socket.
        OSError: it leads to nothing, or cannot be looked at.
    """
    kind = stat.S_IFMT(path.stat().st_mode)
    if kind != stat.S_IFREG:
        raise FaultError(f"it is {KINDS.get(kind, 'something else')}, not a regular file")
    return path


def content(path: Path, *, most: int) -> bytes:
    """All of a regular file, links followed.

    Raises:
        FaultError: it is none, or has more than ``most`` bytes.
        OSError: it cannot be read.
    """
    large = regular(path).stat().st_size > most
    with path.open("rb") as file:
        found = b"" if large else file.read(most + 1)  # some grow, and some state no size
    if large or len(found) > most:
        raise FaultError(f"it has more than {most:,} bytes")
    return found


def text(path: Path, *, most: int) -> str:
    """The same as text in UTF-8, without a byte-order mark.

    Raises:
        ValueError: it is none, or a ``FaultError`` of ``content``.
        OSError: it cannot be read.
    """
    return content(path, most=most).decode("utf-8-sig")


def parsed(path: Path, *, most: int) -> object:
    """What a JSON file holds, with or without a byte-order mark.

    Raises:
        ValueError: it is no JSON, or a ``FaultError`` of ``content``.
        OSError: it cannot be read.
    """
    try:
        found: object = json.loads(text(path, most=most))
    except RecursionError:
        raise FaultError("it is nested too deeply") from None
    return found
