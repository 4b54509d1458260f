from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synact_bench.metrics import METRICS, metrics_for
from synact_bench.rescoring.version1 import FirstRealism, FirstScale, Realisms, overall
from synact_bench.scoring import CellName, Comparison, Estimate, Resampling
from tests.helpers.samples import CELLS, GAUSSIAN, REAL, compared, of_documents, without_a_step

HEADLINE = {name for name, each in METRICS.items() if each.status == "headline"}
THREE = (*CELLS, CellName("sensitivity", "matched"))
distances = st.floats(0, 1e3)


def board(gaussian: float = 3.0) -> Comparison:
    """A near and a far row; the far one lacks every base of the first ten documents."""
    shifts = {"near": 0.5, "far": 2.0, GAUSSIAN: gaussian}
    whole = compared(shifts, rng=np.random.default_rng(0))
    late = {
        cell: dict(rows) | {"far": rows["far"].where(rows["far"].bases >= 20)}
        for cell, rows in whole.samples.items()
    }
    return dataclasses.replace(whole, samples=late)


def first(given: Comparison) -> FirstRealism:
    rng = np.random.default_rng(0)
    resampling = Resampling.bootstrap(given.documents, rng=rng, replicates=30)
    return FirstRealism(given, GAUSSIAN, resampling)


@pytest.fixture(scope="module")
def made() -> FirstRealism:
    return first(board())


@pytest.mark.parametrize(
    ("distance", "expected"), [(0.2, 1.0), (1.0, 0.0), (0.6, 0.5), (1.8, -1.0), (0.0, 1.25)]
)
def test_the_scale_runs_from_the_gaussian_to_the_floor(distance: float, expected: float) -> None:
    found = FirstScale(Estimate(1.0), 0.2).realism(Estimate(distance))
    assert found.value == pytest.approx(expected)


@given(distances, distances, st.floats(0.01, 1e3), distances, st.floats(0.01, 100))
def test_closer_is_never_worse_and_units_do_not_matter(
    near: float, further: float, length: float, floor: float, unit: float
) -> None:
    def placed(distance: float, unit: float) -> float:
        scale = FirstScale(Estimate((floor + length) * unit), floor * unit)
        return scale.realism(Estimate(distance * unit)).value

    assert placed(near, 1) >= placed(near + further, 1)
    assert placed(near, unit) == pytest.approx(placed(near, 1), rel=1e-6, abs=1e-6)


def test_replicates_share_the_documents_of_row_and_gaussian() -> None:
    rng = np.random.default_rng(0)
    row, gaussian = rng.uniform(0, 3, 50), rng.uniform(2, 4, 50)
    found = FirstScale(Estimate(3.0, gaussian), 0.5).realism(Estimate(1.0, row))
    assert found.value == pytest.approx(2 / 2.5)
    expected = [(g - d) / (g - 0.5) for d, g in zip(row, gaussian, strict=True)]
    np.testing.assert_allclose(found.replicates, expected)
    assert not len(FirstScale(Estimate(3.0), 0.5).realism(Estimate(1.0, row)).replicates)


def test_rows_stand_between_the_gaussian_and_real(made: FirstRealism) -> None:
    found = {name: overall(made.realisms(name), CELLS) for name in (GAUSSIAN, "far", "near", *REAL)}
    value = {name: each.value for name, each in found.items() if each is not None}
    assert value[GAUSSIAN] == pytest.approx(0)
    assert value[GAUSSIAN] < value["far"] < value["near"]
    assert all(value["near"] < value[name] for name in REAL)


def test_a_realism_is_that_of_the_distances(made: FirstRealism) -> None:
    scores = made.comparison.scores(made.resampling, rows=["near", GAUSSIAN])
    found = made.realisms("near")
    assert {cell: set(each) for cell, each in found.items()} == {
        cell: set(metrics_for(*cell)) & HEADLINE for cell in CELLS
    }
    for cell, metrics in found.items():
        for name, each in metrics.items():
            row, gaussian = (scores[one][cell][name] for one in ("near", GAUSSIAN))
            length = gaussian.distance.value - gaussian.d_floor
            expected = (gaussian.distance.value - row.distance.value) / length
            assert each is not None
            assert each.value == pytest.approx(expected)


def test_a_row_with_dropped_pairs_is_scaled_on_its_own_bases(made: FirstRealism) -> None:
    documents = {f"d{number:03d}" for number in range(10, 30)}
    alone = FirstRealism(of_documents(made.comparison, documents), GAUSSIAN, made.resampling)
    found, expected = (each.realisms("far") for each in (made, alone))
    for cell in CELLS:
        for name, each in found[cell].items():
            assert each is not None
            assert each.value == expected[cell][name].value


def test_a_gaussian_that_is_as_near_as_real_makes_no_metric_applicable() -> None:
    made = first(board(gaussian=0.0))
    assert made.realisms("near") == {cell: {} for cell in CELLS}
    assert overall(made.realisms("near"), CELLS) is None


def test_a_row_without_a_path_has_no_number_where_others_have_one(made: FirstRealism) -> None:
    samples = {
        cell: {**rows, "none": rows["near"].where(rows["near"].bases < 0)}
        for cell, rows in made.comparison.samples.items()
    }
    found = first(dataclasses.replace(made.comparison, samples=samples))
    for metrics in found.realisms("none").values():
        assert metrics
        assert set(metrics.values()) == {None}
    assert overall(found.realisms("none"), CELLS) is None


def test_without_a_step_toward_real_no_metric_is_applicable() -> None:
    flat = without_a_step(board())
    assert flat.no_event is not None
    assert first(flat).realisms("near") == {cell: {} for cell in CELLS}


def realisms(**changed: float | None) -> Realisms:
    """Realism by ``<path>_<metric>``, 0.5 where not given."""
    return {
        cell: {
            name: None if value is None else Estimate(value, np.array([value, value + 1]))
            for name, each in METRICS.items()
            if name in HEADLINE and each.applies(*cell)
            for value in [changed.get(f"{cell.path}_{name}", 0.5)]
        }
        for cell in THREE
    }


def test_the_mean_is_over_cells_then_over_metrics() -> None:
    found = overall(
        realisms(
            relative_step_sharpness=0.8,
            matched_step_sharpness=0.2,
            relative_max_slope_step=1.0,
            matched_max_slope_step=0.0,
            relative_kl_curve_gap=0.9,
            matched_kl_curve_gap=0.6,
            scaled_kl_curve_gap=0.0,
            scaled_plateau_width=-0.5,
        ),
        THREE,
    )
    assert found is not None
    assert found.value == pytest.approx((-0.5 + 0.5 + 0.5 + 0.5) / 4)
    np.testing.assert_allclose(found.replicates, [found.value, found.value + 1])


def test_a_metric_is_no_part_of_the_mean_where_it_is_not_applicable() -> None:
    given = {cell: dict(each) for cell, each in realisms(matched_max_slope_step=0.9).items()}
    del given[THREE[0]]["max_slope_step"]
    del given[THREE[1]]["plateau_width"]
    found = overall(given, THREE)
    assert found is not None
    assert found.value == pytest.approx((0.5 + 0.9 + 0.5) / 3)


def test_a_row_gains_nothing_by_a_number_or_a_cell_that_it_lacks() -> None:
    assert overall(realisms(matched_max_slope_step=None), THREE) is None
    two = {cell: each for cell, each in realisms().items() if cell != THREE[2]}
    assert overall(two, THREE) is None
    assert overall(two, CELLS) is not None
