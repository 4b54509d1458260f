"""One cell: a generator's activations on one kind of path, measured and made into a record."""

from __future__ import annotations

import dataclasses
import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone

import numpy as np
import torch
from torch import Tensor

from synact_bench import paths
from synact_bench.curves import Curves
from synact_bench.errors import PluginError
from synact_bench.experiments import ADAPTIVE, FLOOR, NATIVE, REFERENCE, Experiment
from synact_bench.generators import contract
from synact_bench.harness.plan import CellPlan, Entry
from synact_bench.harness.trial import Trial
from synact_bench.metrics import Metric, MetricSettings, PathMetric, metrics_for
from synact_bench.results import provenance
from synact_bench.results.record import MetricFacts, Provenance, Record
from synact_bench.results.store import encode
from synact_bench.results.table import CellTable
from synact_bench.rng import stream
from synact_bench.scoring.sample import measure
from synact_bench.sweep.refinement import Sought
from synact_bench.sweep.sweeper import Sweeper
from synact_bench.testbeds.spec import HubModel, HubTokens, LocalText, ShippedSae, Testbed
from synact_bench.testbeds.subject import Subject


@dataclass(frozen=True, eq=False)
class Bench:
    """Everything that cells of one run share."""

    subject: Subject
    trial: Trial
    sweeper: Sweeper
    seed: int
    made: dict[tuple[str, str], Tensor] = field(default_factory=dict)
    """Activations by row and experiment: made once, run along several paths."""

    def activations(self, entry: Entry, experiment: Experiment) -> Tensor:
        """The row's activations for an experiment, ``[bases, d_model]``.

        Raises:
            PluginError: the generator fails or breaks the contract.
        """
        key = (entry.name, experiment.name)
        if key not in self.made:
            real = {REFERENCE: self.trial.real, FLOOR: self.trial.floor, NATIVE: self.trial.native}
            generated = entry.generator is not None
            self.made[key] = self._generated(entry, experiment) if generated else real[entry.name]
        return self.made[key]

    def _generated(self, entry: Entry, experiment: Experiment) -> Tensor:
        generator = entry.generator
        assert generator is not None
        # Copies without tensors: what is cached on them (moments, orders) is not shared by rows.
        real = dataclasses.replace(self.subject.train)
        dictionary = dataclasses.replace(self.subject.dictionary)
        if not any(name == entry.name for name, _ in self.made):
            contract.fit(generator, real, dictionary, rng=stream(self.seed, entry.name, "fit"))
        shown = self.trial.native if experiment.scored == "target" else self.trial.donors
        conditioned = generator.card.track == "conditioned"
        with contract.inputs_untouched(generator, real, dictionary, doing="generate"):
            return contract.draw(
                generator,
                shown if conditioned else len(shown),
                rng=stream(self.seed, entry.name, experiment.name),
                d_model=real.d_model,
            )


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
    testbed = bench.subject.testbed
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
        table_sha256=hashlib.sha256(content).hexdigest(),
        provenance=_provenance(bench.subject, time.perf_counter() - started),
    )
    return record, content


def _table(plan: CellPlan, bench: Bench, *, advance: Callable[[int], object]) -> CellTable:
    trial, testbed = bench.trial, bench.subject.testbed
    made = bench.activations(plan.entry, plan.experiment)
    base, target = (
        (trial.native, made) if plan.experiment.scored == "target" else (made, trial.gaussian)
    )
    keep = paths.separated(base, target)
    if plan.path == "matched":
        keep &= paths.separated(base, trial.donors)
    if plan.path == "scaled":  # a base without a norm has a path without a length
        keep &= paths.separated(base, torch.zeros_like(base))
    rows = torch.nonzero(keep).flatten().tolist()
    along = paths.build(
        plan.path,
        base[rows],
        target[rows],
        real_target=trial.donors[rows],
        length=testbed.absolute_length,
        median_norm=trial.median_norm,
    )
    settings = MetricSettings(tau=testbed.tau, absolute_length=testbed.absolute_length)
    metrics = metrics_for(plan.experiment.name, plan.path)
    sought = _sought(metrics, settings) if plan.identity.engine == ADAPTIVE else None
    curves = bench.sweeper.curves(rows, along, trial.fractions, sought=sought, advance=advance)
    _refuse_broken(curves, plan)
    chosen = trial.prompts.take(rows)
    return CellTable(
        base=torch.tensor(rows, dtype=torch.int64).numpy(),
        document=chosen.documents,
        base_norm=base[rows].norm(dim=-1).numpy(),
        distance=(target - base)[rows].norm(dim=-1).numpy(),
        values=measure(curves, metrics=metrics, settings=settings).values,
        curves=curves,
    )


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


def _sources(testbed: Testbed) -> dict[str, str]:
    model, sae, text = testbed.model, testbed.sae, testbed.text
    return {
        "model": (
            f"{model.name}@{model.revision}"
            if isinstance(model, HubModel)
            else f"{model.package.name}=={model.package.version} {model.package.sha256}"
        ),
        "sae": sae.sha256 if isinstance(sae, ShippedSae) else f"{sae.release}/{sae.id}",
        "text": (
            text.name
            if isinstance(text, HubTokens)
            else text.sha256
            if isinstance(text, LocalText)
            else f"{text.package.name}=={text.package.version} {text.package.sha256}"
        ),
    }
