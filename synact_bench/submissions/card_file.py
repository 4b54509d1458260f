"""The card file: a submission's JSON, versioned; what is no such file is refused by the field."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from synact_bench.core.tracks import GENERATED
from synact_bench.core.untrusted.faults import fault
from synact_bench.results.record import GeneratorIdentity, Row
from synact_bench.submissions.refusal import ANEW, SubmissionError, named, shown

VERSION: Final = 4
"""Raised when a submission can no longer be read the old way; others are refused."""
SCHEMA_FILE = f"submission-{VERSION}.json"
"""Name of the published JSON Schema."""
MOST_BYTES = 1_000_000
"""Of a card file; one of three cells has about 4 thousand."""
FILE = "the file"
"""Field of a fault that lies in no field."""


class _Part(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True
    )


class StatedScore(_Part):
    """A number with its 95 % interval over documents, six significant digits."""

    value: float | None
    """Null where there is none."""
    low: float | None
    """Lower end of the interval; null below 20 documents."""
    high: float | None
    """Upper end; null likewise."""


class StatedScores(_Part):
    """What the generator scored against the published reference rows, by realism@2."""

    overall: StatedScore
    """Realism, 1 - rho over the board's cells: 1 as real as real, 0 as a Gaussian sample, below 0
    worse, unbounded."""
    by_experiment: dict[str, StatedScore]
    """Realism by experiment."""
    by_part: dict[str, StatedScore]
    """Realism by group of cells: ``relative``, ``matched`` and ``plateau``."""
    by_cell: dict[str, StatedScore]
    """rho by ``experiment/path``: 0 as real as real, 1 as a Gaussian sample, above 1 worse."""
    distances: dict[str, dict[str, StatedScore]]
    """By ``experiment/path``, then by named metric, the distance from real in the metric's unit:
    lower is better. They explain a score and are no part of it."""


class CardFile(_Part):
    """One generator on one testbed; its cells are in the pack of the same name."""

    schema_version: Literal[4]
    """Of this format."""
    generator: GeneratorIdentity
    """Name, version and parameters of the generator, and the digest of its own modules."""
    card: Row
    """How it is shown: track, authors, reference, summary."""
    scores: StatedScores
    """Recomputed when the submission is checked and when a board is made."""
    pack_sha256: str
    """Of the Parquet file."""


def json_schema() -> str:
    """The JSON Schema of a card file, as it is published."""
    schema = CardFile.model_json_schema()
    tracks, _ = schema["$defs"]["Row"]["properties"]["track"]["anyOf"]
    tracks["enum"] = [*GENERATED]  # what has no realism is not submitted
    return json.dumps(schema, indent=2, sort_keys=True) + "\n"


def dumps(stated: CardFile) -> bytes:
    """The file's bytes."""
    return (stated.model_dump_json(indent=2) + "\n").encode()


def loads(content: bytes) -> CardFile:
    """The card file that ``content`` holds, of the right types and no further fields.

    Raises:
        SubmissionError: it is none, or was written by another version of the format.
    """
    fields = _fields(content)
    _check_version(fields.get("schema_version"))
    try:
        return CardFile.model_validate_json(content, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        value = "" if first["type"] == "missing" else f", not {shown(first['input'])}"
        raise SubmissionError(
            f"{first['msg']}{value} ({error.error_count()} such faults)",
            field=place(first["loc"]),
        ) from None


def place(parts: Iterable[str | int]) -> str:
    """``card.authors[2]`` of ``("card", "authors", 2)``."""
    name = ""
    for part in parts:
        name += f"[{part}]" if isinstance(part, int) else f".{named(part)}"
    return name.removeprefix(".") or FILE


def _fields(content: bytes) -> dict[str, Any]:
    if not content.strip():
        raise SubmissionError("is empty", field=FILE)
    if len(content) > MOST_BYTES:
        raise SubmissionError(f"has {len(content)} bytes, more than {MOST_BYTES}", field=FILE)
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
    if version != VERSION:
        raise SubmissionError(
            f"is {shown(version)}, this version of synact-bench reads {VERSION}",
            field="schema_version",
            fix="upgrade synact-bench" if version > VERSION else ANEW,
        )
