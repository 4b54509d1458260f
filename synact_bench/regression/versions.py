"""Versions: whether a new version of a method is farther from real than the stored one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from synact_bench.core.experiments import REAL
from synact_bench.metrics import METRICS
from synact_bench.regression.snapshot import CellNumbers, Snapshot
from synact_bench.regression.verdict import Severity, Verdict
from synact_bench.scoring import CellName
from synact_bench.scoring.paired import PairedTest, Trio, paired_test
from synact_bench.scoring.ranking import ALPHA, holm
from synact_bench.scoring.sample import Sample, pooled

SEED = 20180217
"""Of the swaps drawn: the same two versions are always judged the same."""

NumbersPair = tuple[CellNumbers, CellNumbers]
"""One cell of the stored version and of the new one."""


def versions(row: str, pairs: Mapping[CellName, NumbersPair], stored: Snapshot) -> list[Verdict]:
    """A verdict for each headline metric, or one for the row where nothing can be told.

    Both versions are compared with the stored draws of real activations, on the cells that both
    have; p-values are adjusted for the headline metrics.
    """
    before, after = next(iter(pairs.values()))
    change = f"{_named(before)} is now {_named(after)}"
    tests = {
        name: found
        for name, metric in METRICS.items()
        if metric.status == "headline"
        and (trios := _trios(name, pairs, stored))
        and (found := paired_test(metric, trios, rng=np.random.default_rng(SEED)))
    }
    if not tests:
        reason = f"{change}, and no cell of both can be compared with real"
        return [Verdict(row, Severity.OUTDATED, reason=reason)]
    adjusted = holm([each.pvalue for each in tests.values()])
    return [
        _verdict(row, name, test, float(pvalue), change)
        for (name, test), pvalue in zip(tests.items(), adjusted, strict=True)
    ]


def _verdict(row: str, metric: str, test: PairedTest, pvalue: float, change: str) -> Verdict:
    distances = f"distance from real {test.before:.4g} before, {test.after:.4g} now, p {pvalue:.2g}"
    severity, words = Severity.OUTDATED, "neither better nor worse"
    if pvalue < ALPHA and test.difference > 0:
        severity, words = Severity.REGRESSION, "significantly worse"
    elif pvalue < ALPHA and test.difference < 0:
        severity, words = Severity.IMPROVEMENT, "significantly better"
    return Verdict(
        row,
        severity,
        metric=metric,
        reason=f"{change}: {words} ({distances})",
        before=test.before,
        after=test.after,
        pvalue=pvalue,
    )


def _trios(metric: str, pairs: Mapping[CellName, NumbersPair], stored: Snapshot) -> list[Trio]:
    """Cells in which both versions were measured with the same metric, and real is stored."""
    found = []
    for cell, (before, after) in pairs.items():
        real = _reference(cell, before, metric, stored)
        alike = (before.experiment, before.path, before.metrics.get(metric)) == (
            after.experiment,
            after.path,
            after.metrics.get(metric),
        )
        if alike and metric in before.metrics and real:
            bases = np.intersect1d(before.sample.bases, after.sample.bases)
            reference = pooled([each.on(bases) for each in real])
            found.append(Trio(reference, before.sample, after.sample))
    return found


def _reference(cell: CellName, row: CellNumbers, metric: str, stored: Snapshot) -> Sequence[Sample]:
    draws = (stored.cells.get((name, cell)) for name in REAL)
    return [
        each.sample
        for each in draws
        if each is not None and each.metrics.get(metric) == row.metrics.get(metric)
    ]


def _named(numbers: CellNumbers) -> str:
    parameters = ", ".join(
        f"{name}={value}" for name, value in sorted(numbers.generator.parameters.items())
    )
    return f"version {numbers.generator.version}" + (f" ({parameters})" if parameters else "")
