"""Suites: testbeds on which the same generators are scored and averaged, declared in TOML."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from pathlib import Path

from pydantic import Field, field_validator

from synact_bench.core.errors import SynactError, UnknownNameError
from synact_bench.core.experiments import DEFAULT_PRESET, PRESETS
from synact_bench.core.untrusted import faults, reading
from synact_bench.core.untrusted.faults import FaultError
from synact_bench.testbeds import spec
from synact_bench.testbeds.reading import facts_of, validated
from synact_bench.testbeds.sources import Declared

ENDING = ".toml"


class Suite(Declared):
    """Testbeds that a row is averaged over."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")
    summary: str = ""
    testbeds: tuple[str, ...] = Field(min_length=2)
    """Names of built-in testbeds, or paths of ``.toml`` files beside the suite's own."""
    preset: str = DEFAULT_PRESET
    """How much is measured of each where nothing else is asked for."""

    @field_validator("preset")
    @classmethod
    def _is_one(cls, name: str) -> str:
        if name not in PRESETS:
            raise FaultError(f"there is no preset {name!r}")
        return name


@cache
def suites() -> Mapping[str, Suite]:
    """Built-in suites by name."""
    folder = resources.files("synact_bench.testbeds") / "catalog" / "suites"
    files = sorted(
        (each for each in folder.iterdir() if each.name.endswith(ENDING)),
        key=lambda each: each.name,
    )
    found = (parse(each.read_text(encoding="utf-8"), where=each.name) for each in files)
    return {each.name: each for each in found}


def find(suite: str) -> Suite:
    """A built-in suite by name, or that of a ``.toml`` file.

    Raises:
        UnknownNameError: there is no suite of that name.
        SynactError: the file cannot be read or declares no suite; or a testbed that it names is
            given twice or not known.
    """
    if not suite.endswith(ENDING):
        if suite not in suites():
            raise UnknownNameError("suite", suite, suites())
        return _known(suites()[suite])
    path = Path(suite)
    try:
        text = reading.text(path, most=reading.DECLARATION)
    except (OSError, ValueError) as error:
        raise SynactError(
            f"cannot be read: {faults.fault(error)}",
            where=suite,
            fix="give a suite's name or .toml file",
        ) from None
    found = parse(text, where=suite)
    beside = [
        os.path.normpath(path.parent / each) if each.endswith(ENDING) else each
        for each in found.testbeds
    ]
    _refuse_twice(beside, where=suite)  # a path may be spelt in two ways
    return _known(found.model_copy(update={"testbeds": tuple(beside)}))


def _known(suite: Suite) -> Suite:
    """The suite, whose testbeds are all there: of the others, nobody asks."""
    for name in suite.testbeds:
        if not name.endswith(ENDING):
            spec.find(name)
    return suite


def parse(text: str, *, where: str) -> Suite:
    """Read a declaration.

    Raises:
        SubjectError: it is not TOML, or declares no suite.
        SynactError: it names one twice.
    """
    found: Suite = validated(facts_of(text, where=where), Suite, where=where)
    _refuse_twice(found.testbeds, where=where)
    return found


def _refuse_twice(names: Sequence[str], *, where: str) -> None:
    for name in names:
        if names.count(name) > 1:
            raise SynactError(
                f"names {name} {names.count(name)} times",
                where=where,
                fix="name each testbed once: it would weigh twice in the mean",
            )
