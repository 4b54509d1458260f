"""The site on the disk: its files, and none of those that an earlier build wrote beside them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from synact_bench.core.untrusted import places
from synact_bench.core.untrusted.faults import FaultError
from synact_bench.results.files import write_atomically, write_together

LIST = "files.txt"
"""Names the files of a site, a line each: what a later build may remove."""


def write(contents: Mapping[str, bytes], folder: Path) -> None:
    """Write the files of a site; those that its list names and that it has no more are removed.

    Args:
        contents: by place relative to the folder.
        folder: of the site; what else lies there is left alone.

    Raises:
        RecordError: the folder may not be written, or the disk is full.
    """
    write_together({folder / place: content for place, content in contents.items()})
    for place in _listed(folder):
        if place not in contents:
            _remove(folder, place)
    # Last: until then the earlier list still names what is to be removed.
    listed = "".join(f"{place}\n" for place in sorted(contents))
    write_atomically(folder / LIST, listed.encode())


def _listed(folder: Path) -> list[str]:
    path = folder / LIST
    return path.read_text("utf-8", errors="replace").splitlines() if path.is_file() else []


def _remove(folder: Path, place: str) -> None:
    """Remove a file of the folder, and the folder that it leaves empty; nothing outside."""
    with suppress(FaultError, OSError):
        path = places.inside(folder, place)
        path.unlink()
        path.parent.rmdir()
