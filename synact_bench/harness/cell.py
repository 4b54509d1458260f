"""One cell: a generator's activations on one kind of path, measured and made into a record."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timezone

import numpy as np
import torch
from numpy.typing import NDArray

from synact_bench import paths
from synact_bench.curves import Curves
from synact_bench.definitions import definition_digests
from synact_bench.errors import PluginError
from synact_bench.experiments import ADAPTIVE, SCALE
from synact_bench.harness.bench import Bench
from synact_bench.harness.ends import Ends, ends
from synact_bench.harness.plan import CellPlan
from synact_bench.metrics import Metric, MetricSettings, PathMetric, metrics_for
from synact_bench.results import provenance
from synact_bench.results.record import MetricFacts, Provenance, Record
from synact_bench.results.store import encode
from synact_bench.results.table import CellTable
from synact_bench.scoring.sample import measure
from synact_bench.sweep.refinement import Sought
from synact_bench.testbeds.spec import Setup
from synact_bench.testbeds.subject import Subject


def compute(
    plan: CellPlan, bench: Bench, *, advance: Callable[[int], object]
) -> tuple[Record, bytes]:
    """Measure one cell.

    Returns:
        Its record and the Parquet bytes of its table.

    Raises:
        PluginError: the generator fails or breaks the contract.
    """
    started = time.perf_counter()
    table = _table(plan, bench, advance=advance)
    content = encode(table)
    kept = len(table.curves)
    dropped = len(bench.trial.native) - kept
    testbed = plan.testbed
    record = Record(
        id=plan.identity.id,
        identity=plan.identity,
        row=plan.entry.row,
        status="ok" if kept else "empty",
        reason=None if kept else "every base coincides with its target, or has no length",
        paths=kept,
        dropped=dropped,
        points_run=table.curves.points_run,
        metric_facts=MetricFacts(tau=testbed.tau, absolute_length=testbed.absolute_length),
        split=bench.split,
        definitions=definition_digests(plan.experiment, paths.PATHS[plan.path]),
        inspection=None
        if plan.entry.name in SCALE
        else bench.inspection(plan.entry, plan.experiment),
        table_sha256=hashlib.sha256(content).hexdigest(),
        provenance=_provenance(bench.subject, time.perf_counter() - started),
    )
    return record, content


def _table(plan: CellPlan, bench: Bench, *, advance: Callable[[int], object]) -> CellTable:
    trial, testbed = bench.trial, plan.testbed
    made = bench.activations(plan.entry, plan.experiment)
    found = ends(plan.experiment, plan.path, made, trial)
    along = paths.build(
        plan.path,
        found.base,
        found.target,
        real_target=found.real_target,
        length=testbed.absolute_length,
        median_norm=trial.median_norm,
        centre=trial.mean,
    )
    settings = MetricSettings(tau=testbed.tau, absolute_length=testbed.absolute_length)
    metrics = metrics_for(plan.experiment.name, plan.path)
    sought = _sought(metrics, settings) if plan.identity.engine == ADAPTIVE else None
    curves = bench.sweeper.curves(
        found.rows, along, trial.fractions, sought=sought, advance=advance
    )
    _refuse_broken(curves, plan)
    chosen = trial.prompts.take(found.rows)
    return CellTable(
        base=np.array(found.rows, dtype=np.int64),
        document=chosen.documents,
        geometry=_geometry(plan, bench, found),
        values=measure(curves, metrics=metrics, settings=settings),
        curves=curves,
    )


def _geometry(plan: CellPlan, bench: Bench, found: Ends) -> dict[str, NDArray[np.float32]]:
    """The columns of ``GEOMETRY``."""
    base, target = found.base, found.target
    scored = target if plan.experiment.scored == "target" else base
    mean = bench.trial.mean
    columns = {
        "distance": (target - base).norm(dim=-1),
        "norm": scored.norm(dim=-1),
        "cosine": torch.nn.functional.cosine_similarity(base - mean, target - mean, dim=-1),
        "mahalanobis": bench.subject.train.mahalanobis(scored),
    }
    return {name: column.float().numpy() for name, column in columns.items()}


def _sought(metrics: Mapping[str, Metric], settings: MetricSettings) -> Sought:
    """What a cell's curves are measured for: the events of its headline metrics of single paths."""
    events = {
        metric.event
        for metric in metrics.values()
        if isinstance(metric, PathMetric) and metric.status == "headline"
    }
    return Sought(
        steepest="steepest interval" in events,
        level=settings.tau if "crossing of tau" in events else None,
    )


def _refuse_broken(curves: Curves, plan: CellPlan) -> None:
    broken = int((~np.isfinite(curves.l2 + curves.kl)).any(axis=1).sum())
    if broken:
        raise PluginError(
            f"the model's answer is not finite on {broken} of {len(curves)} paths",
            where=plan.label,
            fix="return activations of a size that the model can take",
        )


def _provenance(subject: Subject, seconds: float) -> Provenance:
    commit, dirty = provenance.checkout()
    return Provenance(
        created=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        seconds=round(seconds, 3),
        machine=_machine(subject.model.device),
        threads=torch.get_num_threads(),
        commit=commit,
        dirty=dirty,
        versions=provenance.versions(),
        **_sources(subject.testbed),
    )


def _machine(device: torch.device) -> str:
    here = provenance.machine()
    if device.type != "cuda":
        return here
    return f"{torch.cuda.get_device_name(device)}; {here}"


def _sources(testbed: Setup) -> dict[str, str]:
    sources = {"model": testbed.model, "sae": testbed.sae, "text": testbed.text}
    return {name: source.origin for name, source in sources.items()}
