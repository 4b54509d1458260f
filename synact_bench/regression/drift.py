"""Drift: numbers that changed although nothing was declared to have changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from synact_bench.metrics.base import Floats
from synact_bench.metrics.kl_curve_gap import KL_CURVE_GAP
from synact_bench.regression.snapshot import Numbers
from synact_bench.regression.tolerance import tolerance
from synact_bench.regression.verdict import Outcome, Verdict
from synact_bench.scoring import Sample


def drift(
    stored: Numbers, now: Numbers, *, sources: Mapping[str, str], sources_now: Mapping[str, str]
) -> list[Verdict]:
    """One cell of one version, measured twice: a verdict a metric, or one for the whole cell.

    Digests of source decide nothing: code may be rewritten as long as its numbers stay. Where they
    do not, the verdict names the digests that differ.

    Args:
        stored: the cell as it was.
        now: as it is.
        sources: digests that belong to ``stored``, by what they are of.
        sources_now: to ``now``.
    """
    row, cell = now.key
    for kind, before, after in (
        ("experiment", stored.experiment, now.experiment),
        ("path", stored.path, now.path),
    ):
        if before != after:
            reason = f"{kind} {before} is now {after}"
            return [Verdict(row, Outcome.OUTDATED, cell, reason=reason)]
    suspects = _suspects(stored, now, sources, sources_now)
    moved = _moved(stored.sample, now.sample)
    if moved:
        return [Verdict(row, Outcome.DRIFT, cell, reason=f"{moved}; {_advice(suspects)}")]
    return [_metric(name, stored, now, suspects) for name in {**stored.metrics, **now.metrics}]


def _moved(stored: Sample, now: Sample) -> str | None:
    """How the paths themselves are others."""
    if not np.array_equal(stored.bases, now.bases):
        return f"paths from other bases: {len(stored)} before, {len(now)} now"
    if stored.documents != now.documents:
        return "its prompts are of other documents"
    return None


def _metric(name: str, stored: Numbers, now: Numbers, suspects: Sequence[str]) -> Verdict:
    row, cell = now.key
    before, after = stored.metrics.get(name), now.metrics.get(name)
    if before is None:
        return Verdict(row, Outcome.NEW, cell, name, "the baseline does not have it")
    if after is None:
        return Verdict(row, Outcome.OUTDATED, cell, name, "it is no longer measured")
    if before != after:
        return Verdict(row, Outcome.OUTDATED, cell, name, f"version {before} is now {after}")
    first, second = _numbers(name, stored.sample), _numbers(name, now.sample)
    numbers = _mean(first), _mean(second)
    if first.ndim > 1:  # curves are held against each other first: how far they are apart
        first, second = np.zeros(len(first)), np.abs(second - first).mean(axis=1)
    rule = tolerance(name)
    outside = rule.outside(first, second)
    if outside.sum() <= rule.allowed(len(outside)):
        return Verdict(row, Outcome.SAME, cell, name, "", *numbers)
    reason = (
        f"differs on {outside.sum()} of {len(outside)} paths, mean {_shown(numbers[0])} before, "
        f"{_shown(numbers[1])} now; {_advice(suspects)}"
    )
    return Verdict(row, Outcome.DRIFT, cell, name, reason, *numbers)


def _numbers(name: str, sample: Sample) -> Floats:
    """``[paths]``, or for the metric of sets its curves ``[paths, points]``."""
    return sample.log_kl if name == KL_CURVE_GAP.name else sample.values[name].values


def _suspects(
    stored: Numbers, now: Numbers, sources: Mapping[str, str], sources_now: Mapping[str, str]
) -> list[str]:
    """What has other source than it had, of all that this cell's numbers rest on."""
    concerned = {
        f"experiment {now.experiment}",
        f"path {now.path}",
        "trial",
        *(f"metric {name}@{version}" for name, version in now.metrics.items()),
        *(name for name in sources if name.startswith("testbed ")),
    }
    changed = [
        name
        for name in sorted(concerned & sources.keys() & sources_now.keys())
        if sources[name] != sources_now[name]
    ]
    if stored.generator.source_digest != now.generator.source_digest:
        changed.insert(0, f"generator {now.generator.name}@{now.generator.version}")
    return changed


def _advice(suspects: Sequence[str]) -> str:
    if suspects:
        return (
            f"no version was raised, but the source of {', '.join(suspects)} changed: undo that, "
            "or raise the version"
        )
    return (
        "no version was raised and no source of a definition changed: look at the sweep, the "
        "libraries and the model"
    )


def _mean(values: Floats) -> float | None:
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if len(defined) else None


def _shown(value: float | None) -> str:
    return "none" if value is None else f"{value:.4g}"
