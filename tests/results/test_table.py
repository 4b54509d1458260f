from __future__ import annotations

import dataclasses

import numpy as np
import pandas
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from synact_bench.curves import Curves
from synact_bench.metrics.base import PathValues
from synact_bench.results.store import encode
from synact_bench.results.table import GEOMETRY, CellTable, from_arrow, to_arrow
from tests.helpers import cells


def assert_equal(first: CellTable, second: CellTable) -> None:
    assert list(first.geometry) == list(second.geometry)
    pairs = [(first.base, second.base)]
    pairs += [(each, second.geometry[name]) for name, each in first.geometry.items()]
    for left, right in pairs:
        assert left.dtype == right.dtype
        assert_array_equal(left, right)
    assert first.document == second.document
    assert list(first.values) == list(second.values)
    for name, each in first.values.items():
        assert_array_equal(each.values, second.values[name].values)
        assert_array_equal(each.censored, second.values[name].censored)
    assert_array_equal(first.curves.fractions, second.curves.fractions)
    for name in ("l2", "kl"):
        left, right = getattr(first.curves, name), getattr(second.curves, name)
        assert left.dtype == right.dtype
        assert_array_equal(left, right)


def small(values: list[float], censored: list[bool], points: int = 3) -> CellTable:
    paths = len(values)
    flat = np.arange(paths * points, dtype=np.float32).reshape(paths, points)
    return CellTable(
        base=np.arange(paths),
        document=tuple("d" * paths),
        geometry={name: np.full(paths, place, np.float32) for place, name in enumerate(GEOMETRY)},
        values={"m": PathValues(np.array(values, np.float64), np.array(censored, bool))},
        curves=Curves(np.linspace(0, 1, points), flat, -flat),
    )


def test_a_table_survives_arrow() -> None:
    table = cells.cell("gaussian", "plateau", "absolute").table
    assert len(table.values) == 2
    assert_equal(from_arrow(to_arrow(table)), table)


def test_a_table_without_paths_survives() -> None:
    table = cells.cell("gaussian", dropped=cells.BASES).table
    again = from_arrow(to_arrow(table))
    assert_equal(again, table)
    assert again.curves.l2.shape == (0, cells.POINTS)


def test_nan_stays_nan_and_a_censored_number_stays_a_number() -> None:
    table = small([0.5, np.nan, 1.0], [False, True, True])
    again = from_arrow(to_arrow(table)).values["m"]
    assert_array_equal(again.values, [0.5, np.nan, 1.0])
    assert_array_equal(again.censored, [False, True, True])
    assert to_arrow(table)["m"].null_count == 0


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=2))
def test_fractions_and_curves_keep_every_bit(numbers: list[float]) -> None:
    row = np.array([numbers], np.float32)
    fractions = np.array(numbers, np.float64) / 3
    table = dataclasses.replace(small([1.0], [False]), curves=Curves(fractions, row, row))
    assert_equal(from_arrow(to_arrow(table)), table)


@pytest.mark.parametrize("name", ["base", "document", *GEOMETRY, "l2", "kl"])
def test_a_missing_column_is_named(name: str) -> None:
    stored = to_arrow(small([1.0], [False])).drop_columns([name])
    with pytest.raises(KeyError, match=name):
        from_arrow(stored)


def test_missing_fractions_are_named() -> None:
    stored = to_arrow(small([1.0], [False])).replace_schema_metadata(None)
    with pytest.raises(KeyError, match="fractions"):
        from_arrow(stored)


def test_curves_of_another_length_than_the_fractions_are_refused() -> None:
    stored = to_arrow(small([1.0], [False]))
    with pytest.raises(ValueError, match="reshape"):
        from_arrow(stored.replace_schema_metadata({"fractions": "[0.0, 1.0]"}))


def test_pandas_reads_what_the_manual_says(tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "cell.parquet"
    path.write_bytes(encode(small([0.5, np.nan], [False, True])))
    frame = pandas.read_parquet(path)
    assert list(frame.columns) == [
        *("base", "document", "distance", "norm", "cosine", "mahalanobis"),
        *("m", "m.censored", "l2", "kl"),
    ]
    assert_array_equal(np.stack(frame["l2"]), [[0, 1, 2], [3, 4, 5]])


def test_which_points_were_measured_survives() -> None:
    table = small([1.0, 2.0], [False, True])
    measured = np.array([[True, False, True], [True, True, True]])
    part = dataclasses.replace(table, curves=dataclasses.replace(table.curves, measured=measured))
    again = from_arrow(to_arrow(part))
    assert_array_equal(again.curves.measured, measured)
    assert again.curves.points_run == 5
    assert from_arrow(to_arrow(table)).curves.measured is None
    assert table.curves.points_run == 6
