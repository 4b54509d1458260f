from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy.stats import wasserstein_distance

from synact_bench.core.experiments import REAL
from synact_bench.regression.distances import distances
from synact_bench.reports import board
from synact_bench.scoring import CellName
from tests.helpers.cells import whole_board
from tests.helpers.snapshots import snapshot

ROW, CELL = "synthetic-structured", CellName("plateau", "scaled")
BOARD = snapshot(*REAL, ROW)


def test_they_are_those_of_a_board() -> None:
    made = board.build(whole_board())
    (row,) = [each for each in made.rows if each.name == ROW]
    found = distances((ROW, CELL), BOARD)
    assert found.keys() == {"plateau_width", "kl_curve_gap"}
    for name, distance in found.items():
        assert distance == pytest.approx(row.metrics[CELL][name].distance.value, rel=1e-12)


def test_reference_is_all_draws_but_the_last() -> None:
    def widths(name: str) -> np.ndarray:
        return BOARD.cells[name, CELL].sample.values["plateau_width"].values

    pool = np.concatenate([widths(name) for name in REAL[:-1]])
    expected = wasserstein_distance(pool, widths(ROW))
    assert distances((ROW, CELL), BOARD)["plateau_width"] == pytest.approx(expected, rel=1e-12)


def test_without_a_draw_there_is_none() -> None:
    cells = {key: each for key, each in BOARD.cells.items() if key[0] != REAL[1]}
    assert distances((ROW, CELL), dataclasses.replace(BOARD, cells=cells)) == {}
