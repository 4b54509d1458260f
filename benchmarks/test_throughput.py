"""Speed of the sweep and of the generators: points and activations per second, never asserted.

Run with ``make bench-speed``. The authors' way runs copies of the whole prompt with every hook
cached and every position unembedded, one path at a time; the engine runs the last position on
shared keys and values. The roofline is the machine's own matrix-product rate, measured between the
rounds of both.
"""

from collections.abc import Callable, Iterator

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks import memory
from benchmarks.comparison import Comparison, Rate
from benchmarks.memory import Job
from benchmarks.peak import Peak, shapes
from benchmarks.tables import Table
from benchmarks.workload import Workload
from synact_bench.core.experiments import PRESETS
from synact_bench.core.rng import stream
from synact_bench.engine.packed_linear import ROWS
from synact_bench.generators import BUILTINS, contract
from synact_bench.run.session import Session

PATHS = 30
"""Two full batches: fifteen paths have almost 1536 points."""
AUTHORS_PATHS = 2
"""They are run one at a time: more would only take longer."""
POINTS = 101
AUTHORS = "authors' way"
ENGINES: dict[str, dict[str, str | int]] = {
    "engine": {},
    "engine, mixed": {"precision": "mixed"},
}
"""Options of the engine by the name of the way."""


@pytest.fixture(scope="module")
def session(synact_bench_opener: Callable[[], Session]) -> Session:
    return synact_bench_opener()


def _workload(session: Session, paths: int) -> Workload:
    return Workload.on(session.subject.testbed, session.subject.model, paths=paths, points=POINTS)


@pytest.fixture(scope="module")
def comparison(session: Session, show: Callable[[Table], None]) -> Iterator[Comparison]:
    """All ways, shown once they are measured."""
    workload = _workload(session, AUTHORS_PATHS)
    made = Comparison(AUTHORS, workload.point_flop, Peak(shapes(workload.shape, rows=ROWS)))
    yield made
    if made.rates:
        show(made.table())


def _record(
    comparison: Comparison, benchmark: BenchmarkFixture, way: str, points: int, job: Job
) -> None:
    comparison.peak.measure()  # once more after the last round
    if benchmark.stats is None:  # timing is switched off
        return
    seconds = benchmark.stats.stats.min
    comparison.rates[way] = Rate(points, seconds, memory.measure(job))
    benchmark.extra_info["points_per_second"] = round(points / seconds, 1)


def test_authors_way(
    benchmark: BenchmarkFixture,
    session: Session,
    comparison: Comparison,
    testbed_name: str,
) -> None:
    workload = _workload(session, AUTHORS_PATHS)
    segments = workload.segments()
    l2, _ = benchmark.pedantic(
        lambda: workload.run_authors_way(segments),
        setup=comparison.peak.measure,
        rounds=3,
        warmup_rounds=1,
    )
    assert l2.shape == (AUTHORS_PATHS, POINTS)
    job = Job(testbed_name, "authors", AUTHORS_PATHS, POINTS)
    _record(comparison, benchmark, AUTHORS, workload.count, job)


@pytest.mark.parametrize("way", ENGINES)
def test_engine(
    benchmark: BenchmarkFixture,
    session: Session,
    comparison: Comparison,
    testbed_name: str,
    way: str,
) -> None:
    workload = _workload(session, PATHS)
    sweeper, segments = workload.sweeper(**ENGINES[way]), workload.segments()
    curves = benchmark.pedantic(
        lambda: workload.run(sweeper, segments),
        setup=comparison.peak.measure,
        rounds=5,
        warmup_rounds=1,
    )
    assert curves.l2.shape == (PATHS, POINTS)
    job = Job(testbed_name, "engine", PATHS, POINTS, options=ENGINES[way])
    # First points are remembered from the round that warms up: they are not run again.
    _record(comparison, benchmark, way, workload.count - PATHS, job)


@pytest.mark.parametrize("name", BUILTINS)
def test_generate(benchmark: BenchmarkFixture, session: Session, name: str) -> None:
    generator = BUILTINS[name]()
    subject = session.subject
    rng = stream("throughput", name)
    contract.fit(generator, subject.train, subject.dictionary, subject.setting, rng=rng)
    count = PRESETS["smoke"].bases
    shown = session.design.native[:count] if generator.card.track == "conditioned" else count
    made = benchmark.pedantic(
        lambda: contract.draw(
            generator, shown, rng=stream("throughput", name), d_model=subject.train.d_model
        ),
        rounds=3,
        warmup_rounds=1,
    )
    assert len(made) == count
    if benchmark.stats is not None:
        rate = count / benchmark.stats.stats.min
        benchmark.extra_info["activations_per_second"] = round(rate, 1)
