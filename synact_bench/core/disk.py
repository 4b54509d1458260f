"""What file systems differ in: locks, links, flushing, modes, and whether they may be written."""

from __future__ import annotations

import errno
import os
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from filelock import FileLock, Timeout

READ_ONLY = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
"""Numbers of errors of a folder that may be read, and not written."""
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
LACKING = frozenset(
    {errno.EINVAL, errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.ENOTTY, errno.EOPNOTSUPP}
)
"""Those of a file system that has no such operation."""


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock that keeps other processes from making ``path`` too, where there can be one.

    It spares them work, and guards nothing: what is made becomes ``path`` whole. So there is none
    in a folder that may only be read, nor on a file system that has no locks.

    Raises:
        OSError: the disk is full or fails.
    """
    lock = _acquired(path)
    try:
        yield
    finally:
        if lock is not None:
            lock.release()


@contextmanager
def claimed(path: Path) -> Iterator[bool]:
    """Say to others that something is done; whether nobody else says so within the block.

    Where there can be no lock, nobody else is known of. That of a process that is killed goes with
    it.
    """
    lock = None
    try:
        lock = _acquired(path, wait=0)
        free = True
    except Timeout:
        free = False
    except OSError:  # a full disk: what is done will say so itself
        free = True
    try:
        yield free
    finally:
        if lock is not None:
            lock.release()


def _acquired(path: Path, *, wait: float = -1) -> FileLock | None:
    """The lock, for which others are waited for so many seconds, or for as long as it takes.

    Raises:
        Timeout: another holds it.
        OSError: the disk is full or fails.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(f"{path}.lock")
        with warnings.catch_warnings():  # in the place of flock, filelock's newer versions have one
            warnings.simplefilter("ignore")
            lock.acquire(timeout=wait)
    except NotImplementedError:  # and older ones do not
        return None
    except OSError as error:
        if error.errno not in READ_ONLY | LACKING:
            raise
        return None
    return lock


def link(target: Path, place: Path) -> None:
    """Make a file appear at ``place`` too: a symbolic link, or a copy where there are none.

    Raises:
        OSError: it can be neither linked nor copied.
    """
    try:
        place.symlink_to(target)
    except OSError:  # of many numbers: exFAT, shares, Windows without the privilege
        shutil.copyfile(target, place)


def flush(file: IO[bytes]) -> None:
    """Bring what was written to the disk itself, on file systems that can be told to.

    Raises:
        OSError: the disk is full or fails.
    """
    file.flush()
    with _if_possible():
        os.fsync(file.fileno())


def share(path: Path) -> None:
    """Let everybody read a file, on file systems that know who may.

    Raises:
        OSError: the disk fails.
    """
    with _if_possible():
        path.chmod(0o644)


@contextmanager
def _if_possible() -> Iterator[None]:
    """Go on without an operation that is refused: the file is whole without it."""
    try:
        yield
    except OSError as error:
        if error.errno not in READ_ONLY | LACKING:
            raise
