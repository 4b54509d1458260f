from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from synact_bench.scoring import CellName, Resampling
from synact_bench.scoring.curve_reference import CurveReference
from synact_bench.scoring.curve_scale import measured_scale
from synact_bench.scoring.curve_scores import check_scale, energies, scores_of
from synact_bench.scoring.swap_null import Swaps
from tests.helpers.curve_rows import Prompts

CELLS = (CellName("one", "a"), CellName("one", "b"), CellName("two", "a"))
SHIFTS = {"held-out": 0.0, "near": 0.5, "gaussian": 2.0, "far": 4.0}


@pytest.fixture(scope="module")
def board():
    rng = np.random.default_rng(0)
    prompts = Prompts(60, rng=rng)
    samples, references, scales = {}, {}, {}
    for cell in CELLS:
        real = [prompts.row() for _ in range(4)]
        scales[cell] = measured_scale(real, [prompts.row(shift=2.0) for _ in range(4)])
        references[cell] = CurveReference.of(real, scales[cell].units)
        samples[cell] = {name: prompts.row(shift=shift) for name, shift in SHIFTS.items()}
    resampling = Resampling.bootstrap(prompts.names, rng=rng, replicates=300)
    swaps = Swaps.draw(prompts.names, rng=rng, swaps=300)
    return samples, references, scales, {"resampling": resampling, "swaps": swaps}


def scored(board, **changed):
    samples, references, scales, drawn = board
    parts = {"first": CELLS[:1], "last": CELLS[2:]}
    options = {**drawn, "wanted": CELLS, "parts": parts, **changed}
    found = energies(samples, references, threads=options.get("threads", 2))
    return scores_of(found, scales, **options)


def test_rows_lie_where_they_were_put(board) -> None:
    found = scored(board)
    values = [found[name].overall.value for name in SHIFTS]
    assert values == sorted(values, reverse=True)
    assert values[0] > 0.85
    assert values[2] == pytest.approx(0, abs=0.1)
    assert found["held-out"].test.indistinguishable
    assert not found["near"].test.indistinguishable
    low, high = found["gaussian"].overall.estimate.interval
    assert low < 0 < high


def test_overall_is_the_mean_of_experiments_and_of_their_cells(board) -> None:
    row = scored(board)["near"]
    rho = [row.cells[cell].rho.value for cell in CELLS]
    assert row.overall.value == pytest.approx(1 - ((rho[0] + rho[1]) / 2 + rho[2]) / 2)
    assert row.by_experiment["two"].value == pytest.approx(1 - rho[2])
    assert row.parts["first"].value == pytest.approx(1 - rho[0])
    unscaled = [row.cells[cell].unscaled for cell in CELLS]
    assert row.unscaled == pytest.approx(((unscaled[0] + unscaled[1]) / 2 + unscaled[2]) / 2)
    assert not row.disagree


def test_a_row_gains_nothing_by_lacking_a_cell(board) -> None:
    samples, *rest = board
    fewer = {**samples, CELLS[2]: {"gaussian": samples[CELLS[2]]["gaussian"]}}
    row = scored((fewer, *rest))["near"]
    assert row.overall.reason == "no cell: two/a"
    assert row.by_experiment["one"].value is not None
    assert (row.test, row.unscaled) == (None, None)


def test_numbers_do_not_depend_on_threads_or_other_rows(board) -> None:
    samples, *rest = board
    alone = {cell: {"near": rows["near"]} for cell, rows in samples.items()}
    whole, single = scored(board, threads=3)["near"], scored((alone, *rest), threads=1)["near"]
    assert whole.overall.value == single.overall.value
    np.testing.assert_array_equal(
        whole.overall.estimate.replicates, single.overall.estimate.replicates
    )
    assert whole.test == single.test


def test_a_scale_of_another_reference_is_refused(board) -> None:
    _, references, scales, _ = board
    cell = CELLS[1]
    check_scale(references[cell], scales[cell], cell)
    with pytest.raises(ValueError, match="one/b: compared with 4 draws of real"):
        check_scale(references[cell], dataclasses.replace(scales[cell], draws=5), cell)
