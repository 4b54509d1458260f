"""Work once: what one more generator costs on a finished board, against the first.

Run with ``make bench-speed``. The first board has what is on every board, the rows that the trial
draws and the controls; each row after it is added to the folder of stored cells as a user would
add it.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.tables import Row, Table
from synact_bench.core.experiments import CONTROLS
from synact_bench.generators import BUILTINS
from synact_bench.run import plan, runner
from synact_bench.run.opening import open_request
from synact_bench.run.options import RunOptions
from synact_bench.run.progress import Silent
from synact_bench.run.request import Request
from synact_bench.run.session import Session

FIRST = "gaussian"
"""A control: asking for it alone asks for what is on every board."""
GENERATORS = [FIRST, *(name for name in BUILTINS if name not in CONTROLS)]


class Counted(Silent):
    """Progress that counts points."""

    points = 0

    def advanced(self, points: int) -> None:
        """Count them."""
        self.points += points


@dataclass
class Board:
    """A board that grows row by row; its testbed is opened once, when first needed."""

    testbed: str
    runs: Path
    opening_seconds: float = 0.0

    @cached_property
    def session(self) -> Session:
        """What all cells share."""
        request = self.request(FIRST)
        started = time.perf_counter()
        session = runner.prepare(request.testbed, request.preset, request.seed)
        self.opening_seconds = time.perf_counter() - started
        return session

    def add(self, generator: str) -> Row:
        """Measure what is missing of a board with this generator; say what it took."""
        session, progress = self.session, Counted()
        started = time.perf_counter()
        request = self.request(generator)
        missing = plan.missing(request.plans, request.store)
        runner.run(missing, request.store, lambda: session, progress)
        return {
            "generator": generator,
            "cells": len(missing),
            "points": progress.points,
            "seconds": time.perf_counter() - started,
        }

    def request(self, generator: str) -> Request:
        """A board with one generator, on the same stored cells."""
        return open_request(
            RunOptions(
                testbed=self.testbed, preset="smoke", generators=(generator,), runs=self.runs
            )
        )


def test_work_once(
    benchmark: BenchmarkFixture,
    show: Callable[[Table], None],
    testbed_name: str,
    tmp_path: Path,
) -> None:
    board = Board(testbed_name, tmp_path)
    rows = benchmark.pedantic(lambda: [board.add(name) for name in GENERATORS], rounds=1)
    first, *others = rows
    own = {cell.experiment.name + cell.path for cell in board.request(FIRST).plans}
    assert {row["cells"] for row in others} == {len(own)}
    assert board.add(GENERATORS[-1])["cells"] == 0
    opening, last = board.opening_seconds, others[-1]
    facts = {
        "opening_seconds": opening,
        "last_to_first": last["seconds"] / first["seconds"],
        "median_to_first": statistics.median(row["seconds"] for row in others) / first["seconds"],
        "last_to_first_with_opening": (opening + last["seconds"]) / (opening + first["seconds"]),
        "last_to_first_in_points": last["points"] / first["points"],
    }
    benchmark.extra_info.update(facts)
    if benchmark.stats is not None:
        show(Table("work-once", "cost of one more generator", rows, facts))
