"""Probe: a stranger's Parquet file is read once in a process that may die of it.

The reader is C++: a crafted file can end the process that opens it, or ask for all its memory.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys

from synact_bench.submissions.refusal import SubmissionError

SECONDS = 60.0
MOST_MEMORY = 4 * 2**30
"""Bytes of address space; the libraries alone take about one and a half GiB of it."""

CHILD = """
import sys
try:
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]), int(sys.argv[1])))
except (ImportError, ValueError, OSError):
    pass  # not on this system
import pyarrow as pa
import pyarrow.parquet as pq
try:
    file = pq.ParquetFile(pa.BufferReader(sys.stdin.buffer.read()))
    for group in range(file.metadata.num_row_groups):
        for at in range(file.metadata.num_columns):
            column = file.metadata.row_group(group).column(at)
            column.compression, column.num_values, column.path_in_schema
    file.schema_arrow
    limit = int(sys.argv[2])
    if file.metadata.num_rows <= limit:
        file.read(use_threads=False)
except MemoryError:
    sys.exit(3)
except Exception:
    pass  # told in full by whoever reads it next
"""
"""What the process runs: exits with 0 unless the file is dangerous."""

MOST_ROWS = 100_000
"""Of a file that is read whole; one with more is refused by its count."""


def check(content: bytes, *, field: str, seconds: float = SECONDS) -> None:
    """That a Parquet file can be read without harm, whether or not it is a good one.

    Raises:
        SubmissionError: reading it ends the process, takes too long or too much memory.
    """
    command = [sys.executable, "-I", "-c", CHILD, str(MOST_MEMORY), str(MOST_ROWS)]
    environment = {**os.environ, "ARROW_DEFAULT_MEMORY_POOL": "system", "OMP_NUM_THREADS": "1"}
    code: int | None = None
    with contextlib.suppress(subprocess.TimeoutExpired):
        code = subprocess.run(
            command,
            input=content,
            env=environment,
            timeout=seconds,
            capture_output=True,
            check=False,
        ).returncode
    if code != 0:
        raise SubmissionError(f"cannot be read safely: reading it {_ending(code)}", field=field)


def _ending(code: int | None) -> str:
    if code is None:
        return "does not end"
    return "takes too much memory" if code == 3 else "ends the process"
