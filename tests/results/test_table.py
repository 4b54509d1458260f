from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pandas
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from synact_bench.core.curves import Curves
from synact_bench.core.untrusted.faults import FaultError
from synact_bench.results.store import encode
from synact_bench.results.table import GEOMETRY, CellTable, from_arrow, to_arrow
from tests.helpers import cells


def assert_equal(first: CellTable, second: CellTable) -> None:
    assert list(first.geometry) == list(second.geometry)
    pairs: list[tuple[Any, Any]] = [(first.base, second.base)]
    pairs += [(each, second.geometry[name]) for name, each in first.geometry.items()]
    for left, right in pairs:
        assert left.dtype == right.dtype
        assert_array_equal(left, right)
    assert first.document == second.document
    assert_array_equal(first.curves.fractions, second.curves.fractions)
    for name in ("l2", "kl"):
        left, right = getattr(first.curves, name), getattr(second.curves, name)
        assert left.dtype == right.dtype
        assert_array_equal(left, right)


def small(paths: int = 1, points: int = 3) -> CellTable:
    flat = np.arange(paths * points, dtype=np.float32).reshape(paths, points)
    return CellTable(
        base=np.arange(paths),
        document=tuple("d" * paths),
        geometry={name: np.full(paths, place, np.float32) for place, name in enumerate(GEOMETRY)},
        curves=Curves(np.linspace(0, 1, points), flat, -flat),
    )


def test_a_table_survives_arrow() -> None:
    table = cells.cell("gaussian", "plateau", "absolute").table
    assert_equal(from_arrow(to_arrow(table)), table)


def test_a_table_without_paths_survives() -> None:
    table = cells.cell("gaussian", dropped=cells.BASES).table
    again = from_arrow(to_arrow(table))
    assert_equal(again, table)
    assert again.curves.l2.shape == (0, cells.POINTS)


def test_what_was_not_measured_stays_unmeasured() -> None:
    table = small(paths=3)
    table.geometry["norm"][:2] = np.nan
    assert_equal(from_arrow(to_arrow(table)), table)
    assert to_arrow(table)["norm"].null_count == 0


def test_further_columns_are_left_out() -> None:
    table = small(paths=2)
    older = to_arrow(table).append_column("step_sharpness", pa.array([1.0, 2.0]))
    assert_equal(from_arrow(older), table)


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=2))
def test_fractions_and_curves_keep_every_bit(numbers: list[float]) -> None:
    row = np.array([numbers], np.float32)
    fractions = np.array(numbers, np.float64) / 3
    table = dataclasses.replace(small(), curves=Curves(fractions, row, row))
    assert_equal(from_arrow(to_arrow(table)), table)


@pytest.mark.parametrize("name", ["base", "document", *GEOMETRY, "l2", "kl"])
def test_a_missing_column_is_named(name: str) -> None:
    stored = to_arrow(small()).drop_columns([name])
    with pytest.raises(KeyError, match=name):
        from_arrow(stored)


def test_missing_fractions_are_named() -> None:
    stored = to_arrow(small()).replace_schema_metadata(None)
    with pytest.raises(KeyError, match="fractions"):
        from_arrow(stored)


def test_curves_of_another_length_than_the_fractions_are_refused() -> None:
    stored = to_arrow(small())
    with pytest.raises(ValueError, match="reshape"):
        from_arrow(stored.replace_schema_metadata({"fractions": "[0.0, 1.0]"}))


def test_pandas_reads_what_the_manual_says(tmp_path) -> None:
    path = tmp_path / "cell.parquet"
    path.write_bytes(encode(small(paths=2)))
    frame = pandas.read_parquet(path)
    assert list(frame.columns) == [
        *("base", "document", "distance", "norm", "cosine", "mahalanobis"),
        *("l2", "kl"),
    ]
    assert_array_equal(np.stack(frame["l2"]), [[0, 1, 2], [3, 4, 5]])


def test_which_points_were_measured_survives() -> None:
    table = small(paths=2)
    measured = np.array([[True, False, True], [True, True, True]])
    part = dataclasses.replace(table, curves=dataclasses.replace(table.curves, measured=measured))
    again = from_arrow(to_arrow(part))
    assert_array_equal(again.curves.measured, measured)
    assert again.curves.points_run == 5
    assert from_arrow(to_arrow(table)).curves.measured is None
    assert table.curves.points_run == 6


NUMBERS = ("base", "distance", "l2", "kl", "fractions", "measured")


@pytest.mark.parametrize("name", [*NUMBERS, "document"])
def test_tables_are_equal_if_all_that_was_measured_is(name: str) -> None:
    first, second = small(paths=2), small(paths=2)
    first.geometry["norm"][0] = second.geometry["norm"][0] = np.nan
    assert first == second
    assert first != changed(second, name)


def changed(table: CellTable, name: str) -> CellTable:
    """The same table except for one number, or one word."""
    curves = table.curves
    if name == "document":
        return dataclasses.replace(table, document=("d", "e"))
    if name == "base":
        return dataclasses.replace(table, base=table.base + 1)
    if name == "distance":
        return dataclasses.replace(
            table, geometry={**table.geometry, name: table.geometry[name] + 1}
        )
    if name == "measured":
        run = curves.run.copy()
        run[0, 1] = False
        return dataclasses.replace(table, curves=dataclasses.replace(curves, measured=run))
    moved = {name: getattr(curves, name) + 1}
    return dataclasses.replace(table, curves=dataclasses.replace(curves, **moved))


def test_a_table_of_curves_that_were_run_everywhere_is_equal_to_one_that_says_so() -> None:
    table = small(paths=2)
    said = dataclasses.replace(table.curves, measured=np.ones((2, 3), np.bool_))
    assert dataclasses.replace(table, curves=said) == table
    assert table != "a table"


WRONG: dict[str, list[pa.Array]] = {
    "base": [pa.array([0.5]), pa.array([None], pa.int64()), pa.array(["0"])],
    "document": [pa.array([1]), pa.array([None], pa.string()), pa.array([b"d"])],
    "norm": [pa.array(["1"]), pa.array([1])],
    "l2": [pa.array([[0, 1, 2]]), pa.array([["a", "b", "c"]]), pa.array([0.5])],
    "kl": [pa.array([[[0.0], [1.0], [2.0]]]), pa.array([{"a": 1}])],
}


@pytest.mark.parametrize("name", WRONG)
def test_a_column_of_other_values_is_refused_where_it_is_read(name: str) -> None:
    stored = to_arrow(small())
    from_arrow(stored)
    for column in WRONG[name]:
        at = stored.column_names.index(name)
        with pytest.raises(FaultError, match=f"column {name} does not hold what it should"):
            from_arrow(stored.set_column(at, name, column))
