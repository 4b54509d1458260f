"""The pack of a submission: read in a process that may die of it, then as any other.

The reader is C++: a crafted file can end the process that opens it, or unpack to all its memory. So
a child of bounded time and memory reads it first, by the code that reads it afterwards: what the
child was not done with, or refused, is never opened here.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Sequence

import pyarrow as pa

from synact_bench.core.errors import RecordError
from synact_bench.core.untrusted.faults import stated
from synact_bench.results import pack, parquet
from synact_bench.results.store import Cell
from synact_bench.submissions.refusal import SubmissionError, shown

PACK = "the Parquet file"
"""Field of a fault that lies in no column."""
LIMITS = parquet.FileLimits(size=64_000_000, values=10_000_000, text=1_000_000)
"""Three cells of the standard preset have half a million bytes unpacked, 15 thousand of records."""
SECONDS = 60.0
MOST_MEMORY = 2 * 2**30
"""Bytes of address space of the child; its libraries take about half a GiB of it."""
THREADS = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"}
"""A thread more takes address space of its own."""
CHILD = """
import sys
most, *sys.path[:] = sys.argv[1:]
try:
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (int(most), int(most)))
except (ImportError, ValueError, OSError):
    pass  # not on this system
from synact_bench.submissions import pack_file
code, said = pack_file.tried(sys.stdin.buffer.read())
print(said)
sys.exit(code)
"""
"""What the child runs."""
TOO_MUCH, REFUSED = 3, 4
"""With what the child ends, if not with 0."""


def check(content: bytes, *, field: str, seconds: float = SECONDS) -> None:
    """That a child can read a file, and finds it to be a submission's pack.

    Args:
        content: of the file.
        field: what the file is called if reading it does harm.
        seconds: until the child is ended.

    Raises:
        SubmissionError: reading it ends the child, takes too long or too much memory, or is refused
            as by ``cells``.
    """
    code, said = None, b""
    with contextlib.suppress(subprocess.TimeoutExpired):
        done = subprocess.run(
            [sys.executable, "-I", "-c", CHILD, str(MOST_MEMORY), *filter(None, sys.path)],
            input=content,
            env={**os.environ, **THREADS, "ARROW_DEFAULT_MEMORY_POOL": "system"},
            timeout=seconds,
            capture_output=True,
            check=False,
        )
        code, said = done.returncode, done.stdout
    if code == REFUSED:
        where, what, fix = json.loads(said)
        raise SubmissionError(what, field=where, fix=fix)
    if code != 0:
        raise SubmissionError(f"cannot be read safely: reading it {_ending(code)}", field=field)


def tried(content: bytes) -> tuple[int, str]:
    """Read a file in the child: what it then ends with, and the refusal as JSON."""
    try:
        cells(content)
    except SubmissionError as error:
        return REFUSED, json.dumps([error.where, error.what, error.fix])
    except MemoryError:
        return TOO_MUCH, ""
    return 0, ""


def cells(content: bytes) -> list[Cell]:
    """The cells of a pack, in its order.

    Raises:
        SubmissionError: it is no pack, damaged, too large, or has other columns than a pack.
    """
    try:
        stored = parquet.table(content, LIMITS)
        _check_columns(stored)
        return pack.from_arrow(stored, most=LIMITS.text)
    except (MemoryError, SubmissionError):  # of which some are among what is caught next
        raise
    except RecordError as error:
        raise SubmissionError(error.what, field=PACK, fix=error.fix) from None
    except pack.UNREADABLE as error:
        raise SubmissionError(f"is not a pack: {stated(error)}", field=PACK) from None


def _check_columns(stored: pa.Table) -> None:
    for name in (*pack.SCHEMA.names, *stored.column_names):
        found = stored.column_names.count(name)
        if name not in pack.SCHEMA.names:
            raise SubmissionError("is not known", field=f"column {shown(name)}")
        if found != 1:
            raise SubmissionError(f"is there {found} times", field=f"column {name}")
        column, known = stored[name], pack.SCHEMA.field(name).type
        if column.type != known:
            raise SubmissionError(
                f"holds {shown(str(column.type))}, not {known}", field=f"column {name}"
            )
        if column.null_count:
            raise SubmissionError(
                f"lacks {column.null_count} of {len(column)} values", field=f"column {name}"
            )


def check_exact(content: bytes, found: Sequence[Cell]) -> None:
    """That a file holds what packing its own cells gives, and nothing else.

    Raises:
        SubmissionError: a column, a record or another piece of metadata is not so.
    """
    stored = parquet.table(content, LIMITS)
    try:
        known = pack.to_arrow(found)
    except RecordError as error:
        raise SubmissionError(error.what, field=PACK) from None
    names = known.column_names
    differing = [f"column {name}" for name in names if not stored[name].equals(known[name])]
    # zlib of another version compresses otherwise: the checksum is that of the text.
    own, packed = ({**each.schema.metadata} for each in (stored, known))
    own[pack.RECORDS] = packed[pack.RECORDS]
    differing += [
        f"metadata {shown(name.decode(errors='replace'))}"
        for name in sorted(own.keys() | packed.keys())
        if own.get(name) != packed.get(name)
    ]
    if differing:
        raise SubmissionError(
            "is not as packing the cells writes it", field=f"{PACK}, {differing[0]}"
        )


def _ending(code: int | None) -> str:
    if code is None:
        return "does not end"
    return "takes too much memory" if code == TOO_MUCH else f"ends the process, status {code}"
