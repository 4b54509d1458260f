"""The adaptive sweep against the whole grid, on real curves of 101 points.

Run with ``make bench-adaptive``. Both sweeps go through the model; nothing is replayed.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks import agreement
from benchmarks.tables import Table
from synact_bench.core.experiments import ADAPTIVE, DENSE, EXPERIMENTS, NATIVE, REFERENCE, Preset
from synact_bench.generators import discovery
from synact_bench.results.store import Store
from synact_bench.run import plan, runner
from synact_bench.run.progress import Silent
from synact_bench.testbeds import spec

DRAWS = (REFERENCE, NATIVE)
GENERATORS = ("gaussian", "synthetic-structured")
PRESET = Preset("adaptive", bases=48, refined=48, points=101)


def test_adaptive(
    benchmark: BenchmarkFixture,
    show: Callable[[Table], None],
    testbed_name: str,
    tmp_path: Path,
) -> None:
    testbed = spec.find(testbed_name)
    session = runner.prepare(testbed, PRESET, seed=0)
    rows = plan.entries([discovery.find(name)() for name in GENERATORS])
    rows = [row for row in rows if row.name in (*DRAWS, *GENERATORS)]
    stores = {engine: Store(tmp_path / engine) for engine in (DENSE, ADAPTIVE)}

    def measure() -> None:
        for engine, store in stores.items():
            wanted = plan.wanted(testbed, PRESET, 0, rows, engine=engine)
            runner.run(wanted, store, lambda: session, Silent())

    benchmark.pedantic(measure, rounds=1)
    pairs = agreement.paired(stores[DENSE].cells(), stores[ADAPTIVE].cells())
    for name, experiment in EXPERIMENTS.items():
        own = [pair for pair in pairs if pair[0].record.identity.experiment == experiment.identity]
        shares = agreement.points_run(own)
        title = f"adaptive sweep against the whole grid: {name}"
        show(Table(f"adaptive-{name}", title, agreement.metric_rows(own), shares))
