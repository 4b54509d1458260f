"""What names a version agrees on it, and a release of anything else is refused."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = ("pyproject.toml", "CHANGELOG.md", "CITATION.cff")
PROJECT = '[project]\nversion = "1.2.0"\n[project.urls]\nSource = "https://example.org/a"\n'
CITATION = """\
version: 1.2.0
date-released: "2026-02-01"
repository-code: "https://example.org/a"
"""
CHANGES = """\
### Added
- [This](docs/this.md), and [that](https://example.org/that).
"""
CHANGELOG = f"""\
# Changelog

## Unreleased

## 1.2.0 - 2026-02-01

{CHANGES}
## 1.1.0 - 2026-01-01

- That.
"""
NOTES = """\
### Added
- [This](https://example.org/a/blob/v1.2.0/docs/this.md), and [that](https://example.org/that).
"""


def checked(root: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / ".ci" / "release.py"), "--root", str(root), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in zip(FILES, (PROJECT, CHANGELOG, CITATION), strict=True):
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_project_s_own_files_agree() -> None:
    done = checked(ROOT)
    assert done.returncode == 0, done.stderr


def test_a_version_that_only_the_project_file_has_is_seen(tmp_path: Path) -> None:
    for name in FILES:
        shutil.copy(ROOT / name, tmp_path)
    replace(tmp_path / "pyproject.toml", '\nversion = "', '\nversion = "9')
    done = checked(tmp_path)
    assert done.returncode == 1
    assert [line.partition(" is ")[0] for line in done.stderr.splitlines()] == [
        "CHANGELOG.md: the first dated block",
        "CITATION.cff: version",
    ]


@pytest.mark.parametrize("tag", ["v1.2.0", "1.2.0"])
def test_notes_are_the_block_of_the_tag(root: Path, tag: str) -> None:
    notes = root / "build" / "notes.md"
    done = checked(
        root, "--version", tag, "--source", "https://example.org/a", "--notes", str(notes)
    )
    assert done.returncode == 0, done.stderr
    assert notes.read_text(encoding="utf-8") == NOTES


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("CITATION.cff", "version: 1.2.0\n", "", "CITATION.cff: version is missing, not 1.2.0"),
        ("CITATION.cff", "02-01", "02-02", "date-released is 2026-02-02, not 2026-02-01"),
        ("CITATION.cff", "/a", "/b", "repository-code is https://example.org/b, not https"),
        ("CHANGELOG.md", "## 1.2.0 - 2026-02-01", "## 1.2.1 - 2026-02-01", "is 1.2.1, not 1.2.0"),
        ("CHANGELOG.md", CHANGES, "", "the first dated block says nothing"),
        ("CHANGELOG.md", "1.2.0 - 2026-02-01", "1.2.0", "no heading of a release: 1.2.0"),
        ("CHANGELOG.md", "Unreleased\n", "Unreleased\n\n- More.\n", "Unreleased has lines"),
    ],
)
def test_what_disagrees_is_named_and_nothing_is_written(
    root: Path, name: str, old: str, new: str, says: str
) -> None:
    replace(root / name, old, new)
    notes = root / "notes.md"
    done = checked(root, "--version", "v1.2.0", "--notes", str(notes))
    assert done.returncode == 1
    assert says in done.stderr
    assert not notes.exists()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--version", "v1.3.0"), "the tag is 1.3.0, not 1.2.0"),
        (("--source", "https://example.org/fork"), "repository is https://example.org/fork, not"),
    ],
)
def test_another_tag_or_repository_is_refused(
    root: Path, options: tuple[str, str], says: str
) -> None:
    done = checked(root, *options)
    assert done.returncode == 1
    assert says in done.stderr


def test_lines_that_wait_for_a_release_are_no_fault_before_it(root: Path) -> None:
    replace(root / "CHANGELOG.md", "Unreleased\n", "Unreleased\n\n- More.\n")
    done = checked(root)
    assert done.returncode == 0, done.stderr
