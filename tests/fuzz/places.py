"""Where inputs are written to be read: a folder of this process, gone when it ends."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path


@cache
def home() -> Path:
    """In memory where the system has such a folder: a hundred thousand files are written."""
    memory = Path("/dev/shm")
    found = Path(
        tempfile.mkdtemp(prefix="synact-fuzz-", dir=memory if memory.is_dir() else None)
    ).resolve()
    atexit.register(shutil.rmtree, found, ignore_errors=True)
    return found


def put(name: str, content: bytes) -> Path:
    """A file of this content."""
    path = home() / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def emptied(name: str) -> Path:
    """A folder with nothing in it."""
    path = home() / name
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path
