"""Parquet files of other columns, types, rows, records and metadata than a run writes."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zlib
from collections.abc import Mapping
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from synact_bench.results import pack
from tests.fuzz import mutations


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
    except (RecursionError, ValueError):  # changed before
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
FILLINGS: tuple[Any, ...] = (
    *(0, -1, 2**62, 1.5, float("nan"), float("inf"), -1e300, "", "\u202e\x1b[2J", b"\xff", True),
    *(None, [], [0], [65535], [1, 1], [1.0, float("nan")], [None], [-1], [[1.0]], {"a": 1}),
)
