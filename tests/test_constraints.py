"""The files of constraints say what pyproject.toml allows."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = [line for extra in PROJECT["optional-dependencies"].values() for line in extra]


def constraints(name: str) -> dict[str, Requirement]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    found = [Requirement(line) for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r"==[\w.]+", str(each.specifier)) for each in found)
    return {canonicalize_name(each.name): each for each in found}


def lowest(requirement: Requirement) -> str:
    (bound,) = [each.version for each in requirement.specifier if each.operator == ">="]
    return bound


def declared(lines: list[str]) -> dict[str, tuple[str, str]]:
    needed = [Requirement(line) for line in lines]
    return {canonicalize_name(each.name): (lowest(each), str(each.marker)) for each in needed}


def test_the_oldest_versions_are_the_lower_bounds() -> None:
    stated = {
        name: (str(each.specifier).removeprefix("=="), str(each.marker))
        for name, each in constraints("constraints-oldest.txt").items()
    }
    assert stated.items() <= declared([*PROJECT["dependencies"], *EXTRAS]).items()
    assert stated.keys() >= declared(PROJECT["dependencies"]).keys()


def test_every_requirement_is_pinned_within_its_bounds() -> None:
    pinned = constraints("constraints.txt")
    for line in [*PROJECT["dependencies"], *EXTRAS]:
        needed = Requirement(line)
        if needed.marker is None or needed.marker.evaluate({"python_version": "3.11"}):
            version = str(pinned[canonicalize_name(needed.name)].specifier).removeprefix("==")
            assert needed.specifier.contains(version), line
