"""A valid submission of toy cells, to be taken apart: no model, no testbed on disk."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from synact_bench.core.experiments import HOLDOUT
from synact_bench.results import pack
from synact_bench.results.record import CellIdentity, Inspection, RuleRecord
from synact_bench.results.store import Cell, Store, encode
from synact_bench.submissions import assembly, card_file, checks
from synact_bench.submissions.card_file import CardFile
from synact_bench.testbeds import spec
from tests.helpers import cells
from tests.helpers.boards import REPLICATES, short_floors

NAME = "mine"
CARD = {
    "authors": ("A. Researcher", "B. Researcher"),
    "reference": "https://example.org/paper, arXiv 2409.15019",
    "summary": "Means and/or modes, 3:1.",
}
REFINED = 20
"""Bases that are swept on the whole grid."""
PARAMETERS = {"donor": "other", "k": 3}


@cache
def reference() -> tuple[Cell, ...]:
    """The rows that give the scale, and what held-out real activations show.

    As a published run has them: some bases are refined, and ``gaussian`` is a row of its own.
    """
    shown = seen()
    findings = tuple(each for each in shown.findings if each.rule != "test-pool")
    drawn = shown.model_copy(update={"findings": findings})
    few = cells.whole_board(cells.FEW, refined=REFINED)
    return (*few, *cells.whole_board([HOLDOUT], seen=drawn, refined=REFINED))


SPREAD = {
    "effective_rank": 50.0,
    "distinct_rows": 24.0,
    "coverage": 0.75,
    "precision": 0.5,
    "distinct_latents": 300.0,
}
THRESHOLDS = {
    "near-duplicate": 12.5,
    "test-pool": 12.5,
    "not-authentic": None,
    "data-copying": -3.0,
    "mixture": -0.5,
    "rescaled": 0.25,
}
"""By rule, in the order in which they are written."""


def seen(track: str = "unconditional") -> Inspection:
    """An inspection with all its parts, whose flags follow from its numbers."""
    findings = [
        RuleRecord(
            rule=rule,
            value=0.5,
            expected=0.0 if rule == "data-copying" else 0.01,
            threshold=threshold,
            p=None if rule == "data-copying" else 0.5,
            flagged=False,
        )
        for rule, threshold in THRESHOLDS.items()
    ]
    if track == "conditioned":
        findings.append(findings[0].model_copy(update={"rule": "echo"}))
    return Inspection(
        findings=tuple(findings),
        spread=SPREAD,
        lowest_real_spread=SPREAD,
        two_sample={"n": 24, "kid": -0.25},
        generalisation={"new": 6.0, "coverage_new": 0.5, "nearer": None},
        flags=(),
    )


def own(name: str = NAME, **changed: Any) -> list[Cell]:
    """The cells of a row that can be submitted."""
    given: dict[str, Any] = {"card": CARD, "seen": seen(), "parameters": PARAMETERS}
    given["refined"] = REFINED
    return cells.whole_board([name], **(given | changed))


@cache
def submission(name: str = NAME) -> tuple[CardFile, bytes]:
    """What a valid submission states, and its pack."""
    with short_floors():
        return assembly.assemble(own(name), reference(), replicates=REPLICATES)


@cache
def content(name: str = NAME) -> bytes:
    """Its card file."""
    return card_file.dumps(submission(name)[0])


def toy_testbed(patch: pytest.MonkeyPatch) -> None:
    """Make the toys' testbed the only one that there is, and one without reference rows."""
    toy = SimpleNamespace(identity="toy@1", digest="b" * 64, write_position="last")
    patch.setattr(spec, "catalog", lambda: {"toy": toy, "bare": toy})


def accepted(content: bytes, packed: bytes, **taken: str) -> CardFile:
    """What a submission states that the checks accept."""
    with pytest.MonkeyPatch.context() as patch, short_floors():
        toy_testbed(patch)
        return checks.accept(
            content,
            packed,
            reference=lambda name: reference() if name == "toy" else (),
            taken=taken,
            replicates=REPLICATES,
        )[0]


@dataclass
class Draft:
    """A submission's two files, open to any change; each vouches for what it holds.

    Attributes:
        fields: of the card file, as Python data, and ``records`` of the pack.
        table: columns and metadata of the pack.
        raw: the card file itself, where it is to be none.
        packed: the pack itself, likewise.
        digest: of the pack, where the card file is to state another.
    """

    fields: Any
    table: pa.Table
    raw: bytes | None = None
    packed: bytes | None = None
    digest: str | None = None

    @property
    def paths(self) -> bytes:
        """The Parquet file."""
        return written(self.packable) if self.packed is None else self.packed

    @property
    def packable(self) -> pa.Table:
        """The table with the records, as they stand now, in its metadata."""
        text = json.dumps(self.fields["records"]).encode()
        own = {pack.RECORDS: base64.b64encode(zlib.compress(text)).decode()}
        own |= {pack.CHECKSUM: hashlib.sha256(text).hexdigest()}
        return self.table.replace_schema_metadata({**own, **(self.table.schema.metadata or {})})

    @property
    def content(self) -> bytes:
        """The card file."""
        if self.raw is not None:
            return self.raw
        stated = {name: each for name, each in self.fields.items() if name != "records"}
        stated["pack_sha256"] = self.digest or hashlib.sha256(self.paths).hexdigest()
        return json.dumps(stated).encode()

    def __getitem__(self, place: str) -> Any:
        inner, last = self.inner(place)
        return inner[last]

    def __setitem__(self, place: str, value: Any) -> None:
        inner, last = self.inner(place)
        inner[last] = value

    def everywhere(self, place: str, value: Any) -> None:
        """Change a field of every record."""
        for at in range(len(self.fields["records"])):
            self[f"records/{at}/{place}"] = value

    def identified(self) -> None:
        """Give every record the id that its identity has now."""
        for record in self.fields["records"]:
            record["id"] = CellIdentity(**record["identity"]).id

    def rewritten(self, change: Callable[[pa.Table], pa.Table]) -> None:
        """Change the table, or its metadata."""
        self.table = change(self.table)

    def grid(self, text: str) -> None:
        """Other fractions of the grids, under their own checksum."""
        sha256 = hashlib.sha256(text.encode()).hexdigest()
        own = {**self.table.schema.metadata, pack.GRIDS: text, pack.GRIDS_CHECKSUM: sha256}
        self.table = self.table.replace_schema_metadata(own)

    def inner(self, place: str) -> tuple[Any, str | int]:
        """What holds a field, and its name there; ``~`` in a place stands for a slash."""
        parts = [part.replace("~", "/") for part in place.split("/")]
        *way, last = (int(part) if part.isdigit() else part for part in parts)
        inner = self.fields
        for part in way:
            inner = inner[part]
        return inner, last


def written(table: pa.Table, *, group: int | None = None, **options: Any) -> bytes:
    """Parquet bytes of any table, as other tools write them."""
    sink = pa.BufferOutputStream()
    schema = table.schema.remove_metadata()
    with pq.ParquetWriter(sink, schema, store_schema=False, **options) as writer:
        writer.write_table(table.replace_schema_metadata(), row_group_size=group)
        writer.add_key_value_metadata(table.schema.metadata or {})
    return bytes(sink.getvalue())


def draft() -> Draft:
    """The valid submission, to be changed."""
    table = pq.read_table(pa.BufferReader(submission()[1]))
    metadata = dict(table.schema.metadata)
    text = zlib.decompress(base64.b64decode(metadata.pop(pack.RECORDS)))
    del metadata[pack.CHECKSUM]
    fields = json.loads(content()) | {"records": json.loads(text)}
    return Draft(fields, table.replace_schema_metadata(metadata))


def put(folder: Path, name: str = NAME) -> Path:
    """Write the valid submission under a name, which need not be its generator's."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_bytes(content())
    (folder / f"{name}.parquet").write_bytes(submission()[1])
    return folder


def store(given: Iterable[Cell], folder: Path) -> None:
    """Write cells as a run does."""
    for cell in given:
        Store(folder).write(cell.record, encode(cell.table))
