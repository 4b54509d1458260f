"""Each row of each cell, several worked on at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from threadpoolctl import threadpool_limits

from synact_bench.scoring.cell_name import CellName

THREADS = 2
Given = TypeVar("Given")
Made = TypeVar("Made")


def each_row(
    work: Callable[[CellName, Given], Made],
    rows: Mapping[CellName, Mapping[str, Given]],
    threads: int = THREADS,
) -> dict[CellName, dict[str, Made]]:
    """What is made of each row of each cell.

    Several are worked on at once, in ``threads``, each of which is one: threads of BLAS within them
    would wait for one another, a quarter of the time. What ``work`` keeps for later calls is its
    own affair.
    """
    tasks = [(cell, name) for cell, own in rows.items() for name in own]
    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(threads) as pool:
        results = list(pool.map(lambda task: work(task[0], rows[task[0]][task[1]]), tasks))
    found: dict[CellName, dict[str, Made]] = {cell: {} for cell in rows}
    for (cell, name), result in zip(tasks, results, strict=True):
        found[cell][name] = result
    return found
