"""Declarations as they are read: TOML texts, and what is wrong with them in a line."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from synact_bench.core.errors import SubjectError
from synact_bench.core.untrusted import faults

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Validated = TypeVar("Validated", bound=BaseModel)


def facts_of(text: str, *, where: str) -> dict[str, Any]:
    """What a TOML text states, not looked at yet.

    Raises:
        SubjectError: it is not TOML.
    """
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # a number too long to read is no TOMLDecodeError
        raise _invalid(faults.fault(error), where) from None


def validated(facts: Mapping[str, Any], kind: type[Validated], *, where: str) -> Validated:
    """A declaration of the stated facts.

    Raises:
        SubjectError: one is missing, unknown or not what it may be.
    """
    try:
        return kind.model_validate(facts)
    except ValidationError as error:
        raise _invalid(faults.stated(error), where) from None


def _invalid(why: str, where: str) -> SubjectError:
    return SubjectError(
        f"not a valid testbed declaration: {why}",
        where=where,
        fix="compare it with the files in synact_bench/testbeds/catalog",
    )
