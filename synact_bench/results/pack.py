"""Packs: what is published of a testbed, all its cells in one Parquet file.

A row is a path. Curves are stored at the points that were run alone, as lists of equal length
(``point``, ``l2``, ``kl``); their start, where both are 0, is left out, and what a whole curve has
between them is interpolated again on reading. Nothing is rounded here (``results.rounding`` does
it): a board of the pack is, to the byte, that of the cells. The records stand in the file's
metadata; docs/results-format.md shows how to open one elsewhere.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from synact_bench.core.curves import Curves
from synact_bench.core.errors import RecordError
from synact_bench.core.row_names import present
from synact_bench.core.untrusted import reading
from synact_bench.core.untrusted.faults import FaultError, stated
from synact_bench.engine.refinement import Sought, interpolated
from synact_bench.results import migrate, parquet
from synact_bench.results.files import write_atomically
from synact_bench.results.parquet import OURS
from synact_bench.results.record import SCHEMA_VERSION, Record
from synact_bench.results.store import Cell
from synact_bench.results.table import GEOMETRY, CellTable, refuse_other_types

LEVEL = 19
"""Of zstd, its slowest: a pack is written once."""
WORDS = ("cell", "document", "point.list.element")
"""Columns in which few values recur."""
NUMBERS = (*GEOMETRY, "l2.list.element", "kl.list.element")
"""Columns of which each byte is stored with its like: floats hardly ever recur."""
RECORDS, CHECKSUM, GRIDS = b"records_zlib", b"records_sha256", b"fractions"
GRIDS_CHECKSUM = b"fractions_sha256"
PLAIN = b"records"
"""The records of older packs, as JSON that is not compressed; these have no checksum of grids."""

SCHEMA = pa.schema(
    {
        "cell": pa.int16(),
        "base": pa.int32(),
        "document": pa.string(),
        **dict.fromkeys(GEOMETRY, pa.float32()),
        "point": pa.list_(pa.uint16()),
        **dict.fromkeys(("l2", "kl"), pa.list_(pa.float32())),
    }
)
"""Columns of a pack."""

UNREADABLE = (
    *(pa.ArrowException, OSError, RecursionError, zlib.error),
    *(ArithmeticError, AttributeError, LookupError, TypeError, ValueError),
)
"""What reading a file that is no pack raises, whatever stands in the places of records."""


def save(cells: Iterable[Cell], path: Path) -> None:
    """Write cells as one file; the same cells give the same bytes with the same pyarrow.

    Raises:
        RecordError: there is no cell, or the file cannot be written.
    """
    write_atomically(path, dumps(cells))


def load(path: Path, *, rows: Collection[str] | None = None) -> list[Cell]:
    """The cells of a file, in the order of their names.

    Args:
        path: of the file.
        rows: names of the rows to read; None for all.

    Raises:
        RecordError: it is missing, damaged, no pack, or newer than this version can read.
    """
    with _refused(path):
        return loads(parquet.content(path), rows=rows)


def records(path: Path) -> list[Record]:
    """What the cells of a file are, in the order of their names; no curve is read.

    Raises:
        RecordError: as ``load``.
    """
    with _refused(path):
        metadata = pq.read_schema(reading.regular(path)).metadata or {}
        return _records(metadata, most=OURS.text)


def checksum(path: Path) -> str:
    """SHA-256 of a file.

    Raises:
        RecordError: it is missing, cannot be read, or is too large for a pack.
    """
    with _refused(path):
        return hashlib.sha256(parquet.content(path)).hexdigest()


class Belongs(NamedTuple):
    """Where a cell of a pack belongs, without versions."""

    testbed: str
    experiment: str


def belongings(path: Path) -> set[Belongs]:
    """Where the cells of a file belong; its records are looked at and not checked.

    Raises:
        RecordError: as ``load``.
    """
    with _refused(path):
        metadata = pq.read_schema(reading.regular(path)).metadata or {}
        found = [each["identity"] for each in _fields(metadata, most=OURS.text)]
        return {
            Belongs(*(str(each[name]).partition("@")[0] for name in Belongs._fields))
            for each in found
        }


@contextmanager
def _refused(path: Path) -> Iterator[None]:
    try:
        yield
    except UNREADABLE as error:
        raise RecordError(
            f"is not a pack: {stated(error)}",
            where=str(path),
            fix="restore it, or pack its cells again with 'synact-bench pack'",
        ) from None


def to_arrow(cells: Iterable[Cell]) -> pa.Table:
    """The columns and metadata of a pack.

    Raises:
        RecordError: there is no cell, or a curve of one does not start at 0.
    """
    ordered = sorted(cells, key=lambda each: each.record.identity.stem)
    if not ordered:
        raise RecordError("there is no cell to pack", where="the pack", fix="measure some first")
    text = json.dumps([each.record.model_dump(mode="json") for each in ordered]).encode()
    grids = json.dumps(_grids(ordered))
    metadata = {
        # Parquet's metadata must be text.
        RECORDS: base64.b64encode(zlib.compress(text, level=9)).decode(),
        CHECKSUM: hashlib.sha256(text).hexdigest(),
        GRIDS: grids,
        GRIDS_CHECKSUM: hashlib.sha256(grids.encode()).hexdigest(),
    }
    whole = pa.concat_tables([_rows(number, each) for number, each in enumerate(ordered)])
    return whole.replace_schema_metadata(metadata)


def from_arrow(
    stored: pa.Table, *, rows: Collection[str] | None = None, most: int = OURS.text
) -> list[Cell]:
    """The inverse of ``to_arrow``.

    Args:
        stored: columns and metadata.
        rows: names of the rows to read; None for all.
        most: bytes of the records, unpacked.

    Raises:
        KeyError, ValueError, zlib.error: it is no pack, or damaged.
        RecordError: it was written by a newer version of the schema.
    """
    metadata = stored.schema.metadata or {}
    refuse_other_types(stored)
    kept = _fields(metadata, most=most)
    grids = _fractions(metadata)
    numbers = stored["cell"].to_numpy()
    edges = np.searchsorted(numbers, np.arange(len(kept) + 1)).tolist()
    found = []
    for fields, first, last in zip(kept, edges[:-1], edges[1:], strict=True):
        name = fields["identity"]["generator"]["name"]
        if rows is not None and name not in rows and present(name) not in rows:
            continue  # thousands of records are validated for a few rows otherwise
        record = _record(fields)
        if rows is None or record.identity.generator.name in rows:
            found.append(Cell(record, _table(stored.slice(first, last - first), record, grids)))
    return found


def dumps(cells: Iterable[Cell]) -> bytes:
    """Parquet bytes.

    Raises:
        RecordError: as ``to_arrow``.
    """
    whole = to_arrow(cells)
    buffer = io.BytesIO()
    with pq.ParquetWriter(
        buffer,
        SCHEMA,
        compression="zstd",
        compression_level=LEVEL,
        use_dictionary=list(WORDS),
        use_byte_stream_split=list(NUMBERS),
        write_page_checksum=True,
        store_schema=False,  # it would hold the metadata once more
    ) as writer:
        writer.write_table(whole.replace_schema_metadata(), row_group_size=2**30)
        writer.add_key_value_metadata(whole.schema.metadata)
    return buffer.getvalue()


def loads(content: bytes, *, rows: Collection[str] | None = None) -> list[Cell]:
    """The inverse of ``dumps``, of all rows or those named.

    Raises:
        ArrowException, OSError, KeyError, ValueError, zlib.error: it is no such file, or damaged.
        RecordError: it was written by a newer version of the schema.
    """
    found = from_arrow(parquet.table(content), rows=rows)
    pa.default_memory_pool().release_unused()  # Arrow keeps what a table was decoded into
    return found


def _grids(cells: Sequence[Cell]) -> dict[str, list[float]]:
    """Fractions of the grids, by their number of points."""
    found: dict[str, list[float]] = {}
    for cell in cells:
        fractions = cell.table.curves.fractions.tolist()
        if found.setdefault(str(len(fractions)), fractions) != fractions:
            raise RecordError(
                f"its {len(fractions)} points lie elsewhere than those of other cells",
                where=cell.record.identity.stem,
                fix="pack it by itself",
            )
    return found


def _rows(number: int, cell: Cell) -> pa.Table:
    table, kept = cell.table, _kept(cell)
    edges = np.concatenate([[0], np.cumsum(kept.sum(axis=1))]).astype(np.int32)

    def lists(values: NDArray[Any]) -> pa.ListArray:
        return pa.ListArray.from_arrays(pa.array(edges), pa.array(values))

    columns = {
        "cell": pa.array(np.full(len(kept), number, np.int16)),
        "base": pa.array(table.base.astype(np.int32)),
        "document": pa.array(table.document, pa.string()),
    }
    columns |= {name: pa.array(table.geometry[name]) for name in GEOMETRY}
    columns |= {"point": lists(np.nonzero(kept)[1].astype(np.uint16))}
    columns |= {"l2": lists(table.curves.l2[kept])}
    columns |= {"kl": lists(table.curves.kl[kept])}
    return pa.table(columns, schema=SCHEMA)


def _kept(cell: Cell) -> NDArray[np.bool_]:
    """Which points are stored, ``[paths, points]``: those that were run, without the start."""
    curves = cell.table.curves
    if not curves.run[:, 0].all() or curves.l2[:, 0].any() or curves.kl[:, 0].any():
        raise RecordError(
            "has curves that do not start at 0",
            where=cell.record.identity.stem,
            fix="delete it and run again",
        )
    kept = curves.run.copy()
    kept[:, 0] = False
    return kept


def _records(metadata: Mapping[bytes, bytes], *, most: int) -> list[Record]:
    return [_record(fields) for fields in _fields(metadata, most=most)]


def _fields(metadata: Mapping[bytes, bytes], *, most: int) -> list[dict[str, Any]]:
    """The fields of the records."""
    if PLAIN in metadata:
        text = metadata[PLAIN]
        whole = len(text) <= most
    else:
        unpacking = zlib.decompressobj()
        text = unpacking.decompress(base64.b64decode(metadata[RECORDS], validate=True), most)
        whole = unpacking.eof
    if not whole:
        raise FaultError(f"its records are cut off, or have more than {most:,} bytes")
    if hashlib.sha256(text).hexdigest() != metadata[CHECKSUM].decode():
        raise FaultError("its records are not those that were packed")
    found: list[dict[str, Any]] = json.loads(text)
    return found


def _fractions(metadata: Mapping[bytes, bytes]) -> dict[int, NDArray[np.float64]]:
    """The grids by their number of points."""
    text = metadata[GRIDS]
    checked = hashlib.sha256(text).hexdigest()
    if PLAIN not in metadata and metadata[GRIDS_CHECKSUM].decode() != checked:
        raise FaultError("its grids are not those that were packed")
    grids = json.loads(text).items()
    return {int(points): np.array(each, np.float64) for points, each in grids}


def _record(fields: dict[str, Any]) -> Record:
    version = fields["schema_version"]
    if version > SCHEMA_VERSION:
        raise RecordError(
            f"was written by schema version {version}, this version reads {SCHEMA_VERSION}",
            where="the pack",
            fix="upgrade synact-bench",
        )
    return Record.model_validate(migrate.record(fields))


def _table(stored: pa.Table, record: Record, grids: Mapping[int, NDArray[np.float64]]) -> CellTable:
    base = stored["base"].to_numpy().astype(np.int64)
    if len(base) != record.paths:
        raise FaultError(f"a cell has {len(base)} paths, its record says {record.paths}")
    return CellTable(
        base=base,
        document=tuple(stored["document"].to_pylist()),
        geometry={name: stored[name].to_numpy() for name in GEOMETRY},
        curves=_curves(stored, record, grids[record.identity.points]),
    )


def _curves(stored: pa.Table, record: Record, fractions: NDArray[np.float64]) -> Curves:
    """Curves on the grid, interpolated between the points that were run as the sweep does it."""
    point, l2, kl = (_flat(stored, name) for name in ("point", "l2", "kl"))
    sizes = pc.list_value_length(stored["point"]).to_numpy()
    place = (np.repeat(np.arange(len(stored)), sizes), point)
    run = np.zeros((len(stored), len(fractions)), np.bool_)
    run[place] = True
    if run.sum() != len(point) or len(l2) != len(point) or len(kl) != len(point):
        raise FaultError("a cell has other numbers than points")
    run[:, 0] = True  # known without being stored: l2 and kl are 0 there
    l2_curves, kl_curves = _placed(l2, place, run), _placed(kl, place, run)
    whole = stored["base"].to_numpy() < record.identity.refined
    sought = Sought.of(record.events, tau=record.metric_facts.tau)
    if sought is None and not run[whole].all():
        raise FaultError("a cell lacks points, and nothing says what for")
    if sought is None and whole.all():
        return Curves(fractions, l2_curves, kl_curves)
    between = np.full((2, *run.shape), np.nan)
    if sought is not None:
        between[:, whole] = interpolated(l2_curves[whole], kl_curves[whole], run[whole], sought)
    return Curves(
        fractions,
        np.where(run, l2_curves, between[0]).astype(np.float32),
        np.where(run, kl_curves, between[1]).astype(np.float32),
        run,
    )


def _placed(
    values: NDArray[Any], place: tuple[NDArray[Any], NDArray[Any]], run: NDArray[np.bool_]
) -> NDArray[Any]:
    """Values where points were run, 0 elsewhere, ``[paths, points]`` float32."""
    curve = np.zeros(run.shape, np.float32)
    curve[place] = values
    return curve


def _flat(stored: pa.Table, name: str) -> NDArray[Any]:
    return np.asarray(stored[name].combine_chunks().flatten().to_numpy(zero_copy_only=False))
