"""Energy: what a board of version 2 costs, with intervals, ranks and nulls.

Run with ``make bench-speed``. Nothing is swept: curves of 1000 bases of 400 documents are drawn,
for 22 rows in four cells.
"""

from collections.abc import Mapping

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from synact_bench.core.curves import SCORED, Curves
from synact_bench.scoring import CellName, Resampling
from synact_bench.scoring.curve_reference import CurveReference
from synact_bench.scoring.curve_sample import CurveSample
from synact_bench.scoring.curve_scale import CurveScale, measured_scale
from synact_bench.scoring.curve_scores import CurveScore, energies, scores_of
from synact_bench.scoring.failures import failures
from synact_bench.scoring.ranking import Ranking, rank
from synact_bench.scoring.swap_null import Swaps

CELLS = tuple(
    CellName(experiment, path)
    for experiment, path in (
        ("sensitivity", "relative"),
        ("sensitivity", "matched"),
        ("plateau", "scaled"),
        ("plateau", "absolute"),
    )
)
ROWS, BASES, DOCUMENTS, DRAWS = 22, 1000, 400, 5
GRID = np.array([0.0, *SCORED])
NAMES = tuple(f"{place * DOCUMENTS // BASES:03d}" for place in range(BASES))

Board = Mapping[CellName, Mapping[str, CurveSample]]
Facts = tuple[Mapping[CellName, CurveReference], Mapping[CellName, CurveScale]]


def drawn(shift: float, rng: np.random.Generator) -> CurveSample:
    size = np.exp(shift + 0.4 * rng.normal(size=(BASES, 1)))
    wiggle = np.exp(0.1 * rng.normal(size=(BASES, len(GRID))))
    l2, kl = 100 * size * GRID**1.5 * wiggle, size * GRID**2 * wiggle
    curves = Curves(GRID, l2.astype(np.float32), kl.astype(np.float32))
    return CurveSample(np.arange(BASES), NAMES, curves)


@pytest.fixture(scope="module")
def board() -> Board:
    rng = np.random.default_rng(0)
    shifts = {f"row-{place}": 0.04 * place for place in range(ROWS)}
    return {cell: {name: drawn(shift, rng) for name, shift in shifts.items()} for cell in CELLS}


@pytest.fixture(scope="module")
def facts() -> Facts:
    rng = np.random.default_rng(1)
    references, scales = {}, {}
    for cell in CELLS:
        real = [drawn(0.0, rng) for _ in range(DRAWS)]
        scales[cell] = measured_scale(real, [drawn(0.5, rng) for _ in range(4)])
        references[cell] = CurveReference.of(real, scales[cell].units)
    return references, scales


def test_standard_board(benchmark: BenchmarkFixture, board: Board, facts: Facts) -> None:
    """22 rows, four cells, 1000 bases: 2000 replicates, 2000 swaps, ranks overall and by cell."""
    resampling = Resampling.bootstrap(NAMES, rng=np.random.default_rng(2))
    swaps = Swaps.draw(NAMES, rng=np.random.default_rng(3))

    def scored() -> tuple[dict[str, CurveScore], list[Ranking]]:
        found = energies(board, facts[0])
        scores = scores_of(found, facts[1], resampling=resampling, swaps=swaps, wanted=CELLS)
        overall = {name: each.overall.estimate for name, each in scores.items()}
        ranks = [rank({name: each for name, each in overall.items() if each is not None})]
        for cell in CELLS:
            ranks.append(rank({name: each.cells[cell].rho for name, each in scores.items()}))
        return scores, ranks

    scores, ranks = benchmark.pedantic(scored, rounds=2)
    assert all(each.overall.estimate.interval for each in scores.values())
    assert max(ranks[0].ranks.values()) > ROWS // 2


def test_failures(benchmark: BenchmarkFixture, board: Board, facts: Facts) -> None:
    """What gives one row away in one cell."""
    row = board[CELLS[0]]["row-5"]
    found = benchmark.pedantic(failures, args=(facts[0][CELLS[0]], row), rounds=3)
    assert len(found.bases) == 8
