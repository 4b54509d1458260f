"""Orders and places of the controls: what a sound instrument must find."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synact_bench.errors import RecordError
from synact_bench.experiments import CONTROLS
from synact_bench.metrics import METRICS, PathMetric, metrics_for
from synact_bench.scoring import Comparison, Estimate, Overall, Resampling, Sample, Scores
from synact_bench.scoring.estimate import LEVEL, mean


@dataclass(frozen=True, eq=False)
class Order:
    """Two controls whose order is known beforehand.

    Attributes:
        above, below: their names.
        by: what is compared.
        difference: of the first from the second; above 0 as it should be.
    """

    above: str
    below: str
    by: str
    difference: Estimate
    derived: ClassVar[tuple[str, ...]] = ("verdict",)

    @property
    def verdict(self) -> str:
        """``kept``, ``broken``, or ``cannot be told``: the interval of the difference holds 0."""
        found = self.difference.interval
        if found is None or found[0] <= 0 <= found[1]:
            return "cannot be told"
        return "kept" if found[0] > 0 else "broken"


@dataclass(frozen=True, eq=False)
class Place:
    """A control whose realism is known beforehand, by one headline metric.

    Attributes:
        control: its name.
        metric: by which it is measured.
        expected: what its realism is by its making.
        realism: what it is found to be.
        level: of the interval that must hold ``expected``: 95 % for all headline metrics of the
            control together (Bonferroni), 0 to 1.
    """

    control: str
    metric: str
    expected: float
    realism: Estimate
    level: float
    derived: ClassVar[tuple[str, ...]] = ("interval", "verdict")

    @property
    def interval(self) -> tuple[float, float] | None:
        """Of the realism, at ``level``."""
        return self.realism.interval_at(self.level)

    @property
    def verdict(self) -> str:
        """``kept``, ``missed``, or ``cannot be told``: there is no interval."""
        found = self.interval
        if found is None:
            return "cannot be told"
        return "kept" if found[0] <= self.expected <= found[1] else "missed"


def control_places(realism: Mapping[str, Overall]) -> tuple[Place, ...]:
    """Every declared place of a control, by each headline metric that it has a realism in.

    A missed one is shown, not refused: of sound instruments one in twenty misses one.
    """
    found = []
    for control in CONTROLS.values():
        if control.at is None or control.name not in realism:
            continue
        by_metric = realism[control.name].by_metric
        known = {name: each.estimate for name, each in by_metric.items() if each.estimate}
        level = 1 - (1 - LEVEL) / max(len(known), 1)
        found += [
            Place(control.name, metric, control.at, estimate, level)
            for metric, estimate in known.items()
        ]
    return tuple(found)


def control_orders(
    realism: Mapping[str, Overall],
    scores: Mapping[str, Scores],
    comparison: Comparison,
    resampling: Resampling,
) -> tuple[Order, ...]:
    """Every declared order of two controls that both have the quantity it is about.

    A metric is not asked where it is not applicable: it could refuse a board by its noise.

    Raises:
        RecordError: one is broken: the instrument does not measure what it should, and no row
            measured with it can be trusted.
    """
    found = []
    for control in CONTROLS.values():
        for below in control.above:
            pair = (control.name, below)
            difference = (
                _overall(realism, *pair)
                if control.by == "overall"
                else _mean(scores, comparison, resampling, *pair, metric=control.by)
            )
            if difference is not None:
                found.append(Order(*pair, control.by, difference))
    broken = [each for each in found if each.verdict == "broken"]
    if broken:
        raise RecordError(
            "controls are out of order: "
            + "; ".join(f"{each.below} is above {each.above} by {each.by}" for each in broken),
            where="the board",
            fix="find what is wrong with the testbed or the code; nothing here can be trusted",
        )
    return tuple(found)


def _overall(realism: Mapping[str, Overall], above: str, below: str) -> Estimate | None:
    first, second = realism.get(above), realism.get(below)
    if first is None or second is None:
        return None
    upper, lower = first.overall.estimate, second.overall.estimate
    return None if upper is None or lower is None else upper - lower


def _mean(
    scores: Mapping[str, Scores],
    comparison: Comparison,
    resampling: Resampling,
    above: str,
    below: str,
    *,
    metric: str,
) -> Estimate | None:
    """Mean over cells of the difference of the rows' mean values on the bases of both."""
    parts = []
    for cell, rows in comparison.samples.items():
        if metric not in metrics_for(*cell) or above not in rows or below not in rows:
            continue
        if not scores[above][cell][metric].realism.applicable:
            continue
        both = np.intersect1d(rows[above].bases, rows[below].bases)
        part = _paired(rows[above].on(both), rows[below].on(both), resampling, metric)
        parts += [part] if part is not None else []
    return mean(parts) if parts else None


def _paired(first: Sample, second: Sample, resampling: Resampling, metric: str) -> Estimate | None:
    declared = METRICS[metric]
    assert isinstance(declared, PathMetric)
    difference = first.of(declared).values - second.of(declared).values
    kept = ~np.isnan(difference)
    if not kept.any():
        return None
    documents = resampling.of(first.documents)[kept]
    many = resampling.counts.shape[1]
    sums = np.bincount(documents, weights=difference[kept], minlength=many)
    sizes = np.bincount(documents, minlength=many)
    with np.errstate(invalid="ignore"):
        replicates = (resampling.counts @ sums) / (resampling.counts @ sizes)
    return Estimate(float(difference[kept].mean()), replicates)
