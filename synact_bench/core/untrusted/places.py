"""Places: names that a stranger chose, as part of a path of ours."""

from __future__ import annotations

import re
from pathlib import Path

from synact_bench.core.untrusted.faults import FaultError

LONGEST = 200
"""Bytes of a file's name, of the 255 that file systems have: endings are added to it."""
REFUSED = re.compile(r'[\\/:*?"<>|]')
"""What parts a path, names a drive, or cannot be in a name on one of the systems."""
DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)\s*(\..*)?", re.IGNORECASE)
"""What Windows takes for a device in every folder, whatever its ending."""


def plain(name: str) -> str:
    """The name of one file or folder, and of the same one on every system.

    Raises:
        FaultError: it is none, or leads elsewhere.
    """
    if not name or name.strip(". ") == "" or name[-1] in ". ":
        raise FaultError("is no name of a file (empty, or ends in a dot or a space)")
    if REFUSED.search(name) or not name.isprintable():
        raise FaultError(r'is no name of a file (no \ / : * ? " < > | or control character)')
    if DEVICES.fullmatch(name):
        raise FaultError("is the name of a device")
    if len(name.encode()) > LONGEST:
        raise FaultError(f"is longer than {LONGEST} bytes")
    return name


def relative(path: str) -> str:
    """A path of plain names, parted by ``/``: it stays below whatever folder it is joined to.

    Raises:
        FaultError: it is absolute, has a ``..`` or a drive, or a name in it is not plain.
    """
    if path.startswith(("/", "\\")):
        raise FaultError("is an absolute path, not one inside its folder")
    parts = path.split("/")
    if ".." in parts:
        raise FaultError("has a '..' and leads out of its folder")
    for part in parts:
        plain(part)
    return path


def inside(folder: Path, path: str) -> Path:
    """Where a stranger's path lies in a folder of ours; links that we put there are followed.

    Raises:
        FaultError: as ``relative``.
    """
    return folder.joinpath(*relative(path).split("/"))
