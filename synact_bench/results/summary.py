"""Summaries: what stored records say of their cells, without reading a table.

Thousands of records are read in a second. Whether a cell is whole is found by ``Store.read`` alone:
a summary is enough to plan by, and to say how far a run is.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synact_bench.core.curves import SCORED
from synact_bench.core.row_names import RENAMED
from synact_bench.core.untrusted import reading
from synact_bench.results import migrate
from synact_bench.results.record import CellIdentity, Record

UNREADABLE = (
    *(AttributeError, KeyError, OSError, OverflowError, RecursionError, TypeError, ValueError),
)
"""What reading a file raises that is no record; an infinite number is one of no size."""


@dataclass(frozen=True)
class Summary:
    """What a record says.

    Attributes:
        cell: ``experiment/path``, without versions.
        engine: how points were chosen and run, ``name@version``.
        dtype: precision of the matrix products.
        events: what its points were chosen for; empty where all of them were run.
        asked: points of its curves, those interpolated among them.
        run: points that went through the model.
        seconds: that took.
        bytes: of its two files; 0 where they are part of a pack.
        model: where the weights came from.
        machine: that measured it.
    """

    cell: str
    engine: str
    dtype: str
    events: tuple[str, ...]
    asked: int
    run: int
    seconds: float
    bytes: int
    model: str
    machine: str

    @classmethod
    def of(cls, record: Mapping[str, Any], *, size: int = 0) -> Summary:
        """From the fields of a record.

        Raises:
            KeyError, TypeError, ValueError, AttributeError: they are none.
        """
        identity, provenance = record["identity"], record["provenance"]
        cell = (str(identity[each]).partition("@")[0] for each in ("experiment", "path"))
        sizes = (int(identity[each]) for each in ("bases", "refined", "points"))
        return cls(
            cell="/".join(cell),
            engine=str(identity["engine"]),
            dtype=str(identity["dtype"]),
            events=tuple(map(str, record["events"])),
            asked=points_asked(*sizes),
            run=int(record["points_run"]),
            seconds=float(provenance["seconds"]),
            bytes=size,
            model=str(provenance["model"]),
            machine=str(provenance["machine"]),
        )

    @classmethod
    def of_record(cls, record: Record) -> Summary:
        """Of a record that was read."""
        return cls.of(record.model_dump(mode="json"))


def points_asked(bases: int, refined: int, points: int) -> int:
    """Points of a cell's curves, those interpolated among them."""
    return refined * points + (bases - refined) * (1 + len(SCORED))


def _stem_now(stem: str, fields: dict[str, Any]) -> str:
    """How a cell's files are called once a run has brought them up to date."""
    if stem.partition("--")[0] not in RENAMED:
        return stem
    return CellIdentity.model_validate(migrate.record(fields)["identity"]).stem


def summaries(folder: Path, *, most: int | None = None) -> dict[str, Summary]:
    """Summaries of the cells in a run's folder, by stem.

    A record without its table, or of which this version makes nothing, is passed over.

    Args:
        folder: of the run; it need not be there.
        most: how many are read, the first by name; None for all.
    """
    try:
        with os.scandir(folder) as entries:
            files = {each.name: each for each in entries}
    except (FileNotFoundError, NotADirectoryError):
        return {}
    stems = (name.removesuffix(".json") for name in sorted(files) if name.endswith(".json"))
    cells = [stem for stem in stems if "--" in stem and f"{stem}.parquet" in files]
    found = {}
    for stem in cells[:most]:
        record, table = files[f"{stem}.json"], files[f"{stem}.parquet"]
        try:
            if record.is_file() and record.stat().st_size <= reading.CONFIG:
                content = Path(record.path).read_bytes()
                size = len(content) + table.stat().st_size
                fields = json.loads(content)
                found[_stem_now(stem, fields)] = Summary.of(fields, size=size)
        except UNREADABLE:
            continue
    return found
