from __future__ import annotations

import gzip
import hashlib
import io
import shutil
import subprocess
import tarfile
import types
from collections.abc import Mapping
from pathlib import Path

import pytest

from synact_bench.assets import npm_packages
from synact_bench.assets.npm_packages import NpmPackage, files
from synact_bench.core.errors import AssetError


def archive(folder: Path, members: Mapping[str, bytes]) -> NpmPackage:
    """Write an archive into ``folder`` and return the package that pins it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "draws-1.0.0.tgz"
    with tarfile.open(path, "w:gz") as made:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            made.addfile(entry, io.BytesIO(content))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return NpmPackage("draws", "1.0.0", sha256=digest, licence="MIT")


class Npm:
    """Stands in for ``npm pack``: copies from a folder, or fails as npm does offline."""

    def __init__(self, registry: Path, *, online: bool = True) -> None:
        self.registry = registry
        self.online = online
        self.patient = True
        self.asked: list[list[str]] = []

    def __call__(
        self, command: list[str], *, cwd: str, timeout: float, **_: object
    ) -> types.SimpleNamespace:
        self.asked.append(command)
        assert (Path(cwd) / "package.json").read_text() == "{}"
        if not self.patient:
            raise subprocess.TimeoutExpired(command, timeout)
        if not self.online:
            said = (
                "npm error code ENOTFOUND\nnpm error getaddrinfo failed\nnpm error a log lies in\n"
            )
            return types.SimpleNamespace(returncode=1, stderr=said)
        target = Path(command[command.index("--pack-destination") + 1])
        for each in self.registry.glob("*.tgz"):
            shutil.copy(each, target)
        return types.SimpleNamespace(returncode=0, stderr="")


@pytest.fixture
def registry(tmp_path) -> Path:
    return tmp_path / "registry"


@pytest.fixture
def package(registry) -> NpmPackage:
    return archive(registry, {"package/dist/a.js": b"a()", "package/LICENSE": b"MIT"})


@pytest.fixture
def npm(monkeypatch, registry, tmp_path) -> Npm:
    stand_in = Npm(registry)
    monkeypatch.setenv("SYNACT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(subprocess, "run", stand_in)
    monkeypatch.setattr(shutil, "which", lambda _: "npm")
    return stand_in


def test_it_is_fetched_once_without_running_a_script(npm, package) -> None:
    assert files(package, ["dist/a.js", "LICENSE"]) == {"dist/a.js": b"a()", "LICENSE": b"MIT"}
    assert files(package, ["dist/a.js"]) == {"dist/a.js": b"a()"}
    (command,) = npm.asked
    assert command[:3] == ["npm", "pack", "draws@1.0.0"]
    assert "--ignore-scripts" in command


def test_another_archive_than_the_pinned_one_is_never_kept(npm, package, registry, tmp_path):
    archive(registry, {"package/dist/a.js": b"evil()"})
    with pytest.raises(AssetError, match="synact-bench pins"):
        files(package, ["dist/a.js"])
    assert not list((tmp_path / "cache").rglob("*.tgz"))


def test_an_altered_archive_in_the_cache_is_refused(npm, package, tmp_path) -> None:
    files(package, [])
    (kept,) = (tmp_path / "cache").rglob("*.tgz")
    kept.write_bytes(kept.read_bytes() + b"\0")
    with pytest.raises(AssetError, match="delete it and run again"):
        files(package, [])


def test_offline_it_is_said_where_the_archive_may_be_placed(npm, package, registry, tmp_path):
    npm.online = False
    with pytest.raises(
        AssetError, match="it: code ENOTFOUND; getaddrinfo failed; connect"
    ) as refused:
        files(package, ["LICENSE"])
    place = tmp_path / "cache" / "npm" / "draws-1.0.0.tgz"
    assert f"{package.sha256}) at {place}" in refused.value.fix
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(registry / "draws-1.0.0.tgz", place)
    assert files(package, ["LICENSE"]) == {"LICENSE": b"MIT"}


def test_a_client_that_never_ends_is_given_up(npm, package) -> None:
    npm.patient = False
    with pytest.raises(AssetError, match="took more than 300 s"):
        files(package, ["LICENSE"])


def test_an_archive_that_is_too_large_is_not_read(npm, package, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(npm_packages, "LARGEST_ARCHIVE", 2)
    with pytest.raises(AssetError, match="MB, more than"):
        files(package, ["LICENSE"])
    assert not list((tmp_path / "cache").rglob("*.tgz"))


def test_without_npm_it_is_said_so(npm, package, monkeypatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(AssetError, match="npm is not installed"):
        files(package, ["LICENSE"])
    assert npm.asked == []


def test_a_file_that_it_lacks_and_one_that_is_too_large_are_refused(npm, package, monkeypatch):
    with pytest.raises(AssetError, match=r"cannot give package/b\.js"):
        files(package, ["b.js"])
    monkeypatch.setattr(npm_packages, "LARGEST", 2)
    with pytest.raises(AssetError, match="no file of at most"):
        files(package, ["LICENSE"])


def test_an_archive_that_unpacks_to_more_than_it_may_is_refused(
    npm, registry, monkeypatch, tmp_path
) -> None:
    package = archive(registry, {"package/LICENSE": b"MIT", "package/zeros": bytes(5_000_000)})
    monkeypatch.setattr(npm_packages, "LARGEST_UNPACKED", 4_000_000)
    with pytest.raises(AssetError, match="unpacks to more than 4 MB"):
        files(package, ["LICENSE"])


def test_a_member_that_is_too_large_or_no_file_is_refused(npm, registry, monkeypatch) -> None:
    package = archive(registry, {"package/LICENSE": b"MIT"})
    monkeypatch.setattr(npm_packages, "LARGEST", 2)
    with pytest.raises(AssetError, match="cannot give package/LICENSE: it is no file of at most"):
        files(package, ["LICENSE"])


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME])
def test_a_header_that_states_more_than_there_is_costs_no_memory(kind, npm, registry) -> None:
    registry.mkdir(parents=True)
    path = registry / "draws-1.0.0.tgz"
    header = tarfile.TarInfo("x")
    header.type, header.size = kind, 7_000_000_000
    path.write_bytes(gzip.compress(header.tobuf() + b"\0" * 2048))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    with pytest.raises(AssetError, match="cannot give package/LICENSE"):
        files(NpmPackage("draws", "1.0.0", sha256=digest, licence="MIT"), ["LICENSE"])
