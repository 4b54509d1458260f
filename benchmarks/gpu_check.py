"""Checks of ``--device cuda``: equality with the CPU, speed, memory. ``gpu_check.sh`` runs all.

    python -m benchmarks.gpu_check cells RUNS --device cuda
    python -m benchmarks.gpu_check equality FOLDER OTHER    # cells of one request on two devices
    python -m benchmarks.gpu_check throughput --device cuda
    python -m benchmarks.gpu_check memory --device cuda
    python -m benchmarks.gpu_check report

Each writes its table as JSON into ``--out``; the report puts those that are there into one JSON
file and one page of Markdown. On ``--device cpu`` all of it goes through, and says little.
"""

from __future__ import annotations

import json
import timeit
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer
from numpy.typing import NDArray

from benchmarks import memory
from benchmarks.agreement import Pair, paired
from benchmarks.memory import Job
from benchmarks.tables import Row, Table, Value
from benchmarks.workload import Workload
from synact_bench.cli.measuring import PRINTING
from synact_bench.core.curves import Curves
from synact_bench.core.errors import SynactError
from synact_bench.core.precision import Precision
from synact_bench.metrics import METRICS, PathMetric
from synact_bench.models.language_model import LanguageModel
from synact_bench.results.store import Store
from synact_bench.run.measuring import measure
from synact_bench.run.opening import open_request
from synact_bench.run.options import RunOptions
from synact_bench.scoring import Sample
from synact_bench.testbeds import spec

OUT = Path("build/gpu-check")
TESTBED = "smollm2-135m"
L2 = 1e-4
"""What l2 may differ on two devices, as a share of the curve's largest value."""
KL = 1e-3
"""The same of kl, in nats."""
PRECISIONS: tuple[Precision, ...] = ("float32", "mixed")
SMALL = 256
"""Points at once in a small batch."""
ROUNDS = 3
BASES = (48, 400, 1000)
"""Prompts of the jobs whose memory is measured."""
PARTS = {
    "equality": "cells measured on the GPU against those of the CPU",
    "throughput": "speed of the sweep",
    "memory": "highest memory by prompts",
}
"""By name of the part: what its table is called."""


def equality_rows(pairs: Sequence[Pair]) -> list[Row]:
    """What is compared of cells that were measured on two devices, a row each.

    Of l2 and kl the largest difference, at the points that both ran. Of each metric of paths how
    many differ by more than its tolerance, and how many may: where two points are almost tied,
    rounding decides.
    """
    both = [_differences(one.table.curves, other.table.curves) for one, other in pairs]
    l2, kl = (max(each) for each in zip(*both, strict=True))
    paths = sum(len(one.table.curves) for one, _ in pairs)
    rows: list[Row] = [
        _checked("l2, share of the curve's largest value", paths, l2, L2),
        _checked("kl, nats", paths, kl, KL),
    ]
    for name, metric in METRICS.items():
        if isinstance(metric, PathMetric):
            samples = [(a.sample, b.sample) for a, b in pairs if name in a.sample.metrics]
            rows += [_metric_row(metric, samples)] if samples else []
    return rows


def _differences(first: Curves, second: Curves) -> tuple[float, float]:
    """Largest difference of l2, as a share of its curve's largest value, and of kl."""
    run = first.run & second.run
    largest = np.where(first.run, first.l2, 0).max(axis=1, keepdims=True, initial=0)
    least = np.finfo(np.float32).tiny
    return _largest((first.l2, second.l2), run, np.maximum(largest, least)), _largest(
        (first.kl, second.kl), run, np.ones_like(largest)
    )


def _largest(
    both: tuple[NDArray[np.float32], NDArray[np.float32]],
    run: NDArray[np.bool_],
    unit: NDArray[np.float32],
) -> float:
    one, other = (each.astype(np.float64) for each in both)
    apart = np.abs(other - one) / unit
    return float(np.where(run, apart, 0).max(initial=0))


def _metric_row(metric: PathMetric, samples: Sequence[tuple[Sample, Sample]]) -> Row:
    first, second = (
        np.concatenate([each[side].of(metric).values for each in samples]) for side in (0, 1)
    )
    outside = int(metric.tolerance.outside(first, second).sum())
    what = f"{metric.name}, paths that differ"
    return _checked(what, len(first), outside, metric.tolerance.allowed(len(first)))


def _checked(what: str, paths: int, found: float, allowed: float) -> Row:
    verdict = "ok" if found <= allowed else "FAILED"
    return {"what": what, "paths": paths, "found": found, "allowed": allowed, "verdict": verdict}


def throughput_rows(workload: Workload, *, small: int = SMALL, rounds: int = ROUNDS) -> list[Row]:
    """Points per second, float32 and mixed, in small and in large batches: the best round of each.

    Args:
        workload: on the device.
        small: points at once in a small batch; a large one is what the engine takes of itself.
        rounds: timed after one that computes the prompts' earlier positions.
    """
    segments = workload.segments()
    # First points are remembered from the round that is not timed: they are not run again.
    points = workload.count - len(workload.prompts)
    rows: list[Row] = []
    for precision in PRECISIONS:
        for batch, options in (("small", {"rows": small}), ("large", {})):
            sweeper = workload.sweeper(precision=precision, **options)
            workload.run(sweeper, segments)
            # What curves are made of lies on the CPU when they are there: nothing runs on behind.
            best = min(
                timeit.repeat(partial(workload.run, sweeper, segments), number=1, repeat=rounds)
            )
            rows.append(
                {
                    "precision": precision,
                    "batch": batch,
                    "points_at_once": sweeper.at_once,
                    "points_per_second": points / best,
                    "ms_per_point": 1e3 * best / points,
                    "GFLOP_per_second": workload.point_flop * points / best / 1e9,
                }
            )
    return rows


def memory_rows(testbed: str, device: str, bases: Sequence[int] = BASES) -> list[Row]:
    """Highest memory of the process and on the GPU, by prompts, each in a process of its own.

    Raises:
        RuntimeError: a process failed.
    """
    rows: list[Row] = []
    for each in bases:
        found = memory.measure(Job(testbed, "board", paths=each, points=3, device=device))
        rows.append({"prompts": each} | {f"{name}_MiB": mib for name, mib in asdict(found).items()})
    return rows


def report(folder: Path) -> tuple[dict[str, Any], str]:
    """All tables that are in a folder: as one JSON object, and as a page.

    A part that is not there was not finished.
    """
    found: dict[str, Any] = {}
    lines = ["# GPU check", ""]
    for name, title in PARTS.items():
        path = folder / f"gpu-{name}.json"
        content = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
        found[name] = content
        lines += [f"## {title[0].upper()}{title[1:]}", ""]
        lines += ["Not finished." if content is None else _page_of(content), ""]
    return found, "\n".join(lines)


def _page_of(content: dict[str, Any]) -> str:
    table = Table("", "", content["rows"], content["facts"])
    versions = ", ".join(f"{name} {version}" for name, version in content["versions"].items())
    return f"{table.text}\n\n{content['machine']}; {versions}; commit {content['commit']}"


def _keep(part: str, rows: Sequence[Row], out: Path, facts: Row) -> None:
    table = Table(f"gpu-{part}", PARTS[part], rows, facts)
    table.write(out)
    typer.echo(f"\n{table.title}\n\n{table.text}")


def _where(device: str) -> dict[str, Value]:
    """The device in words, and the CUDA that torch was built for."""
    on_gpu = torch.device(device).type == "cuda"
    name = torch.cuda.get_device_name(device) if on_gpu else "cpu"
    return {"device": name, "CUDA": torch.version.cuda}


app = typer.Typer(add_completion=False, rich_markup_mode=None)
Out = Annotated[Path, typer.Option(help="Folder of the tables.")]
Device = Annotated[str, typer.Option(help="cuda, cuda:N or cpu.")]
Testbed = Annotated[str, typer.Option(help="Name of a testbed.")]


@app.command("cells")
def cells_command(runs: Path, testbed: Testbed = TESTBED, device: Device = "cuda") -> None:
    """Measure the cells of the smoke preset on the device, into the folder RUNS."""
    options = RunOptions(testbed=testbed, preset="smoke", runs=runs, device=device)
    request = open_request(options, scaled=False)
    measure(request.plans, request, PRINTING)
    typer.echo(f"cells: {request.folder}")


@app.command("equality")
def equality_command(folder: Path, other: Path, out: Out = OUT) -> None:
    """Compare the cells in OTHER with those in FOLDER; exit with 1 if they are not equal."""
    try:
        pairs = paired(Store(folder).cells(), Store(other).cells())
    except SynactError as error:  # a run before this one did not end
        typer.echo(error, err=True)
        raise typer.Exit(2) from error
    rows = equality_rows(pairs)
    machines = [sorted({pair[side].record.provenance.machine for pair in pairs}) for side in (0, 1)]
    first, second = ("; ".join(each) for each in machines)
    facts: Row = {"cells": len(pairs), "first": first, "second": second}
    _keep("equality", rows, out, facts)
    if any(row["verdict"] != "ok" for row in rows):
        raise typer.Exit(1)


@app.command("throughput")
def throughput_command(
    testbed: Testbed = TESTBED,
    device: Device = "cuda",
    paths: Annotated[int, typer.Option(help="Paths, each on its own prompt.")] = 400,
    points: Annotated[int, typer.Option(help="Of a path.")] = 101,
    out: Out = OUT,
) -> None:
    """Points per second on the device, float32 and mixed, in small and in large batches."""
    declared = spec.find(testbed)
    centred = declared.weights == "centred"
    model = LanguageModel.load(declared.model, centred=centred, device=device)
    workload = Workload.on(declared, model, paths=paths, points=points)
    facts: Row = _where(device) | {"testbed": testbed, "paths": paths, "points": points}
    facts = {**facts, "MFLOP_per_point": workload.point_flop / 1e6}
    _keep("throughput", throughput_rows(workload), out, facts)


@app.command("memory")
def memory_command(
    testbed: Testbed = TESTBED,
    device: Device = "cuda",
    bases: Annotated[list[int], typer.Option(help="Prompts; give it several times.")] = [*BASES],  # noqa: B006
    out: Out = OUT,
) -> None:
    """Highest memory of a process that opens the whole testbed and sweeps, by prompts."""
    facts: Row = _where(device) | {"testbed": testbed}
    _keep("memory", memory_rows(testbed, device, bases), out, facts)


@app.command("report")
def report_command(out: Out = OUT) -> None:
    """Put all tables into gpu-check.json and gpu-check.md; exit with 1 if one is not there."""
    found, page = report(out)
    out.mkdir(parents=True, exist_ok=True)
    (out / "gpu-check.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    (out / "gpu-check.md").write_text(page, encoding="utf-8")
    typer.echo(page)
    if None in found.values():
        raise typer.Exit(1)


if __name__ == "__main__":
    app()
