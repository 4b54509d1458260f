"""A stranger's Parquet file: whatever it does, it does to the child that reads it first."""

from __future__ import annotations

import base64
import contextlib
import json
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synact_bench.results import pack, parquet
from synact_bench.submissions import checks, folder, pack_file
from synact_bench.submissions.refusal import SubmissionError
from tests.helpers import submissions

PACK = pack_file.PACK


def test_a_pack_passes_and_is_read_as_it_was_written() -> None:
    content = submissions.submission()[1]
    pack_file.check(content, field="mine.parquet")
    assert pack.dumps(pack_file.cells(content)) == content
    pack_file.check_exact(content, pack_file.cells(content))


def test_another_tool_may_write_it_if_it_says_the_same() -> None:
    content = submissions.submission()[1]
    table = parquet.table(content)
    for options in ({"compression": "NONE"}, {"compression": "gzip", "group": 10}):
        other = submissions.written(table, **options)
        pack_file.check_exact(other, pack_file.cells(other))


@pytest.mark.parametrize("content", [b"", b"PAR1", submissions.submission()[1][:-50]])
def test_what_the_child_refuses_is_told_as_the_reader_tells_it(content: bytes) -> None:
    with pytest.raises(SubmissionError) as here:
        pack_file.cells(content)
    with pytest.raises(SubmissionError) as there:
        pack_file.check(content, field="mine.parquet")
    assert str(there.value) == str(here.value)
    assert str(here.value).startswith(f"{PACK}: is not a pack: ")


@pytest.mark.parametrize(
    ("child", "words"),
    [
        ("import os; os.abort()", "ends the process"),
        ("raise SystemExit(3)", "takes too much memory"),
        ("import time; time.sleep(60)", "does not end"),
    ],
)
def test_what_harms_its_reader_is_refused(
    child: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pack_file, "CHILD", child)
    with pytest.raises(SubmissionError, match=rf"^the pack: cannot be read safely: .*{words}"):
        pack_file.check(b"", field="the pack", seconds=1.0 if "time" in child else 60.0)


def test_the_child_imports_nothing_of_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyarrow.py").write_text("import os; os.abort()", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", ["", *sys.path])
    pack_file.check(submissions.submission()[1], field="the pack")


def repeated_text(length: int, rows: int) -> bytes:
    """One text in a dictionary, at every row: what is stated of it is a few bytes a row."""
    words = pa.DictionaryArray.from_arrays(np.zeros(rows, np.int32), ["x" * length])
    table = pa.table({"document": words}).replace_schema_metadata(metadata())
    return submissions.written(table, compression="zstd")


def alike(rows: int) -> bytes:
    """Numbers that are all the same."""
    table = pa.table({"norm": np.zeros(rows, np.float32)})
    return submissions.written(table.replace_schema_metadata(metadata()), compression="zstd")


def metadata() -> dict[bytes, bytes]:
    return dict(parquet.table(submissions.submission()[1]).schema.metadata)


def records(size: int) -> bytes:
    """Records that are packed from one byte, under a right checksum."""
    table = parquet.table(submissions.submission()[1])
    unpacking = zlib.compressobj(9)
    zipped = b"".join(unpacking.compress(b" " * 1_000_000) for _ in range(size // 1_000_000))
    own = {pack.RECORDS: base64.b64encode(zipped + unpacking.flush())}
    return submissions.written(table.replace_schema_metadata({**table.schema.metadata, **own}))


def points(count: int) -> bytes:
    """A grid of more points than paths have, so that whole curves are made of few numbers."""
    given = submissions.draft()
    given.everywhere("identity/points", count)
    given.grid(json.dumps({str(count): [0.5] * count}))
    many = pa.concat_tables([given.table.slice(0, 1)] * 3_000)
    given.fields["records"] = given.fields["records"][:1]
    given["records/0/paths"] = given["records/0/identity/bases"] = 3_000
    given.rewritten(lambda _: many.combine_chunks())
    return given.paths


BOMBS: dict[str, tuple[Callable[[], bytes], str]] = {
    "values that are stated": (lambda: alike(11_000_000), "states more than 10,000,000 values"),
    "bytes that are stated": (
        lambda: submissions.written(
            pa.table({"x": np.zeros(9_000_000)}), use_dictionary=False, compression="zstd"
        ),
        "more than 64,000,000 bytes unpacked",
    ),
    "a text that is repeated": (lambda: repeated_text(100_000, 2_000), "bytes unpacked"),
    "a text that is repeated beyond memory": (
        lambda: repeated_text(1_000_000, 100_000),
        "takes too much memory|is not a pack",
    ),
    "records": (lambda: records(100_000_000), "more than 1,000,000 bytes"),
    "a grid": (lambda: points(1_000_000), "takes too much memory"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_costs_the_child_alone(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, said = BOMBS[name]
    place = submissions.put(tmp_path) / f"{submissions.NAME}.json"
    place.with_suffix(".parquet").write_bytes(make())
    monkeypatch.setattr(parquet, "table", lambda *_: pytest.fail("was read here"))
    with pytest.raises(SubmissionError, match=said):
        folder.files(place)


def test_every_bit_that_is_flipped_is_found_though_it_is_vouched_for() -> None:
    given, known = submissions.draft(), submissions.submission()[1]
    cells = pack_file.cells(known)
    rng = np.random.default_rng(0)
    for place in rng.integers(0, len(known), size=60).tolist():
        flipped = bytearray(known)
        flipped[place] ^= 1 << int(rng.integers(8))
        given.packed = bytes(flipped)
        try:
            found = checks.read(given.content, given.packed)[1]
        except SubmissionError:
            continue
        # Some bytes of a footer say nothing, such as who wrote it; numbers are never others.
        assert [(each.record, each.table) for each in found] == [
            (each.record, each.table) for each in cells
        ]


@given(
    field=st.sampled_from(sorted(submissions.draft()["records/0"])),
    value=st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
        lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
        max_leaves=8,
    ),
)
@settings(max_examples=60)
def test_any_value_of_any_field_of_a_record_is_accepted_or_refused(
    field: str, value: object
) -> None:
    spoiled = submissions.draft()
    spoiled[f"records/1/{field}"] = value
    with contextlib.suppress(SubmissionError):
        checks.read(spoiled.content, spoiled.paths)
