from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from synact_bench.core.untrusted.faults import FaultError
from synact_bench.results import parquet


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """Ten thousand equal numbers, which take a few bytes."""
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"a": np.zeros(10_000, np.int64)}), path, compression="zstd")
    return path


def test_a_table_is_read(stored: Path) -> None:
    assert parquet.table(parquet.content(stored)) == pq.read_table(stored)


@pytest.mark.parametrize(
    ("name", "most", "said"),
    [
        ("values", 9_999, "a column states more than 9,999 values"),
        ("size", 10, "its columns have more than 10 bytes unpacked"),
    ],
)
def test_what_states_more_is_refused_before_it_is_unpacked(
    stored: Path, monkeypatch: pytest.MonkeyPatch, name: str, most: int, said: str
) -> None:
    content = parquet.content(stored)
    monkeypatch.setattr(pq.ParquetFile, "read", lambda _: pytest.fail("was read"))
    with pytest.raises(FaultError, match=said):
        parquet.table(content, parquet.OURS._replace(**{name: most}))


def test_one_text_that_is_repeated_is_refused_though_little_is_stated() -> None:
    words = pa.DictionaryArray.from_arrays(np.zeros(1_000, np.int32), ["x" * 10_000])
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"a": words}), sink, store_schema=False)
    content = sink.getvalue().to_pybytes()
    limits = parquet.OURS._replace(size=1_000_000)
    stated = pq.read_metadata(pa.BufferReader(content)).row_group(0).column(0)
    assert stated.total_uncompressed_size < limits.size
    with pytest.raises(FaultError, match="more than 1,000,000 bytes unpacked"):
        parquet.table(content, limits)


def test_a_large_file_is_not_read(stored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "OURS", parquet.OURS._replace(size=10))
    with pytest.raises(FaultError, match="more than 10 bytes"):
        parquet.content(stored)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(FaultError, match="a folder"):
        parquet.content(tmp_path)
