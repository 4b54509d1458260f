"""Faults: what is wrong with a stranger's file, told without a word of what the file says.

A declaration may name any file that its reader can open. A parser's own message quotes what it
stumbled over, and so would carry a secret into a terminal, a log of continuous integration or an
issue. Errors made of a fault are raised ``from None``, because a traceback prints their causes too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from pydantic import BaseModel, ValidationError

POSITION = re.compile(r"line (\d+),? column (\d+)")
"""How the parsers of TOML, JSON and headers of safetensors say where they stopped."""
QUOTING = frozenset({"union_tag_invalid"})
"""Kinds of faults whose message quotes the value."""
LISTED = 3
"""Faults named in a message."""
LONGEST = 60
"""Characters of a field's name that are shown."""


class FaultError(ValueError):
    """What is wrong with a file, in words that quote nothing of it."""


def fault(error: Exception, kind: type[BaseModel] | None = None) -> str:
    """Why a file cannot be read: where it is at fault, and nothing that stands in it.

    Args:
        error: raised by whatever read it.
        kind: what it should have been; of its fields alone the names are told.
    """
    return _told(error, known=_fields(kind) if kind else frozenset())


def stated(error: Exception) -> str:
    """The same of a file that says it is one of ours: names of fields are told, values are not."""
    return _told(error, known=None)


def unquoted(value: object) -> str:
    """A value of a file if it is a number, a truth value or none; of anything else, its type."""
    plain = value is None or isinstance(value, (bool, int, float))
    return repr(value)[:LONGEST] if plain else f"a {type(value).__name__}"


def _told(error: Exception, *, known: frozenset[str] | None) -> str:
    if isinstance(error, FaultError):
        return str(error)
    if isinstance(error, ValidationError):
        return _invalid(error, known=known)
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, UnicodeDecodeError):
        return f"it is not {error.encoding.upper()} text (byte {error.start})"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    found = POSITION.search(str(error))
    place = f" at line {found[1]}, column {found[2]}" if found else ""
    return f"it is malformed{place} ({type(error).__name__})"


def _invalid(error: ValidationError, *, known: frozenset[str] | None) -> str:
    found = error.errors(include_url=False, include_input=False)
    told = "; ".join(f"{_place(each['loc'], known)}: {_reason(each)}" for each in found[:LISTED])
    more = len(found) - LISTED
    return f"{told} (and {more} more)" if more > 0 else told


def _reason(found: Mapping[str, Any]) -> str:
    """pydantic's own words; of a validator, those of a ``FaultError`` alone."""
    if found["type"] in QUOTING:
        return f"is of none of the kinds {found['ctx']['expected_tags']}"
    cause = found.get("ctx", {}).get("error")
    if found["type"] in {"value_error", "assertion_error"}:
        return str(cause) if isinstance(cause, FaultError) else "is not what it may be"
    return str(found["msg"])


def _place(parts: Iterable[str | int], known: frozenset[str] | None) -> str:
    """The field at fault; a part of its name that is the file's own is left out."""
    named = [
        str(part)[:LONGEST] if known is None or isinstance(part, int) or part in known else "..."
        for part in parts
    ]
    return ".".join(named) or "the whole"


@cache
def _fields(kind: type[BaseModel]) -> frozenset[str]:
    """Names of the fields of a model and of all its parts."""
    found: set[str] = set()

    def walk(node: object) -> None:
        if isinstance(node, Mapping):
            found.update(node.get("properties", ()))
            for each in node.values():
                walk(each)
        elif isinstance(node, list):
            for each in node:
                walk(each)

    walk(kind.model_json_schema())
    return frozenset(found)
