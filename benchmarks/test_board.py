"""Board: what the whole of it costs, from the cells of a pack.

Run with ``make bench-speed``; ``--synact-testbed`` names the pack. Nothing is swept. A board of 22
rows of 1000 bases in three cells, with intervals, ranks, nulls and what gives each row away, is to
take less than 10 s on two cores.
"""

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from synact_bench.reports import board
from synact_bench.results import pack, published
from synact_bench.results.store import Cell
from synact_bench.scoring.resampling import REPLICATES


@pytest.fixture(scope="module")
def cells(testbed_name: str) -> list[Cell]:
    """The published cells of a testbed, their metrics not computed yet."""
    return pack.load(published.of(testbed_name))


@pytest.mark.parametrize("bases", [1000, 1200])
def test_board(benchmark: BenchmarkFixture, cells: list[Cell], bases: int) -> None:
    """All of ``board.build``: metrics, floors, energies, replicates, swaps, ranks, failures."""
    first = [Cell(each.record, each.table.where(each.table.base < bases)) for each in cells]
    made = benchmark.pedantic(board.build, args=(first,), rounds=1)
    rows = [row for row in made.rows if row.realism.estimate is not None]
    benchmark.extra_info.update(
        rows=len(rows), cells=len(made.scales), bases=bases, documents=made.documents
    )
    assert made.replicates == REPLICATES
    assert rows
