"""A second metric of sets, on l2, from its curves to every number that scoring gives of it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy.stats import wasserstein_distance

from synact_bench import metrics
from synact_bench.core.curves import Curves
from synact_bench.metrics import METRICS, MetricSettings, metrics_for
from synact_bench.metrics.base import Floats, SetMetric, l2_curves
from synact_bench.scoring import CellName, Comparison, Resampling, Sample
from synact_bench.scoring.floor import noise_floors
from synact_bench.scoring.paired import Trio, paired_test
from synact_bench.scoring.sample import measure, pooled
from synact_bench.scoring.scores import MetricScore
from tests.helpers.curve_shapes import SETTINGS, grid
from tests.helpers.samples import GAUSSIAN, REAL

CELL = CellName("sensitivity", "relative")
POINTS, DOCUMENTS = 9, 24
CENTRES = {**dict.fromkeys(REAL, 0.5), GAUSSIAN: 0.75, "near": 0.55, "far": 0.65}


def shape(curves: Curves, _settings: MetricSettings) -> Floats:
    """l2 curves as shares of their end."""
    l2 = l2_curves(curves)
    return l2 / l2[:, -1:]


SHAPE = SetMetric(
    name="l2_shape",
    version="1",
    unit="share of the end",
    status="headline",
    experiments=frozenset({"sensitivity"}),
    definition="Wasserstein-1 distance between two sets of l2 / l2(1), mean over points",
    ingredient=shape,
)


def curves(row: str) -> Curves:
    """Steps about a row's centre. The kl of every row is alike, and of another size than l2."""
    rng = np.random.default_rng(list(row.encode()))
    centre = CENTRES[row] + 0.06 * rng.standard_normal((DOCUMENTS, 1))
    height = 20 + rng.standard_normal((DOCUMENTS, 1))
    rise = 1 / (1 + np.exp(-(grid(POINTS) - centre) / 0.08))
    kl = 1e-3 * grid(POINTS) * (1 + rng.random((DOCUMENTS, 1)))
    return Curves(grid(POINTS), (height * rise).astype(np.float32), kl.astype(np.float32))


@pytest.fixture
def board(monkeypatch: pytest.MonkeyPatch) -> Comparison:
    """Rows measured by every metric of the cell, the new one among them."""
    monkeypatch.setattr(metrics, "METRICS", {**METRICS, SHAPE.name: SHAPE})
    names = tuple(f"d{place:02d}" for place in range(DOCUMENTS))

    def row(name: str) -> Sample:
        return measure(
            curves(name),
            bases=np.arange(DOCUMENTS),
            documents=names,
            metrics=metrics_for(*CELL),
            settings=SETTINGS,
        )

    return Comparison({CELL: {name: row(name) for name in CENTRES}}, REAL)


def by_scipy(first: Floats, second: Floats) -> float:
    distances = [wasserstein_distance(first[:, n], second[:, n]) for n in range(first.shape[1])]
    return float(np.mean(distances))


def shapes(*rows: str) -> Floats:
    """The shapes of rows, computed here and not by the package."""
    l2 = np.concatenate([curves(row).l2.astype(np.float64) for row in rows])
    return l2 / l2[:, -1:]


def scores(board: Comparison, resampling: Resampling, row: str) -> dict[str, MetricScore]:
    return dict(board.scores(resampling, rows=[row])[row][CELL])


def bootstrap(board: Comparison, *, calibrated: bool) -> Resampling:
    rng = np.random.default_rng(0)
    drawn = Resampling.bootstrap(board.documents, rng=rng, replicates=40)
    return dataclasses.replace(drawn, calibrated=calibrated)


REFERENCE = REAL[:-1]


@pytest.mark.parametrize("row", ["near", "far", GAUSSIAN, REAL[-1]])
def test_its_distance_is_that_of_its_own_columns(board: Comparison, row: str) -> None:
    found = scores(board, bootstrap(board, calibrated=True), row)
    own, other = found[SHAPE.name], found["kl_curve_gap"]
    expected = by_scipy(shapes(*REFERENCE), shapes(row))
    assert own.distance is not None
    assert other.distance is not None
    assert own.distance.value == pytest.approx(expected, rel=1e-9)
    assert other.distance.value != pytest.approx(expected, rel=0.05)


def test_it_ranks_rows_that_kl_cannot_tell_apart(board: Comparison) -> None:
    resampling = bootstrap(board, calibrated=True)
    near, far = (scores(board, resampling, row)[SHAPE.name] for row in ("near", "far"))
    assert near.distance is not None
    assert far.distance is not None
    assert near.d_floor_upper is not None
    assert near.d_floor_upper < near.distance.value < 0.7 * far.distance.value


def test_its_noise_floor_is_of_its_own_columns(board: Comparison) -> None:
    draws = [board.samples[CELL][name] for name in REAL]
    floors = noise_floors({SHAPE.name: SHAPE}, draws, rng=np.random.default_rng(3), replicates=20)
    # The same draws of documents, made by hand.
    chosen = np.random.default_rng(3).integers(len(draws), size=(20, DOCUMENTS))
    rows = [shapes(name) for name in REAL]
    expected = [
        by_scipy(
            np.array([rows[draw][place] for place, draw in enumerate(picked)]),
            np.concatenate(
                [rows[draw][picked != draw] for draw in range(len(rows))],
            ),
        )
        for picked in chosen
    ]
    floor = floors[SHAPE.name]
    assert floor is not None
    np.testing.assert_allclose(floor.distances, sorted(expected), rtol=1e-9)
    found = scores(board, bootstrap(board, calibrated=True), "near")[SHAPE.name]
    assert found.d_floor == pytest.approx(np.median(expected), rel=0.3)


def test_its_replicates_are_distances_of_its_own_columns(board: Comparison) -> None:
    plain = bootstrap(board, calibrated=False)
    found = scores(board, plain, "near")[SHAPE.name].distance
    assert found is not None
    counts = plain.counts.astype(int)
    reference, row = shapes(*REFERENCE), shapes("near")
    expected = [
        by_scipy(np.repeat(reference, np.tile(each, 3), axis=0), np.repeat(row, each, axis=0))
        for each in counts
    ]
    np.testing.assert_allclose(found.replicates, expected, rtol=1e-4)
    calibrated = scores(board, bootstrap(board, calibrated=True), "near")[SHAPE.name].distance
    assert calibrated is not None
    assert calibrated.interval is not None
    low, high = calibrated.interval
    assert low < found.value < high < 3 * found.value


def test_two_versions_are_compared_by_its_own_columns(board: Comparison) -> None:
    rows = board.samples[CELL]
    trio = Trio(pooled([rows[name] for name in REFERENCE]), rows["near"], rows["far"])
    found = paired_test(SHAPE, [trio], rng=np.random.default_rng(0))
    assert found is not None
    reference = shapes(*REFERENCE)
    assert found.before == pytest.approx(by_scipy(reference, shapes("near")), rel=1e-4)
    assert found.after == pytest.approx(by_scipy(reference, shapes("far")), rel=1e-4)
    assert found.pvalue < 0.01
    other = paired_test(METRICS["kl_curve_gap"], [trio], rng=np.random.default_rng(0))
    assert other is not None
    assert other.pvalue > 0.05
