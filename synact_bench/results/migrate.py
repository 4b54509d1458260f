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

from synact_bench.core.row_names import present
from synact_bench.results.table import GEOMETRY

Fields: TypeAlias = dict[str, Any]
"""A record as it stands in its file."""

UNSTATED = "unstated@0"
"""What a record says of a fact that its schema did not have; no current version is called so."""

DESIGNS: Mapping[str, str] = MappingProxyType({"67fececeb5decebd": "design@1"})
"""What drew prompts and partners before schema 5, by the first digits of the digest of its source:
what the published records were measured with. Of another digest nothing is known."""

BUILT_IN_BEFORE_5: Mapping[str, str] = MappingProxyType(
    {
        "cooccurring-latents": "ea517d6e8968182a",
        "gaussian": "c82deee8a6c3a4d1",
        "isotropic": "f7cc35884243da6e",
        "kind-flow": "6bf3a5b7253e2c46",
        "kind-gaussian": "0257b5e5f099613b",
        "ladder-0": "acd683feb5bb7f7a",
        "ladder-0.1": "acd683feb5bb7f7a",
        "ladder-0.25": "acd683feb5bb7f7a",
        "ladder-0.5": "acd683feb5bb7f7a",
        "ladder-1": "acd683feb5bb7f7a",
        "mean": "f7cc35884243da6e",
        "neighbour-interpolation": "298f44639455c1e6",
        "permuted-decoder": "bfafefff8271f595",
        "permuted-values": "bdb1a49696f12a6c",
        "permuted-values-other": "bdb1a49696f12a6c",
        "sae-reconstruction": "23588aba174e2297",
        "shuffled-coordinates": "f7cc35884243da6e",
        "structured-no-cosine": "75769717be0243c6",
        "structured-no-cosine-other": "75769717be0243c6",
        "synthetic-baseline": "bdb1a49696f12a6c",
        "synthetic-baseline-other": "bdb1a49696f12a6c",
        "synthetic-random": "bdb1a49696f12a6c",
        "synthetic-random-other": "bdb1a49696f12a6c",
        "synthetic-structured": "75769717be0243c6",
        "synthetic-structured-other": "75769717be0243c6",
    }
)
"""First digits of the source digest that generators of this project had when they were last
published under schema 4. Since then their version alone names them; one of another source keeps
its digest, and is not taken for the present one."""


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
    generator = found["identity"]["generator"]
    generator["name"] = row_name(generator)
    found["id"] = identity_digest(found["identity"])
    return found


def row_name(generator: Mapping[str, Any]) -> str:
    """What the row of a stored generator is called now; a plugin keeps the name that it has."""
    name: str = generator["name"]
    return name if generator["source_digest"] else present(name)


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
    experiment = identity["experiment"].partition("@")[0]
    events = {"sensitivity": "steepest interval", "plateau": "crossing of tau"}
    adaptive = identity["engine"].startswith("adaptive@")
    fields["events"] = [events[experiment]] if adaptive else []
    identity["design"] = DESIGNS.get(identity.pop("trial")[:16], UNSTATED)
    del fields["definitions"], identity["metrics"]
    generator = identity["generator"]
    known = BUILT_IN_BEFORE_5.get(generator["name"])
    if known is not None and generator["source_digest"].startswith(known):
        generator["source_digest"] = ""


def _refined(fields: Fields) -> None:
    """Version 5 swept every path on the whole grid, and knew no frozen scale."""
    identity = fields["identity"]
    identity["refined"] = identity["bases"]


def _conventional(fields: Fields) -> None:
    """Version 6 is version 7 with neither conventional measures nor a checksum of the record.

    Both may be absent there too.
    """


STEPS: Mapping[int, Callable[[Fields], None]] = MappingProxyType(
    {1: _points_run, 2: _inspection, 3: _rules, 4: _declared, 5: _refined, 6: _conventional}
)
"""By the version that a record has, what takes it to the next."""
