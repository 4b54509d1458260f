from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from synact_bench.core.curves import SCORED, Curves
from synact_bench.scoring.curve_reference import CurveReference, residuals
from synact_bench.scoring.curve_scale import measured_scale, measured_units
from synact_bench.scoring.features import curve_features
from tests.helpers.curve_rows import Prompts


def drawn(documents: int = 30, most: int = 3, seed: int = 0):
    prompts = Prompts(documents, rng=np.random.default_rng(seed), most=most)
    return [prompts.row() for _ in range(3)], [prompts.row(shift=2) for _ in range(4)], prompts


def test_blocks_are_median_distances_of_real() -> None:
    real, _, _ = drawn(most=1)  # a base a document: all pairs count
    units = measured_units(real)
    raw = np.stack([curve_features(each.curves, length=units.length) for each in real])
    for place, block in enumerate(units.blocks):
        part = raw[:, :, place]
        expected = np.median([pdist(each) for each in residuals(part[0], part)[1]])
        assert block == pytest.approx(expected)
    assert units.length == pytest.approx(np.median([each.curves.l2[:, -1] for each in real]))
    assert units.fractions == SCORED


def test_gamma_is_the_mean_energy_of_gaussian_draws() -> None:
    real, gaussian, _ = drawn()
    scale = measured_scale(real, gaussian)
    reference = CurveReference.of(real, scale.units)
    values = [reference.energy(each).value for each in gaussian]
    assert scale.gamma == pytest.approx(np.mean(values))
    assert (scale.draws, scale.gaussians) == (3, 4)


def test_its_error_is_how_far_it_varies() -> None:
    scales = []
    for seed in range(60):
        real, gaussian, _ = drawn(documents=60, seed=seed)
        scales.append(measured_scale(real, gaussian[:1]))
    relative = [each.gamma_error / each.gamma for each in scales]
    spread = np.std([each.gamma for each in scales]) / np.mean([each.gamma for each in scales])
    assert np.sqrt(np.mean(np.square(relative))) == pytest.approx(spread, rel=0.3)


def test_units_and_gamma_do_not_depend_on_the_models_unit() -> None:
    real, gaussian, _ = drawn()

    def larger(row):
        curves = row.curves
        return dataclasses.replace(row, curves=Curves(curves.fractions, 8 * curves.l2, curves.kl))

    plain = measured_scale(real, gaussian)
    moved = measured_scale(list(map(larger, real)), list(map(larger, gaussian)))
    assert moved.units.length == pytest.approx(8 * plain.units.length)
    assert moved.units.blocks == pytest.approx(plain.units.blocks)
    assert moved.gamma == pytest.approx(plain.gamma)


def test_a_scale_without_length_is_refused() -> None:
    real, _, prompts = drawn()
    with pytest.raises(ValueError, match="at least one draw of Gaussian"):
        measured_scale(real, [])
    reference = CurveReference.of(real, measured_units(real))
    rows = [prompts.row() for _ in range(12)]
    nearest = min(rows, key=lambda row: reference.energy(row).value)  # below 0, by chance
    with pytest.raises(ValueError, match="cannot be told from real"):
        measured_scale(real, [nearest])


def test_two_documents_give_no_standard_error() -> None:
    real, gaussian, _ = drawn(documents=2)
    with pytest.raises(ValueError, match="bases of 3 documents"):
        measured_scale(real, gaussian)


def test_real_that_does_not_vary_is_refused() -> None:
    real, _, _ = drawn()
    with pytest.raises(ValueError, match="real curves do not vary in early l2"):
        measured_units([real[0]] * 3)
