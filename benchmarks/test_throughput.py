"""Speed of the sweep and of the generators: points and activations per second, never asserted.

Run with ``make bench-speed``. The naive way runs whole prompts through hooks, one path at a time,
and unembeds every position; ours runs the last position on shared keys and values.
"""

from collections.abc import Callable

import pytest
import torch
from pytest_benchmark.fixture import BenchmarkFixture

from synact_bench import paths
from synact_bench.experiments import PRESETS
from synact_bench.generators import BUILTINS, contract
from synact_bench.harness.cell import Bench
from synact_bench.naive import naive_curves
from synact_bench.rng import stream

PATHS = 8
POINTS = 101


@pytest.fixture(scope="module")
def bench(synact_bench_opener: Callable[[], Bench]) -> Bench:
    return synact_bench_opener()


def _relative(bench: Bench) -> paths.Segments:
    return paths.relative(bench.trial.native[:PATHS], bench.trial.real[:PATHS])


def _report(benchmark: BenchmarkFixture, unit: str, count: int) -> None:
    if benchmark.stats is not None:  # None when timing is switched off
        benchmark.extra_info[f"{unit}_per_second"] = round(count / benchmark.stats.stats.min, 1)


def test_sweep(benchmark: BenchmarkFixture, bench: Bench) -> None:
    fractions = torch.linspace(0, 1, POINTS)
    rows = range(PATHS)
    curves = benchmark.pedantic(
        lambda: bench.sweeper.curves(rows, _relative(bench), fractions),
        rounds=5,
        warmup_rounds=1,
    )
    assert curves.l2.shape == (PATHS, POINTS)
    _report(benchmark, "points", PATHS * POINTS)


def test_naive_sweep(benchmark: BenchmarkFixture, bench: Bench) -> None:
    testbed = bench.subject.testbed
    fractions = torch.linspace(0, 1, POINTS)
    ids = torch.from_numpy(bench.trial.prompts.ids[:1])
    points = _relative(bench)[:1].points(fractions)
    l2, _ = benchmark.pedantic(
        lambda: naive_curves(
            bench.subject.model,
            ids,
            points,
            write_hook=testbed.write_hook,
            read_hook=testbed.read_hook,
        ),
        rounds=2,
        warmup_rounds=1,
    )
    assert l2.shape == (1, POINTS)
    _report(benchmark, "points", POINTS)


@pytest.mark.parametrize("name", BUILTINS)
def test_generate(benchmark: BenchmarkFixture, bench: Bench, name: str) -> None:
    generator = BUILTINS[name]()
    subject = bench.subject
    contract.fit(generator, subject.train, subject.dictionary, rng=stream("throughput", name))
    count = PRESETS["smoke"].bases
    shown = bench.trial.native[:count] if generator.card.track == "conditioned" else count
    made = benchmark.pedantic(
        lambda: contract.draw(
            generator, shown, rng=stream("throughput", name), d_model=subject.train.d_model
        ),
        rounds=3,
        warmup_rounds=1,
    )
    assert len(made) == count
    _report(benchmark, "activations", count)
