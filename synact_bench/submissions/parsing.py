"""Parsing: untrusted bytes to a submission, or a refusal that names the field."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError

from synact_bench.core.untrusted.faults import fault
from synact_bench.submissions.refusal import ANEW, SubmissionError, shown
from synact_bench.submissions.schema import SUBMISSION_VERSION, Submission

MOST_BYTES = 1_000_000
"""Of a submission's JSON; one of five cells has about 25 thousand."""
FILE = "the file"
"""Field of a fault that lies in no field."""


def parse(content: bytes) -> Submission:
    """The submission that ``content`` holds, of the right types and no further fields.

    Raises:
        SubmissionError: it is none, or was written by another version of the format.
    """
    fields = _fields(content)
    _check_version(fields.get("schema_version"))
    try:
        return Submission.model_validate_json(content, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        value = "" if first["type"] == "missing" else f", not {shown(first['input'])}"
        raise SubmissionError(
            f"{first['msg']}{value} ({error.error_count()} such faults)",
            field=place(first["loc"]),
        ) from None


def place(parts: Iterable[str | int]) -> str:
    """``records[2].identity.seed`` of ``("records", 2, "identity", "seed")``."""
    name = ""
    for part in parts:
        name += f"[{part}]" if isinstance(part, int) else f".{named(part)}"
    return name.removeprefix(".") or FILE


def named(key: str) -> str:
    """A key as part of a field's name: an author may have chosen it."""
    return key if key.isidentifier() else shown(key)


def _fields(content: bytes) -> dict[str, Any]:
    if not content.strip():
        raise SubmissionError("is empty", field=FILE)
    if len(content) > MOST_BYTES:
        raise SubmissionError(
            f"has {len(content)} bytes, more than {MOST_BYTES}", field=FILE, fix=ANEW
        )
    try:
        fields = json.loads(content.decode("utf-8"), object_pairs_hook=_without_twins)
    except RecursionError:
        raise SubmissionError("is nested too deeply", field=FILE) from None
    except ValueError as error:
        raise SubmissionError(f"is not JSON: {fault(error)}", field=FILE) from None
    if not isinstance(fields, dict):
        raise SubmissionError(f"is a {type(fields).__name__}, not an object", field=FILE)
    return fields


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names differ: of two, one reader takes the first and another the last."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise SubmissionError("is given twice", field=named(name))
        found[name] = value
    return found


def _check_version(version: object) -> None:
    if type(version) is not int or version < 1:
        raise SubmissionError(f"is {shown(version)}, not a version", field="schema_version")
    if version > SUBMISSION_VERSION:
        raise SubmissionError(
            f"is {shown(version)}, this version of synact-bench reads {SUBMISSION_VERSION}",
            field="schema_version",
            fix="upgrade synact-bench",
        )
