"""Parquet files read as data: no more of one than a run can have made."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from synact_bench.core.untrusted import reading
from synact_bench.core.untrusted.faults import FaultError

MOST_BYTES = 4_000_000_000
"""Of a file, and of its columns once they are unpacked; a published pack has 4 million."""
MOST_VALUES = 1_000_000_000
"""Of a column; one of the packs of the full preset has about 20 million."""


def content(path: Path) -> bytes:
    """The bytes of a file.

    Raises:
        FaultError: it is no regular file, or too large.
        OSError: it cannot be read.
    """
    return reading.content(path, most=MOST_BYTES)


def table(found: bytes) -> pa.Table:
    """The table in a file, checksums of its pages verified where it has them.

    A file of a few bytes may state columns of any length: what it states is looked at first.

    Raises:
        FaultError: it states more than would be read.
        ArrowException, OSError: it is no Parquet file, or damaged.
    """
    file = pq.ParquetFile(pa.BufferReader(found), page_checksum_verification=True)
    _check(file.metadata)
    return file.read()


def _check(metadata: pq.FileMetaData) -> None:
    groups = [metadata.row_group(at) for at in range(metadata.num_row_groups)]
    columns = [each.column(at) for each in groups for at in range(each.num_columns)]
    if sum(each.total_uncompressed_size for each in columns) > MOST_BYTES:
        raise FaultError(f"its columns have more than {MOST_BYTES:,} bytes unpacked")
    if any(each.num_values > MOST_VALUES for each in columns) or metadata.num_rows > MOST_VALUES:
        raise FaultError(f"a column states more than {MOST_VALUES:,} values")
