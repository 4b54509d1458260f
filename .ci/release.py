"""Says whether what names a version agrees on it, and writes the notes of its release.

    python .ci/release.py [--version v0.2.0] [--source URL] [--notes FILE]

pyproject.toml has the version; CITATION.cff and the first dated block of CHANGELOG.md follow it.
``--version`` is the tag of a release, ``--source`` the repository that publishes it.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import NamedTuple

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

HEADING = re.compile(r"^## (.+)$", flags=re.MULTILINE)
RELEASE = re.compile(r"(?P<version>\d+(?:\.\d+)+\w*) - (?P<date>\d{4}-\d\d-\d\d)")
RELATIVE = re.compile(r"\]\((?!https?:)")


class Block(NamedTuple):
    """A dated block of the changelog: the version, its day and what it says."""

    version: str
    date: str
    text: str


def blocks(changelog: str) -> tuple[str, list[Block]]:
    """What is not released yet, and the dated blocks, newest first.

    Raises:
        ValueError: for a heading that is neither ``Unreleased`` nor ``VERSION - YYYY-MM-DD``.
    """
    unreleased, found = "", []
    _, *parts = HEADING.split(changelog)
    for heading, text in zip(parts[::2], parts[1::2], strict=True):
        release = RELEASE.fullmatch(heading)
        if release:
            found.append(Block(release["version"], release["date"], text.strip()))
        elif heading == "Unreleased" and not found:
            unreleased = text.strip()
        else:
            raise ValueError(f"CHANGELOG.md: no heading of a release: {heading}")
    return unreleased, found


def cited(citation: str, key: str) -> str:
    """What CITATION.cff states under a key of its first level; empty where it has none."""
    line = re.search(rf"^{key}: (.+)$", citation, flags=re.MULTILINE)
    return line[1].strip("\"'") if line else ""


def faults(root: Path, tag: str, source: str) -> tuple[list[str], str]:
    """What disagrees, a sentence each, and the notes of the newest release."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    version, home = project["version"], project["urls"]["Source"]
    citation = (root / "CITATION.cff").read_text("utf-8")
    unreleased, released = blocks((root / "CHANGELOG.md").read_text("utf-8"))
    newest = released[0] if released else Block("", "", "")
    stated = [
        ("CHANGELOG.md: the first dated block", newest.version, version),
        ("CITATION.cff: version", cited(citation, "version"), version),
        ("CITATION.cff: date-released", cited(citation, "date-released"), newest.date),
        ("CITATION.cff: repository-code", cited(citation, "repository-code"), home),
        ("the tag", tag.removeprefix("v") or version, version),
        ("the publishing repository", source or home, home),
    ]
    wrong = [f"{what} is {is_ or 'missing'}, not {due}" for what, is_, due in stated if is_ != due]
    if not newest.text:
        wrong.append("CHANGELOG.md: the first dated block says nothing")
    if tag and unreleased:
        wrong.append("CHANGELOG.md: Unreleased has lines; move them to the block of the release")
    # Notes are read beside no files: their links lead to those of the release.
    return wrong, RELATIVE.sub(f"]({home}/blob/v{version}/", newest.text)


def main() -> int:
    """Print each disagreement; 1 if there are any."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--version", default="", help="tag of the release, such as v0.2.0")
    options.add_argument("--source", default="", help="address of the repository that publishes")
    options.add_argument("--notes", type=Path, help="file for the notes of the release")
    options.add_argument("--root", type=Path, default=Path(__file__).parents[1])
    asked = options.parse_args()
    try:
        wrong, notes = faults(asked.root, asked.version, asked.source)
    except ValueError as error:
        wrong, notes = [str(error)], ""
    if wrong:
        print(*wrong, sep="\n", file=sys.stderr)
        return 1
    if asked.notes:
        asked.notes.parent.mkdir(parents=True, exist_ok=True)
        asked.notes.write_text(f"{notes}\n", encoding="utf-8")
    print("release: tag, version, changelog and citation agree")
    return 0


if __name__ == "__main__":
    sys.exit(main())
