"""Files of models in a cache, compared with their checksums before they are trusted.

A bit of a weight changes every score a little, and neither a file's size nor what a fingerprint
looks at: so all of a file is read, once for as long as it is unchanged.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from functools import cache
from pathlib import Path

from huggingface_hub import snapshot_download

from synact_bench.core import checksums
from synact_bench.core.errors import AssetError
from synact_bench.core.untrusted import reading
from synact_bench.core.untrusted.faults import FaultError

GIT = re.compile("[0-9a-f]{40}")
LARGE = re.compile("[0-9a-f]{64}")
"""Names that a hub's cache gives to files: what git calls a small one, SHA-256 of a large one."""


def remove_altered(folder: Path) -> None:
    """Remove a converted model of which a file is another than was written: it is made again.

    What older releases converted has no list of checksums, and is taken as it is.

    Raises:
        AssetError: it cannot be removed.
    """
    if not folder.is_dir() or not _is_altered(folder):
        return
    checksums.made_again(folder)
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise AssetError(
            f"is damaged and cannot be removed: {error.strerror}",
            where=str(folder),
            fix="delete it, or set SYNACT_CACHE to another folder",
        ) from error


def _is_altered(folder: Path) -> bool:
    try:
        listed = checksums.listed(folder)
        return any(_sha256(folder / name) != stated for name, stated in listed.items())
    except (OSError, FaultError):
        return True


def refuse_altered(repository: str, *, revision: str | None = None, folder: str = "") -> None:
    """Refuse what lies in a hub's cache and is not what its name there says.

    Args:
        repository: on the hub.
        revision: of it; None is the newest.
        folder: of the repository, or a file; what lies in folders below is not looked at.

    Raises:
        AssetError: a file was changed.
    """
    try:
        place = Path(snapshot_download(repository, revision=revision, local_files_only=True))
    except OSError:  # it is in no cache of the hub's own layout
        return
    place = place / folder
    for each in sorted(place.iterdir()) if place.is_dir() else [place]:
        if each.is_file() and _is_other(each.resolve()):
            raise AssetError(
                "its checksum is not the one that it is stored under: it was changed",
                where=str(each),
                fix="delete it, with what it links to, and run again",
            )


def _is_other(blob: Path) -> bool:
    """Whether a file's name is a checksum, and not its own."""
    if LARGE.fullmatch(blob.name):
        return _sha256(blob) != blob.name
    return bool(GIT.fullmatch(blob.name)) and _of_git(blob) != blob.name


def _of_git(file: Path) -> str:
    content = reading.content(file, most=file.stat().st_size)
    head = f"blob {len(content)}\0".encode()
    return hashlib.sha1(head + content, usedforsecurity=False).hexdigest()


def _sha256(file: Path) -> str:
    state = file.stat()
    return _read(file, state.st_mtime_ns, state.st_size)


@cache
def _read(file: Path, _modified: int, _size: int) -> str:
    return checksums.of_file(file)
