"""Migration: records and tables of every schema that was ever published, brought up to date.

Each step takes what one version of the schema holds to the next; what an older version did not
measure stays unmeasured. Examples of each are kept in ``tests/results/schemas``.
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

from synact_bench.results.table import GEOMETRY

Fields: TypeAlias = dict[str, Any]
"""A record as it stands in its file."""

UNSTATED = "unstated@0"
"""What a record says of a fact that its schema did not have; no current version is called so."""

BUILT_IN = frozenset(
    {
        "cooccurring-latents",
        "gaussian",
        "isotropic",
        "kind-flow",
        "kind-gaussian",
        "ladder-0",
        "ladder-0.1",
        "ladder-0.25",
        "ladder-0.5",
        "ladder-1",
        "mean",
        "neighbour-interpolation",
        "permuted-decoder",
        "permuted-values",
        "permuted-values-other",
        "sae-reconstruction",
        "shuffled-coordinates",
        "structured-no-cosine",
        "structured-no-cosine-other",
        "synthetic-baseline",
        "synthetic-baseline-other",
        "synthetic-random",
        "synthetic-random-other",
        "synthetic-structured",
        "synthetic-structured-other",
    }
)
"""Generators that were built in before schema 5, when their identity held a digest of their source;
since then their version alone names them."""


def identity_digest(identity: Mapping[str, Any]) -> str:
    """The id of a cell: SHA-256 over the canonical JSON of its identity, in every schema."""
    text = json.dumps(identity, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def record(fields: Fields) -> Fields:
    """A record of any known schema as one of the current schema.

    Raises:
        KeyError: it lacks a field of its own schema.
    """
    found = copy.deepcopy(fields)
    for version in range(found["schema_version"], len(STEPS) + 1):
        STEPS[version](found)
        found["schema_version"] = version + 1
    found["id"] = identity_digest(found["identity"])
    return found


def table(stored: pa.Table) -> pa.Table:
    """A table of any known schema with every column of the current one.

    Of the geometry, what an older table does not have is NaN: it was not measured.
    """
    unknown = pa.array(np.full(len(stored), np.nan, np.float32))
    for name in GEOMETRY:
        if name not in stored.column_names:
            stored = stored.append_column(name, unknown)
    return stored


def _points_run(fields: Fields) -> None:
    """Version 1 ran every point, and stated neither how many nor how prompts were drawn."""
    fields["points_run"] = fields["paths"] * fields["identity"]["points"]
    fields["identity"]["trial"] = ""


def _inspection(fields: Fields) -> None:
    """Version 2 had no inspection, called a row a control itself, and what is drawn ``real``."""
    fields |= {"split": "own", "definitions": {}, "inspection": None}
    row = fields["row"]
    del row["control"]
    if row["kind"] == "real":
        row["kind"] = "draw"


def _rules(fields: Fields) -> None:
    """Version 3 did not state the version of its rules of copying and collapse."""
    fields["identity"]["rules"] = UNSTATED


def _declared(fields: Fields) -> None:
    """Version 4 held the versions of metrics, and digests of source beside every version."""
    identity = fields["identity"]
    stated = identity["rules"] != UNSTATED
    experiment = identity["experiment"].partition("@")[0]
    events = {"sensitivity": "steepest interval", "plateau": "crossing of tau"}
    adaptive = identity["engine"].startswith("adaptive@")
    fields["events"] = [events[experiment]] if adaptive else []
    del fields["definitions"], identity["metrics"], identity["trial"]
    identity["design"] = "design@1" if stated else UNSTATED
    if identity["generator"]["name"] in BUILT_IN:
        identity["generator"]["source_digest"] = ""


STEPS: Mapping[int, Callable[[Fields], None]] = MappingProxyType(
    {1: _points_run, 2: _inspection, 3: _rules, 4: _declared}
)
"""By the version that a record has, what takes it to the next."""
