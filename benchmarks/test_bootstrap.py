"""Bootstrap: what the intervals of the published board cost.

Run with ``make bench-speed``. Nothing is swept: the stored cells of the standard preset are scored.
"""

from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from synact_bench.reports import board
from synact_bench.reports.archive import part
from synact_bench.reports.comparable import arrange
from synact_bench.reports.scored_cells import ScoredCells
from synact_bench.results import pack
from synact_bench.results.store import Cell
from synact_bench.scoring import Resampling

ROOT = Path(__file__).parents[1]
PACK = ROOT / "leaderboard/records/smollm2-135m.parquet"


@pytest.fixture(scope="module")
def published() -> list[Cell]:
    """The stored cells of the published board."""
    return pack.load(PACK)


def test_replicates(benchmark: BenchmarkFixture, published: list[Cell]) -> None:
    """2000 replicates of every distance; the noise floors are there already."""
    cells = board.scored(arrange(part(published)[0]))
    comparison = board.compared(cells)
    comparison.scores(Resampling.without(comparison.documents, []))
    resampling = ScoredCells.of(cells).bootstrap()
    scores = benchmark.pedantic(comparison.scores, args=(resampling,), rounds=3)
    widths = [
        score.distance.interval
        for cells in scores.values()
        for metrics in cells.values()
        for score in metrics.values()
        if score.distance is not None
    ]
    assert all(widths)
