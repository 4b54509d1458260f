"""The JSON file of a submission, versioned."""

from __future__ import annotations

import json
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from synact_bench.results.record import GeneratorIdentity, Record, Row

SUBMISSION_VERSION: Final = 3
"""Raised when a submission can no longer be read the old way; newer ones are refused."""

SCHEMA_FILE = f"submission-{SUBMISSION_VERSION}.json"
"""Name of the published JSON Schema."""


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


class Submission(_Part):
    """One generator on one testbed; a Parquet file of the same name holds its paths."""

    schema_version: Literal[3]
    """Of this format."""
    testbed: str
    """``name@version``."""
    preset: str
    """How much was measured."""
    generator: GeneratorIdentity
    """Name, version and parameters of the generator, and the digest of its own modules."""
    card: Row
    """How it is shown: track, authors, reference, summary."""
    scores: StatedScores
    """Recomputed when the submission is checked and when a board is made."""
    flags: tuple[str, ...]
    """Rules of copying and collapse that it breaks in any experiment, sorted."""
    table_sha256: str
    """Of the Parquet file."""
    records: tuple[Record, ...]
    """One a cell, in the order of the board's cells, each with its provenance."""


def json_schema() -> str:
    """The JSON Schema of a submission, as it is published."""
    return json.dumps(Submission.model_json_schema(), indent=2, sort_keys=True) + "\n"
