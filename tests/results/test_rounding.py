from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from numpy.typing import NDArray

from synact_bench.engine.refinement import Sought, most_wanted
from synact_bench.results import pack
from synact_bench.results.rounding import BITS, LARGEST, MANTISSA, nearest, rounded
from synact_bench.results.store import Cell
from tests.helpers import cells
from tests.helpers.commands import invoke
from tests.results.test_pack import assert_same, refined

REFINED = 6
FLOATS = st.floats(width=32)
FINITE = st.floats(width=32, allow_nan=False, allow_infinity=False)
KEPT = st.integers(1, MANTISSA)


def one(value: float) -> NDArray[np.float32]:
    return np.array([value], np.float32)


def dropped(values: NDArray[np.float32], bits: int) -> NDArray[np.uint32]:
    """The bits of the mantissa that should be zero."""
    return values.view(np.uint32) & np.uint32((1 << (MANTISSA - bits)) - 1)


@given(FLOATS, KEPT)
def test_rounding_twice_is_rounding_once(value: float, bits: int) -> None:
    once = nearest(one(value), bits)
    assert once.dtype == np.float32
    assert_array_equal(nearest(once, bits), once)


@given(FINITE, KEPT)
@example(float(LARGEST), 8)
@example(-float(LARGEST), 1)
@example(2.0**-149, 1)
@example(0.0, 8)
@example(-0.0, 8)
def test_what_is_lost_is_a_small_share_of_the_number(value: float, bits: int) -> None:
    found = nearest(one(value), bits)
    assert np.isfinite(found).all()
    assert abs(float(found[0]) - value) <= 2.0 ** -(bits + 1) * abs(value)
    assert np.signbit(found[0]) == np.signbit(value)


@given(FINITE.filter(lambda value: 2.0**-126 <= abs(value) < 2.0**127), KEPT)
def test_the_low_bits_are_zero(value: float, bits: int) -> None:
    assert not dropped(nearest(one(value), bits), bits).any()


@given(FLOATS)
def test_all_bits_change_nothing(value: float) -> None:
    assert_array_equal(nearest(one(value), MANTISSA), one(value))


@given(FINITE, FINITE, KEPT)
def test_order_is_kept(first: float, second: float, bits: int) -> None:
    low, high = sorted((first, second))
    assert nearest(one(low), bits) <= nearest(one(high), bits)


def test_numbers_are_rounded_to_the_nearest_and_ties_to_even() -> None:
    given = np.array([1.124, 1.125, 1.126, 1.375, 100.0, 0.1], np.float32)
    assert_array_equal(nearest(given, 2), np.array([1.0, 1.0, 1.25, 1.5, 96.0, 0.09375]))


def test_what_is_no_finite_number_stays() -> None:
    given = np.array([[np.nan, np.inf], [-np.inf, LARGEST]], np.float32)
    assert_array_equal(nearest(given, 3), given)


@pytest.mark.parametrize("bits", [-1, 0, MANTISSA + 1])
def test_bits_that_a_float32_has_not_are_refused(bits: int) -> None:
    with pytest.raises(ValueError, match=f"1 to 23, not {bits}"):
        nearest(one(1.0), bits)


@pytest.fixture
def cell() -> Cell:
    return cells.cell("gaussian", refined=REFINED)


def test_curves_of_refined_bases_keep_every_bit(cell: Cell) -> None:
    found, given = rounded(cell).table, cell.table
    whole = given.base < REFINED
    assert found.where(whole) == given.where(whole)
    assert_array_equal(found.curves.run, given.curves.run)
    for name in ("l2", "kl"):
        expected = nearest(getattr(given.curves, name)[~whole], BITS)
        assert_array_equal(getattr(found.curves, name)[~whole], expected)
        assert not np.array_equal(expected, getattr(given.curves, name)[~whole], equal_nan=True)
    for name, values in given.geometry.items():
        assert_array_equal(found.geometry[name][~whole], nearest(values[~whole], BITS))


def test_the_record_and_what_metrics_make_of_the_curves_stay(cell: Cell) -> None:
    found = rounded(cell)
    assert found.record == cell.record
    for name, known in cell.sample.values.items():
        assert_array_equal(found.sample.values[name].values, known.values)


def test_a_refined_curve_lacks_no_point_after_it() -> None:
    cell: Any = refined(cells.cell("gaussian"))
    sought = Sought.of(cell.record.events, tau=cell.record.metric_facts.tau)
    assert sought is not None
    for each in (cell, rounded(cell), pack.loads(pack.dumps([rounded(cell)]))[0]):
        curves: Any = each.table.curves
        assert_array_equal(
            most_wanted(curves.l2, curves.run, sought, 1),
            most_wanted(cell.table.curves.l2, cell.table.curves.run, sought, 1),
        )


def test_what_is_rounded_is_packed_to_the_bit_and_no_further(cell: Cell) -> None:
    once = rounded(cell)
    (found,) = pack.loads(pack.dumps([once]))
    assert_same([found], [once])
    assert pack.dumps([rounded(found)]) == pack.dumps([once])


def test_an_empty_cell_can_be_rounded() -> None:
    empty = cells.cell("isotropic", dropped=cells.BASES)
    assert_same([rounded(empty)], [empty])


def test_the_command_rounds_unless_it_is_told_not_to(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    given = cells.whole_board(cells.FEW, refined=REFINED)
    given = sorted(given, key=lambda each: each.record.identity.stem)
    whole, again, short, shorter = (tmp_path / f"{name}.parquet" for name in "abcd")
    pack.save(given, whole)
    for place, *options in ((again, whole, "--exact"), (short, whole), (shorter, short)):
        assert invoke("pack", *options, "--out", place) == 0
    assert again.read_bytes() == whole.read_bytes()
    assert_same(pack.load(short), [rounded(each) for each in given])
    assert shorter.read_bytes() == short.read_bytes()
    assert pq.read_schema(short).equals(pq.read_schema(whole))
    assert f"wrote {short}: {len(given)} cells" in capfd.readouterr().out
