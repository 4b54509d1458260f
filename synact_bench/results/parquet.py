"""Parquet files read as data: no more of one than a run can have made."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from synact_bench.core.untrusted import reading
from synact_bench.core.untrusted.faults import FaultError


class FileLimits(NamedTuple):
    """What is read of a file at most.

    Attributes:
        size: bytes of the file, and of its columns once they are unpacked.
        values: of a column.
        text: bytes of the records of a pack, unpacked.
    """

    size: int
    values: int
    text: int


OURS = FileLimits(size=4_000_000_000, values=1_000_000_000, text=500_000_000)
"""Of what a run can have made; a published pack has 4 MB, that of the full preset columns of about
20 million values, and their records about half a million bytes."""


def content(path: Path) -> bytes:
    """The bytes of a file.

    Raises:
        FaultError: it is no regular file, or too large.
        OSError: it cannot be read.
    """
    return reading.content(path, most=OURS.size)


def table(found: bytes, limits: FileLimits = OURS) -> pa.Table:
    """The table in a file, checksums of its pages verified where it has them.

    A file of a few bytes may state columns of any length: what it states is looked at first. What
    it unpacks to is looked at again, since one text may be repeated.

    Raises:
        FaultError: it states more than would be read, or is more.
        ArrowException, OSError: it is no Parquet file, or damaged.
    """
    file = pq.ParquetFile(pa.BufferReader(found), page_checksum_verification=True)
    groups = [file.metadata.row_group(at) for at in range(file.metadata.num_row_groups)]
    columns = [each.column(at) for each in groups for at in range(each.num_columns)]
    _check_size(sum(each.total_uncompressed_size for each in columns), limits)
    stated = (file.metadata.num_rows, *(each.num_values for each in columns))
    if max(stated) > limits.values:
        raise FaultError(f"a column states more than {limits.values:,} values")
    whole = file.read()
    _check_size(whole.nbytes, limits)
    return whole


def _check_size(size: int, limits: FileLimits) -> None:
    if size > limits.size:
        raise FaultError(f"its columns have more than {limits.size:,} bytes unpacked")
