"""Kinds that runs write: cells, packs, baselines, plans, facts, logs."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from synact_bench.cli import status
from synact_bench.core.untrusted.places import plain
from synact_bench.regression import baseline
from synact_bench.results import journal, latents, migrate, pack, scale, summary
from synact_bench.results.status import RunStatus
from synact_bench.results.store import Store, encode
from synact_bench.run import cost, official, planned
from tests.fuzz import mutations, places
from tests.fuzz.tried import Kind
from tests.helpers import cells
from tests.helpers.snapshots import snapshot

SCHEMAS = Path(__file__).parents[1] / "results" / "schemas"
TABLE = encode(cells.cell("mean").table)
"""Of one cell."""


@cache
def _records() -> list[Any]:
    """Of every schema, and with every part that a record may have."""
    older = [json.loads(each.read_bytes()) for each in sorted(SCHEMAS.glob("*/*.json"))]
    given = cells.cell("mean", parameters={"rank": 3}).record
    told = given.model_copy(update={"conventional": cells.conventional()})
    return [*older, *(each.model_dump(mode="json") for each in (given, told))]


@cache
def _tables() -> dict[str, bytes]:
    """The tables of these records, by their SHA-256."""
    found = [TABLE, *(each.read_bytes() for each in sorted(SCHEMAS.glob("*/*.parquet")))]
    return {hashlib.sha256(each).hexdigest(): each for each in found}


def record(fields: Any) -> object:
    """A record that vouches for itself: under the name and the id that its identity has."""
    stem, table = "mean--sensitivity--relative--0123456789ab", TABLE
    if isinstance(fields, dict):
        table = _tables().get(str(fields.get("table_sha256")), TABLE)
        try:
            fields["id"] = migrate.identity_digest(fields["identity"])
            names = (str(fields["identity"][name]) for name in ("experiment", "path"))
            parts = [fields["identity"]["generator"]["name"], *(n.split("@")[0] for n in names)]
            stem = plain("--".join([*parts, fields["id"][:12]]))
        except (KeyError, TypeError, ValueError, RecursionError, AttributeError):
            pass
    return _cell(stem, mutations.as_json(fields), table)


def raw_record(content: bytes) -> object:
    """Bytes in the place of a record."""
    return _cell("mean--sensitivity--relative--0123456789ab", content, TABLE)


def _cell(stem: str, text: bytes, table: bytes) -> object:
    folder = places.emptied("cells")
    (folder / f"{stem}.parquet").write_bytes(table)
    (folder / f"{stem}.json").write_bytes(text)
    summary.summaries(folder)
    return [each.sample for each in Store(folder).cells()]


def table(content: bytes) -> object:
    """A table that its record vouches for."""
    own = cells.cell("mean").record
    told = own.model_copy(update={"table_sha256": hashlib.sha256(content).hexdigest()})
    return _cell(own.identity.stem, told.model_dump_json().encode(), content)


def packed(content: bytes) -> object:
    """A pack, its records alone and whole."""
    path = places.put("packs/toy.parquet", content)
    pack.records(path)
    return [each.sample for each in pack.load(path)]


def spoiled_table(rng: Random, seed: bytes) -> bytes:
    """A Parquet file that holds other columns or metadata than it should, and vouches for them."""
    found = pq.read_table(pa.BufferReader(seed))
    metadata = original = dict(found.schema.metadata or {})
    for _ in range(rng.randint(1, 2)):
        change = rng.choice(("column", "type", "drop", "rows", "metadata", "nulls"))
        if change == "metadata" and metadata:
            key = rng.choice(sorted(metadata))
            metadata = metadata | {key: _metadata(rng, metadata[key])}
        elif change == "rows":
            found = found.slice(rng.randint(0, len(found)), rng.randint(0, 40))
            found = pa.concat_tables([found] * rng.randint(1, 3))
        elif found.num_columns:
            found = _other_column(rng, found, change)
    if pack.RECORDS in original and rng.random() < 0.5:
        metadata = metadata | _other_records(rng, original, metadata[pack.GRIDS])
    sink = io.BytesIO()
    pq.write_table(found.replace_schema_metadata(metadata), sink)
    return sink.getvalue()


def parquet_file(seed: bytes) -> mutations.Make:
    """Makes Parquet files of other columns, and such whose bytes were changed."""
    return mutations.either(
        lambda rng: spoiled_table(rng, seed), lambda rng: mutations.spoiled(rng, [seed])
    )


def _metadata(rng: Random, value: bytes) -> bytes:
    try:
        found = json.loads(value)
    except ValueError:
        return mutations.spoiled(rng, [value])
    return mutations.as_json(mutations.tree(rng, [found]))


def _other_records(
    rng: Random, original: Mapping[bytes, bytes], grids: bytes
) -> dict[bytes, bytes]:
    """Changed records, and grids as they are, each under a right checksum."""
    text = zlib.decompress(base64.b64decode(original[pack.RECORDS]))
    text = mutations.as_json(mutations.tree(rng, [json.loads(text)]))
    return {
        pack.RECORDS: base64.b64encode(zlib.compress(text)),
        pack.CHECKSUM: hashlib.sha256(text).hexdigest().encode(),
        pack.GRIDS_CHECKSUM: hashlib.sha256(grids).hexdigest().encode(),
    }


def _other_column(rng: Random, found: pa.Table, change: str) -> pa.Table:
    at = rng.randrange(found.num_columns)
    name, count = found.column_names[at], len(found)
    if change == "drop":
        return found.remove_column(at)
    if change == "type":
        kind = rng.choice(TYPES)
        try:
            return found.set_column(at, name, found[name].cast(kind, safe=False))
        except (pa.ArrowException, ValueError):
            return found.set_column(at, name, pa.nulls(count, kind))
    if change == "nulls":
        return found.set_column(at, name, pa.nulls(count, found[name].type))
    return found.set_column(at, name, pa.array([rng.choice(FILLINGS)] * count))


TYPES = (
    *(pa.int8(), pa.int64(), pa.uint64(), pa.float16(), pa.float64(), pa.string(), pa.binary()),
    *(pa.bool_(), pa.date32(), pa.timestamp("us"), pa.list_(pa.int64()), pa.list_(pa.string())),
    *(pa.list_(pa.float32()), pa.list_(pa.list_(pa.float32())), pa.struct({"a": pa.int8()})),
    *(pa.dictionary(pa.int32(), pa.string()), pa.decimal128(10, 2), pa.large_string()),
)
FILLINGS = (
    *(0, -1, 2**62, 1.5, float("nan"), float("inf"), -1e300, "", "\u202e\x1b[2J", b"\xff", True),
    *(None, [], [0], [65535], [1, 1], [1.0, float("nan")], [None], [-1], [[1.0]], {"a": 1}),
)


@cache
def _pack() -> bytes:
    return pack.dumps([cells.cell("mean"), cells.partly_run(cells.cell("gaussian", refined=12))])


def baselined(content: bytes) -> object:
    """A baseline."""
    return baseline.read(places.put("baseline.json", content))


@cache
def _baseline() -> Any:
    path = places.home() / "seed.json"
    baseline.write(snapshot("real", "gaussian", dropped=2), path)
    return json.loads(path.read_bytes())


PLAN: dict[str, Any] = {
    "schema": planned.SCHEMA,
    "units": 2,
    "testbeds": [
        {"testbed": "a", "units": [{"id": "a/b/0123", "row": "b"}, {"id": "a/c/0124"}]},
        {"testbed": "d", "units": []},
    ],
}
LATENTS = {"d_sae": 18, "alive": 0.5, "explained_variance": 0.9, "l0": 4.0, "setup": "b" * 64}
SCALE: dict[str, Any] = {
    "testbed": "b" * 64,
    "scale": {
        "plateau/scaled": {
            **{"length": 589.7, "blocks": [0.58, 0.4, 1.5], "draws": 5, "gamma": 0.65},
            **{"gamma_error": 0.01, "gaussians": 4, "bases": 1400, "metrics": {}},
        }
    },
}
DRAW: dict[str, Any] = {"seed": 7, "generators": [{"name": "a", "version": "1"}]}


def plan(content: bytes) -> object:
    """A plan, as ``run --units`` reads it."""
    return planned.ids_in(places.put("plan.json", content))


def facts(content: bytes) -> object:
    """What a run keeps of a testbed; what is none is measured again, as if it were not there."""
    folder = places.emptied("facts")
    for name in (latents.FILE, scale.FILE):
        (folder / name).write_bytes(content)
    kept = (latents.load(folder, "b" * 64), scale.load(folder, "b" * 64))
    if any(each is not None for each in kept):
        return kept
    place = folder / "draw.json"
    place.write_bytes(content)
    return official._read(place)


STARTED: dict[str, Any] = {
    **{"v": 1, "time": "2026-01-01T00:00:00", "event": "started", "arguments": ["--seed", "0"]},
    "units": [{"id": "a/b/1", "row": "b", "cells": ["b--x--y--1"]}],
}
LINES: list[Any] = [
    STARTED,
    {"v": 1, "time": "t", "event": "opened", "seconds": 1.5, "memory": 10**9},
    {"v": 1, "time": "t", "event": "fitted", "row": "b", "seconds": 1.5},
    {"v": 1, "time": "t", "event": "cell", "unit": "a/b/1", "row": "b", "seconds": 2, "points": 9},
    {"v": 1, "time": "t", "event": "failed", "unit": "a/b/1", "row": "b", "error": "broke"},
    {"v": 1, "time": "t", "event": "stopped", "error": "KeyboardInterrupt", "memory": 1.0},
]


def logged(given_lines: list[bytes]) -> object:
    """A log, as ``status`` and the prediction of costs read it, and what is then printed."""
    folder = places.emptied("run")
    (folder / journal.FOLDER).mkdir()
    (folder / journal.FOLDER / "1.jsonl").write_bytes(b"\n".join(given_lines))
    found = RunStatus.of(folder)
    json.dumps(status._document([found])).encode()
    for line in status._shown(found):
        if not line.isprintable():
            raise ValueError("a line of status would steer a terminal")
    return cost._costs([], [folder], "cells")


def _lines() -> mutations.Make:
    """Makes lines of a log, one of them or more changed."""
    whole = [mutations.as_json(each) for each in LINES]
    other = mutations.file(LINES, mutations.as_json)
    return lambda rng: [
        *rng.choices(whole, k=rng.randrange(5)),
        *(other(rng) for _ in range(rng.randint(1, 3))),
    ]


KINDS = (
    Kind(
        "record, vouched for",
        lambda: lambda rng: mutations.tree(rng, _records()),
        record,
        share=6_000,
    ),
    Kind(
        "record (JSON)",
        lambda: mutations.file(_records(), mutations.as_json),
        raw_record,
        share=4_000,
    ),
    Kind("cell's table (Parquet)", lambda: parquet_file(TABLE), table, share=3_000),
    Kind("pack (Parquet)", lambda: parquet_file(_pack()), packed, share=3_000),
    Kind(
        "baseline (JSON)",
        lambda: mutations.file([_baseline()], mutations.as_json),
        baselined,
        share=1_200,
    ),
    Kind("plan (JSON)", lambda: mutations.file([PLAN], mutations.as_json), plan, share=9_000),
    Kind(
        "facts of a run (JSON)",
        lambda: mutations.file([LATENTS, SCALE, DRAW], mutations.as_json),
        facts,
        share=8_000,
    ),
    Kind("log of a run", _lines, logged, share=10_000),
)
