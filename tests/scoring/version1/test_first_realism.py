from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from synact_bench.metrics import METRICS, metrics_for
from synact_bench.scoring import Comparison, Resampling
from synact_bench.scoring.version1.first_realism import FirstRealism
from synact_bench.scoring.version1.overall import summarise
from tests.helpers.samples import CELLS, GAUSSIAN, REAL, compared, sample

HEADLINE = {name for name, each in METRICS.items() if each.status == "headline"}


@pytest.fixture(scope="module")
def board() -> Comparison:
    """A near and a far row; the far one lacks every base of the first ten documents."""
    whole = compared({"near": 0.5, "far": 2.0}, rng=np.random.default_rng(0))
    late = {
        cell: dict(rows) | {"far": rows["far"].where(rows["far"].bases >= 20)}
        for cell, rows in whole.samples.items()
    }
    return dataclasses.replace(whole, samples=late)


def first(board: Comparison) -> FirstRealism:
    rng = np.random.default_rng(0)
    return FirstRealism(
        board, GAUSSIAN, Resampling.bootstrap(board.documents, rng=rng, replicates=30)
    )


def test_rows_stand_between_the_gaussian_and_real(board: Comparison) -> None:
    found = first(board).overalls(cells=CELLS)
    realism = {name: each.overall.value for name, each in found.items()}
    assert realism[GAUSSIAN] == pytest.approx(0)
    assert realism[GAUSSIAN] < realism["far"] < realism["near"]
    assert all(realism["near"] < realism[name] for name in REAL)


def test_a_realism_is_that_of_the_distances(board: Comparison) -> None:
    made = first(board)
    scores = board.scores(made.resampling, headline_only=True)
    for cell in CELLS:
        for name in set(metrics_for(*cell)) & HEADLINE:
            row, gaussian = (scores[each][cell][name] for each in ("near", GAUSSIAN))
            length = gaussian.distance.value - gaussian.d_floor
            expected = (gaussian.distance.value - row.distance.value) / length
            assert made.realisms(rows=["near"])["near"][cell][name].value == pytest.approx(expected)


def test_a_row_with_dropped_pairs_is_scaled_on_its_own_bases(board: Comparison) -> None:
    documents = {f"d{number:03d}" for number in range(10, 30)}
    made = first(board)
    alone = dataclasses.replace(made, comparison=board.where(documents), _scales={})
    found, expected = (each.realisms(rows=["far"])["far"] for each in (made, alone))
    for cell in CELLS:
        for name, each in found[cell].items():
            assert each.value == expected[cell][name].value


def test_without_a_step_toward_real_no_metric_is_applicable() -> None:
    board = compared({"near": 0.5}, rng=np.random.default_rng(0))
    # Numbers of about 10 become sharpnesses of about 1.2: a step is 1.5 or more.
    samples = {
        cell: {
            name: sample(
                np.maximum(each.rows["kl_curve_gap"][:, 0] - 8.8, 1.0),
                log_kl=each.rows["kl_curve_gap"],
                documents=each.documents,
            )
            for name, each in rows.items()
        }
        for cell, rows in board.samples.items()
    }
    flat = dataclasses.replace(board, samples=samples)
    for cell in first(flat).realisms(rows=["near"])["near"].values():
        for each in cell.values():
            assert each.reason == f"not applicable: {flat.no_event}"
            assert not each.applicable


def test_overalls_sum_up_each_row(board: Comparison) -> None:
    made = first(board)
    realisms = made.realisms(rows=["near", "far"])
    found = made.overalls(cells=CELLS, rows=["near", "far"])
    assert set(found) == {"near", "far"}
    for name, each in found.items():
        assert each.overall.value == summarise(realisms[name], cells=CELLS).overall.value
