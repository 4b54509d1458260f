"""Kinds that runs write: cells, packs, baselines, plans, facts, logs."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from synact_bench.cli import status
from synact_bench.core.untrusted.places import plain
from synact_bench.regression import baseline
from synact_bench.results import journal, latents, migrate, pack, scale, summary
from synact_bench.results.status import SCHEMA, RunStatus
from synact_bench.results.store import Store, encode
from synact_bench.run import cost, official, planned
from tests.fuzz import mutations, places
from tests.fuzz.tables import parquet_file
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
    "schema": SCHEMA,
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
        share=4_000,
    ),
    Kind(
        "record (JSON)",
        lambda: mutations.file(_records(), mutations.as_json),
        raw_record,
        share=3_000,
    ),
    Kind("cell's table (Parquet)", lambda: parquet_file(TABLE), table, share=2_000),
    Kind("pack (Parquet)", lambda: parquet_file(_pack()), packed, share=2_000),
    Kind(
        "baseline (JSON)",
        lambda: mutations.file([_baseline()], mutations.as_json),
        baselined,
        share=800,
    ),
    Kind("plan (JSON)", lambda: mutations.file([PLAN], mutations.as_json), plan, share=10_000),
    Kind(
        "facts of a run (JSON)",
        lambda: mutations.file([LATENTS, SCALE, DRAW], mutations.as_json),
        facts,
        share=7_000,
    ),
    Kind("log of a run", _lines, logged, share=9_000),
)
