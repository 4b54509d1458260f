from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synact_bench.scoring.curve_reference import CurveReference, common_bases, residuals
from synact_bench.scoring.curve_sample import CurveSample
from synact_bench.scoring.curve_scale import measured_units
from synact_bench.scoring.energy import energy
from synact_bench.scoring.pair_sums import DocumentOrder
from tests.helpers.curve_rows import Prompts


def drawn(seed: int = 0, documents: int = 12):
    prompts = Prompts(documents, rng=np.random.default_rng(seed))
    real = [prompts.row() for _ in range(4)]
    return real, measured_units(real), prompts


def test_it_is_the_energy_of_residuals() -> None:
    real, units, prompts = drawn()
    row = prompts.row(shift=1)
    features = [units.features(each.curves) for each in (row, *real)]
    x, y = residuals(features[0], np.stack(features[1:]))
    found = CurveReference.of(real, units).energy(row)
    assert found.value == pytest.approx(energy(x, y, DocumentOrder.of(row.documents)).value)


def test_a_row_that_lacks_bases_is_compared_on_its_own() -> None:
    real, units, prompts = drawn()
    row = prompts.row(shift=1)
    kept = np.random.default_rng(0).random(len(row)) < 0.6
    few = CurveReference.of([each.where(kept) for each in real], units).energy(row.where(kept))
    whole = CurveReference.of(real, units)
    assert whole.energy(row.where(kept)).value == pytest.approx(few.value, rel=1e-6)
    assert int(whole.energy(row.where(kept)).sizes.sum()) == kept.sum()


def test_bases_that_a_draw_of_real_lacks_are_left_out() -> None:
    real, units, prompts = drawn()
    kept = np.arange(len(real[0])) != 3
    reference = CurveReference.of([real[0].where(kept), *real[1:]], units)
    assert 3 not in reference.bases
    np.testing.assert_array_equal(reference.bases, common_bases([real[1], real[0].where(kept)]))
    assert int(reference.energy(prompts.row()).sizes.sum()) == kept.sum()


@settings(max_examples=15)
@given(st.integers(0, 100))
def test_the_order_of_paths_plays_no_part(seed: int) -> None:
    real, units, prompts = drawn(seed)
    row = prompts.row(shift=0.5)
    order = np.random.default_rng(seed).permutation(len(row))
    mixed = row.on(row.bases[order])
    reference = CurveReference.of(real, units)
    assert reference.energy(mixed).value == pytest.approx(reference.energy(row).value)


def test_curves_of_other_prompts_are_told_from_those_of_their_own() -> None:
    real, units, prompts = drawn(documents=60)
    row, reference = prompts.row(), CurveReference.of(real, units)
    wrong = CurveSample(np.roll(row.bases, 7), tuple(np.roll(row.documents, 7)), row.curves)
    assert reference.energy(wrong).value > 10 * abs(reference.energy(row).value)


def test_one_draw_of_real_is_no_reference() -> None:
    real, units, _ = drawn()
    with pytest.raises(ValueError, match="at least two draws of real, not 1"):
        CurveReference.of(real[:1], units)


def arrays(seed: int, draws: int = 4):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(6, 3)), rng.normal(size=(draws, 6, 3))


def test_residuals_are_what_loops_find() -> None:
    row, real = arrays(0)
    x, y = residuals(row, real)
    for k in range(4):
        others = np.mean([real[j] for j in range(4) if j != k], axis=0)
        np.testing.assert_allclose(x[k], row - others)
        np.testing.assert_allclose(y[k], real[k] - others)


@given(st.integers(0, 100))
def test_what_is_added_to_all_curves_of_a_base_plays_no_part(seed: int) -> None:
    row, real = arrays(seed)
    added = 10 * np.random.default_rng(seed + 1).normal(size=row.shape)
    for plain, moved in zip(
        residuals(row, real), residuals(row + added, real + added), strict=True
    ):
        np.testing.assert_allclose(moved, plain, atol=1e-12)


def test_a_row_that_is_a_draw_trades_places_with_it() -> None:
    row, real = arrays(1)
    swapped = real.copy()
    swapped[2], other = row, real[2]
    x, y = residuals(row, real)
    x_after, y_after = residuals(other, swapped)
    np.testing.assert_allclose(x_after[2], y[2])
    np.testing.assert_allclose(y_after[2], x[2])


def test_residuals_of_what_cannot_be_compared_are_refused() -> None:
    row, real = arrays(0)
    with pytest.raises(ValueError, match="at least two draws of real, not 1"):
        residuals(row, real[:1])
    with pytest.raises(ValueError, match="must have the same paths"):
        residuals(row[:3], real)
