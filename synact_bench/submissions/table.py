"""The table of a submission: the paths of all its cells in one Parquet file.

Nothing in it is compressed and no text is repeated, so that reading it takes no more memory than
its size and its counts allow.
"""

from __future__ import annotations

import dataclasses
import io
import json
import math
from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from synact_bench.core.untrusted.faults import fault
from synact_bench.results.record import Record
from synact_bench.results.table import GEOMETRY, CellTable, from_arrow, to_arrow
from synact_bench.submissions.refusal import SubmissionError, shown

TABLE = "the Parquet file"
FRACTIONS = f"{TABLE}, fractions"
NAMES = ("experiment", "path")
"""Columns that say which cell a path belongs to."""
WORDS = (*NAMES, "document")
"""Columns of text."""
CURVES = ("l2", "kl", "measured")
"""Columns with a list for each path."""
LONGEST_WORD = 200
LONGEST_FRACTIONS = 64_000
"""Bytes of the grid, which stands in the footer as JSON."""
MOST_TABLE_BYTES = 64_000_000
"""Of a Parquet file; three cells of the standard preset have about two million."""


def encode(records: Sequence[Record], tables: Sequence[CellTable]) -> bytes:
    """Parquet bytes of the cells' paths, in the order of the records."""
    parts = []
    for record, table in zip(records, tables, strict=True):
        curves = table.curves
        if curves.measured is None:
            everywhere = np.ones(curves.l2.shape, dtype=np.bool_)
            curves = dataclasses.replace(curves, measured=everywhere)
        part = to_arrow(dataclasses.replace(table, curves=curves))
        for name, value in zip(NAMES, record.identity.cell, strict=True):
            part = part.append_column(name, pa.array([value] * len(part), pa.string()))
        parts.append(part)
    whole = pa.concat_tables(parts, promote_options="none")
    ordered = whole.select(list(_columns(records))).replace_schema_metadata(
        parts[0].schema.metadata
    )
    buffer = io.BytesIO()
    pq.write_table(
        ordered, buffer, compression="NONE", use_dictionary=list(WORDS), row_group_size=2**30
    )
    return buffer.getvalue()


def decode(content: bytes, records: Sequence[Record]) -> list[CellTable]:
    """The cells' tables, in the order of the records.

    Raises:
        SubmissionError: it is no Parquet file, or does not hold exactly what the records say.
    """
    try:
        file = pq.ParquetFile(pa.BufferReader(content), read_dictionary=list(WORDS))
        _check_size(file.metadata, records)
        _check_columns(file.schema_arrow, records)
        whole = file.read(use_threads=False)
        _check_words(whole)
        return _parted(whole, records)
    except (pa.ArrowException, OSError, KeyError, ValueError) as error:
        raise SubmissionError(f"cannot be read: {fault(error)}", field=TABLE) from None


def _columns(records: Iterable[Record]) -> dict[str, str]:
    """Arrow types by column."""
    points = next(iter(records)).identity.points
    columns = {"experiment": "string", "path": "string", "base": "int64", "document": "string"}
    columns |= dict.fromkeys(GEOMETRY, "float")
    kinds = {"l2": "float", "kl": "float", "measured": "bool"}
    return columns | {name: f"{kind}[{points}]" for name, kind in kinds.items()}


def _check_size(metadata: pq.FileMetaData, records: Sequence[Record]) -> None:
    """Before anything is read: what the file's footer says that reading will take."""
    rows = sum(record.paths for record in records)
    points = records[0].identity.points
    if metadata.num_rows != rows or metadata.num_row_groups != 1:
        raise SubmissionError(
            f"has {metadata.num_rows} rows in {metadata.num_row_groups} groups, the records have "
            f"{rows} paths, in one",
            field=TABLE,
        )
    group = metadata.row_group(0)
    for at in range(group.num_columns):
        column = group.column(at)
        name = column.path_in_schema.split(".")[0]
        if column.compression != "UNCOMPRESSED":
            raise SubmissionError(
                f"is compressed with {column.compression}", field=f"column {shown(name)}"
            )
        values = rows * points if name in CURVES else rows
        if column.num_values != values:
            raise SubmissionError(
                f"has {column.num_values} values, not {values}", field=f"column {shown(name)}"
            )


def _check_columns(schema: pa.Schema, records: Sequence[Record]) -> None:
    wanted = _columns(records)
    for name in wanted:
        if schema.names.count(name) != 1:
            raise SubmissionError(
                f"is there {schema.names.count(name)} times", field=f"column {name}"
            )
    for column in schema:
        if column.name not in wanted:
            raise SubmissionError("is not known", field=f"column {shown(column.name)}")
        if _kind(column.type) != wanted[column.name]:
            raise SubmissionError(
                f"holds {shown(str(column.type))}, not {wanted[column.name]}",
                field=f"column {column.name}",
            )
    if set(schema.metadata or {}) != {b"fractions"}:
        raise SubmissionError(
            f"has the metadata {shown(sorted(schema.metadata or {}))}, not the fractions alone",
            field=TABLE,
        )
    _check_fractions(schema.metadata[b"fractions"], points=records[0].identity.points)


def _check_fractions(content: bytes, *, points: int) -> None:
    """Before anything is made of it: it may be any JSON, nested as deep as it likes."""
    if len(content) > LONGEST_FRACTIONS:
        raise SubmissionError(
            f"has {len(content)} bytes, more than {LONGEST_FRACTIONS}", field=FRACTIONS
        )
    try:
        found: object = json.loads(content)
    except (RecursionError, ValueError) as error:
        raise SubmissionError(f"is not JSON: {fault(error)}", field=FRACTIONS) from None
    numbers = isinstance(found, list) and all(
        isinstance(each, float) and math.isfinite(each) for each in found
    )
    if not isinstance(found, list) or not numbers or len(found) != points:
        raise SubmissionError(f"is not a list of {points} finite numbers", field=FRACTIONS)


def _kind(column: pa.DataType) -> str:
    if pa.types.is_dictionary(column):
        return _kind(column.value_type)
    if pa.types.is_fixed_size_list(column):
        return f"{_kind(column.value_type)}[{column.list_size}]"
    return str(column)


def _check_words(whole: pa.Table) -> None:
    """Long texts, before a list of them is made with each as often as it occurs."""
    for name in WORDS:
        for chunk in whole[name].chunks:
            for word in chunk.dictionary:
                if word.as_buffer() is not None and word.as_buffer().size > LONGEST_WORD:
                    raise SubmissionError(
                        f"holds a text of {word.as_buffer().size} bytes", field=f"column {name}"
                    )


def _parted(whole: pa.Table, records: Sequence[Record]) -> list[CellTable]:
    columns = _columns(records)
    found, start = [], 0
    for record in records:
        part = whole.slice(start, record.paths)
        start += record.paths
        for name, value in zip(NAMES, record.identity.cell, strict=True):
            if set(part[name].to_pylist()) - {value}:
                raise SubmissionError(
                    f"is not {value!r} on every path of that cell", field=f"column {name}"
                )
        for name in columns:
            if part[name].null_count:
                raise SubmissionError(
                    f"lacks {part[name].null_count} of {len(part)} values in the cell "
                    f"{'/'.join(record.identity.cell)}",
                    field=f"column {name}",
                )
        found.append(from_arrow(part.select([name for name in columns if name not in NAMES])))
    return found
