"""Drift: numbers that changed although nothing was declared to have changed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from synact_bench.metrics.base import Floats
from synact_bench.regression.distances import distances
from synact_bench.regression.snapshot import CellKey, CellNumbers, Snapshot
from synact_bench.regression.tolerance import DISTANCE, tolerance
from synact_bench.regression.verdict import Severity, Verdict
from synact_bench.scoring import Sample


def drift(key: CellKey, before: Snapshot, after: Snapshot) -> list[Verdict]:
    """One cell of one version, measured twice: a verdict a metric, or one for the whole cell.

    Code may be rewritten as long as its numbers stay.

    Args:
        key: of the cell.
        before: has it as it was.
        after: as it is.
    """
    row, cell = key
    stored, now = before.cells[key], after.cells[key]
    for kind, then, today in (
        ("experiment", stored.experiment, now.experiment),
        ("path", stored.path, now.path),
    ):
        if then != today:
            reason = f"{kind} {then} is now {today}"
            return [Verdict(row, Severity.OUTDATED, cell, reason=reason)]
    moved = _moved(stored.sample, now.sample)
    if moved:
        return [Verdict(row, Severity.DRIFT, cell, reason=f"{moved}; {_advice(now)}")]
    found = [_metric(name, stored, now) for name in {**stored.metrics, **now.metrics}]
    return [*found, *_distances(key, before, now)]


def _moved(stored: Sample, now: Sample) -> str | None:
    """How the paths themselves are others."""
    if not np.array_equal(stored.bases, now.bases):
        return f"paths from other bases: {len(stored)} before, {len(now)} now"
    if stored.documents != now.documents:
        return "its prompts are of other documents"
    return None


def _metric(name: str, stored: CellNumbers, now: CellNumbers) -> Verdict:
    row, cell = now.key
    before, after = stored.metrics.get(name), now.metrics.get(name)
    if before is None:
        return Verdict(row, Severity.NEW, cell, name, "the baseline does not have it")
    if after is None:
        return Verdict(row, Severity.OUTDATED, cell, name, "it is no longer measured")
    if before != after:
        return Verdict(row, Severity.OUTDATED, cell, name, f"version {before} is now {after}")
    first, second = _numbers(name, stored.sample), _numbers(name, now.sample)
    if first.shape != second.shape:
        reason = f"has numbers of shape {second.shape}, had {first.shape}"
        return Verdict(row, Severity.DRIFT, cell, name, f"{reason}; {_advice(now, name)}")
    numbers = _mean(first), _mean(second)
    if first.ndim > 1:  # curves are compared with each other first: how far they are apart
        first, second = np.zeros(len(first)), np.abs(second - first).mean(axis=1)
    rule = tolerance(name)
    paths, outliers = len(first), int(rule.outside(first, second).sum())
    found = partial(Verdict, row, cell=cell, metric=name, before=numbers[0], after=numbers[1])
    if outliers <= rule.allowed(paths):
        return found(Severity.SAME, paths=paths, outliers=outliers)
    reason = (
        f"differs on {outliers} of {paths} paths, mean {_shown(numbers[0])} before, "
        f"{_shown(numbers[1])} now; {_advice(now, name)}"
    )
    return found(Severity.DRIFT, reason=reason, paths=paths, outliers=outliers)


def _distances(key: CellKey, before: Snapshot, now: CellNumbers) -> Iterator[Verdict]:
    """Distances that today's code does not find in the stored numbers any more, or not yet kept.

    Today's numbers have no part in it: how far they moved is said path by path.
    """
    row, cell = key
    stored = before.cells[key]
    if stored.distances is None:
        return
    today = distances(key, before)
    for name in {**stored.distances, **today}:
        if stored.metrics.get(name) != now.metrics.get(name):
            continue  # said already
        then, found = (each.get(name) for each in (stored.distances, today))
        if then is None:
            yield Verdict(row, Severity.NEW, cell, name, "its distance from real is not kept yet")
        elif found is None or DISTANCE.outside(np.array([then]), np.array([found])).any():
            reason = (
                f"the stored numbers are {_shown(then)} from real before, {_shown(found)} now; "
                f"{_advice(now, name)}"
            )
            yield Verdict(row, Severity.DRIFT, cell, name, reason)


def _numbers(name: str, sample: Sample) -> Floats:
    """``[paths]``, or for a metric of sets what it compares, ``[paths, columns]``."""
    return sample.rows[name] if name in sample.rows else sample.values[name].values


def _advice(now: CellNumbers, metric: str | None = None) -> str:
    """Where to look: whatever made the number, by the version it still has."""
    made_by = [f"generator {now.generator.name}@{now.generator.version}"]
    made_by += [f"experiment {now.experiment}", f"path {now.path}"]
    made_by += (
        [f"metric {metric}@{now.metrics[metric]}"] if metric and metric in now.metrics else []
    )
    return (
        f"no version of {', '.join(made_by)} was raised: raise that of what changed, undo it, or "
        "look at the sweep, the scoring, the libraries and the model"
    )


def _mean(values: Floats) -> float | None:
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if len(defined) else None


def _shown(value: float | None) -> str:
    return "none" if value is None else f"{value:.4g}"
