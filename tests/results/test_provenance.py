from __future__ import annotations

import importlib.metadata
import platform
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from synact_bench.results import provenance


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    known = (provenance.checkout, provenance.machine, provenance.versions)
    for function in known:
        function.cache_clear()
    yield
    for function in known:
        function.cache_clear()


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the package's layout, from which provenance believes to be run."""
    for name in ("synact_bench/core", "synact_bench/results", "baselines", "docs"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "synact_bench" / "core" / "errors.py").write_text("", encoding="utf-8")
    file = tmp_path / "synact_bench" / "results" / "provenance.py"
    file.write_text("", encoding="utf-8")
    monkeypatch.setattr(provenance, "__file__", str(file))
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "A. Author")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "author@example.org")
    return tmp_path


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), "-c", "commit.gpgsign=false", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def committed(folder: Path) -> str:
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "All")
    return git(folder, "rev-parse", "HEAD")


def test_versions_are_of_every_listed_library_and_of_python() -> None:
    found = provenance.versions()
    assert set(found) == {*provenance.LIBRARIES, "python"}
    assert found["numpy"] == importlib.metadata.version("numpy")
    assert found["python"] == sys.version.split()[0].rstrip("+")


def test_the_machine_is_one_line_with_its_cores() -> None:
    line = provenance.machine()
    assert "\n" not in line
    assert " cores, " in line


def test_the_processor_falls_back_where_the_system_does_not_tell(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(platform, "processor", lambda: "")
    monkeypatch.setattr(Path, "exists", lambda _: False)
    assert provenance.machine().startswith("unknown processor, ")


def test_a_clean_checkout_gives_its_commit(package: Path) -> None:
    commit = committed(package)
    assert provenance.checkout() == (commit, False)


@pytest.mark.parametrize(
    ("changed", "dirty"),
    [("synact_bench/core/errors.py", True), ("baselines/new.json", True), ("docs/page.md", False)],
)
def test_only_what_changes_numbers_makes_a_checkout_dirty(
    package: Path, changed: str, dirty: bool
) -> None:
    commit = committed(package)
    (package / changed).write_text("changed", encoding="utf-8")
    assert provenance.checkout() == (commit, dirty)


def test_an_installed_package_has_no_commit(package: Path) -> None:
    assert provenance.checkout() == (None, None)


def test_a_checkout_without_commits_or_git_has_no_commit(
    package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(package, "init", "--quiet")
    assert provenance.checkout() == (None, True)
    provenance.checkout.cache_clear()
    monkeypatch.setenv("PATH", "")
    assert provenance.checkout() == (None, None)
