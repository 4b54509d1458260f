"""How the cost of a point and the memory of a run grow: facts, never asserted.

Run with ``make bench-scaling``. Every test is one row of a table; rows of one table differ in one
thing. Only the model is opened, so that a minute is a minute of sweeping.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks import memory
from benchmarks.memory import Job
from benchmarks.random_llama import D_VOCAB, random_llama
from benchmarks.tables import Row, Table, Value
from benchmarks.workload import Workload
from synact_bench.models.language_model import LanguageModel
from synact_bench.testbeds import spec
from synact_bench.testbeds.spec import Testbed

PATHS = 8
POINTS = 101
TITLES = {
    "points": "cost of a point by points on a path",
    "paths": "cost of a point by paths",
    "n_ctx": "cost of a point by prompt length",
    "write_layer": "cost of a point by write layer",
    "model": "cost of a point by model size",
    "rows": "memory by points run at once",
    "bases": "memory by bases",
}

Keep = Callable[[str, Row], None]


@pytest.fixture(scope="module")
def testbed(testbed_name: str) -> Testbed:
    return spec.find(testbed_name)


@pytest.fixture(scope="module")
def model(testbed: Testbed) -> LanguageModel:
    return LanguageModel.load(testbed.model, centred=testbed.weights == "centred")


@pytest.fixture(scope="module")
def keep(show: Callable[[Table], None]) -> Iterator[Keep]:
    """Call it with a table's key and a row; tables are shown when all rows are known."""
    rows: dict[str, list[Row]] = defaultdict(list)
    yield lambda key, row: rows[key].append(row)
    for key, found in rows.items():
        show(Table(f"scaling-{key.replace('_', '-')}", TITLES[key], found))


def _cost(benchmark: BenchmarkFixture, workload: Workload) -> dict[str, Value]:
    """Time a workload: the first round computes the prefixes, later ones reuse them."""
    sweeper, segments = workload.sweeper(), workload.segments()
    sweeper.curves([0], segments[:1], workload.fractions)  # warms up on the spare prompt
    benchmark.pedantic(lambda: workload.run(sweeper, segments), rounds=3)
    if benchmark.stats is None:  # timing is switched off
        return {}
    first, *others = benchmark.stats.stats.data
    best = min(others)
    run = workload.count - len(workload.prompts)  # first points are remembered by then
    return {
        "ms_per_point": 1e3 * best / run,
        "ms_with_prefixes": 1e3 * first / workload.count,
        "MFLOP_per_point": workload.point_flop / 1e6,
        "GFLOP_per_second": workload.point_flop * run / best / 1e9,
    }


@pytest.mark.parametrize("points", [11, 26, 51, 101, 201, 401])
def test_points(
    benchmark: BenchmarkFixture, testbed: Testbed, model: LanguageModel, keep: Keep, points: int
) -> None:
    workload = Workload.on(testbed, model, paths=PATHS, points=points)
    keep("points", {"points": points} | _cost(benchmark, workload))


@pytest.mark.parametrize("paths", [1, 2, 4, 8, 16, 32, 64])
def test_paths(
    benchmark: BenchmarkFixture, testbed: Testbed, model: LanguageModel, keep: Keep, paths: int
) -> None:
    workload = Workload.on(testbed, model, paths=paths, points=51)
    keep("paths", {"paths": paths} | _cost(benchmark, workload))


@pytest.mark.parametrize("n_ctx", [10, 16, 32, 64, 128, 256])
def test_n_ctx(
    benchmark: BenchmarkFixture, testbed: Testbed, model: LanguageModel, keep: Keep, n_ctx: int
) -> None:
    workload = Workload.on(testbed, model, paths=PATHS, points=POINTS, n_ctx=n_ctx)
    keep("n_ctx", {"n_ctx": n_ctx} | _cost(benchmark, workload))


@pytest.mark.parametrize("place", ["1", "middle", "last"])
def test_write_layer(
    benchmark: BenchmarkFixture, testbed: Testbed, model: LanguageModel, keep: Keep, place: str
) -> None:
    n_layers = int(model.bridge.cfg.n_layers)
    layer = {"1": 1, "middle": n_layers // 2, "last": n_layers - 1}[place]
    workload = Workload.on(testbed, model, paths=PATHS, points=POINTS, write_layer=layer)
    keep("write_layer", {"write_layer": layer} | _cost(benchmark, workload))


@pytest.mark.parametrize(
    ("d_model", "n_layers"), [(128, 4), (256, 8), (512, 8), (512, 16), (1024, 8)]
)
def test_model_size(
    benchmark: BenchmarkFixture, keep: Keep, tmp_path: Path, d_model: int, n_layers: int
) -> None:
    llama = random_llama(tmp_path, d_model=d_model, n_layers=n_layers)
    rng = torch.Generator().manual_seed(0)
    ids = torch.randint(D_VOCAB, (1 + PATHS, 10), generator=rng)
    workload = Workload(llama, ids, write_layer=1, points=POINTS)
    size: dict[str, Value] = {"d_model": d_model, "layers": n_layers}
    keep("model", size | _cost(benchmark, workload))


def _memory(benchmark: BenchmarkFixture, job: Job) -> dict[str, Value]:
    found = benchmark.pedantic(lambda: memory.measure(job), rounds=1)
    return {"opened_MiB": found.opened, "peak_MiB": found.peak}


@pytest.mark.parametrize("rows", [384, 768, 1536, 3072])
def test_memory_by_rows(
    benchmark: BenchmarkFixture, testbed: Testbed, keep: Keep, rows: int
) -> None:
    job = Job(testbed.name, "engine", paths=16, points=POINTS, options={"rows": rows})
    keep("rows", {"rows": rows} | _memory(benchmark, job))


@pytest.mark.parametrize("bases", [48, 400, 1000])
def test_memory_by_bases(
    benchmark: BenchmarkFixture, testbed: Testbed, keep: Keep, bases: int
) -> None:
    job = Job(testbed.name, "board", paths=bases, points=3)
    keep("bases", {"bases": bases} | _memory(benchmark, job))
