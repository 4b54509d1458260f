"""Orders and places of the controls: what a sound instrument must find."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synact_bench.core.errors import RecordError
from synact_bench.core.experiments import CONTROLS, REAL
from synact_bench.metrics import METRICS, PathMetric, metrics_for
from synact_bench.reports.comparable import Cells
from synact_bench.scoring import Comparison, Estimate, Resampling
from synact_bench.scoring.curve_scores import CurveScore
from synact_bench.scoring.estimate import mean
from synact_bench.scoring.means import resampled_mean
from synact_bench.scoring.realism import known
from synact_bench.scoring.swap_null import RealTest

HEAVY = 4.0
"""The 99th percentile of the norms of real activations, over their median, from which on some are
called massive (Sun et al., arXiv 2402.17762): a Gaussian of the same covariance then spreads over
all activations what a few of them hold, and rows that keep each coordinate's values are nearer."""


@dataclass(frozen=True, eq=False)
class Order:
    """Two controls whose order is known beforehand.

    Attributes:
        above, below: their names.
        by: what is compared.
        difference: of the first from the second; above 0 as it should be.
        demanded: whether a sound instrument must find it; else it is also a matter of the
            testbed's dictionary.
    """

    above: str
    below: str
    by: str
    difference: Estimate
    demanded: bool = True
    derived: ClassVar[tuple[str, ...]] = ("verdict",)

    @property
    def verdict(self) -> str:
        """``kept``, ``broken`` (``not kept`` if it is not demanded), or ``cannot be told``.

        The latter where the interval of the difference holds 0, or documents are too few for one.
        """
        found = self.difference.interval
        if found is None or found[0] <= 0 <= found[1]:
            return "cannot be told"
        if found[0] > 0:
            return "kept"
        return "broken" if self.demanded else "not kept"


@dataclass(frozen=True, eq=False)
class Place:
    """A control whose realism is known beforehand.

    Attributes:
        control: its name.
        expected: what its realism is by construction: 1, as a draw of real, or 0, as the Gaussian.
        realism: what it is found to be.
        test: whether it can be told from real.
    """

    control: str
    expected: float
    realism: Estimate
    test: RealTest
    derived: ClassVar[tuple[str, ...]] = ("verdict",)

    @property
    def verdict(self) -> str:
        """``kept``, ``missed``, or ``cannot be told``: there are too few documents.

        What is real is expected within the permutation null: no interval of a departure holds 0.
        Anything else is expected within its own interval.
        """
        ends = self.realism.interval
        if ends is None:
            return "cannot be told"
        kept = self.test.indistinguishable if self.expected == 1 else ends[0] <= self.expected
        return "kept" if kept and (self.expected == 1 or self.expected <= ends[1]) else "missed"


def control_places(scores: Mapping[str, CurveScore]) -> tuple[Place, ...]:
    """Every declared place of a control that has an overall realism.

    A missed one is shown, not refused: of sound instruments one in twenty misses one.
    """
    found = []
    for control in CONTROLS.values():
        score = scores.get(control.name)
        if control.at is None or score is None:
            continue
        if score.overall.estimate is not None and score.test is not None:
            found.append(Place(control.name, control.at, score.overall.estimate, score.test))
    return tuple(found)


def control_orders(
    scores: Mapping[str, CurveScore],
    comparison: Comparison,
    resampling: Resampling,
    *,
    outliers: bool,
    judged: Collection[str] = (),
) -> tuple[Order, ...]:
    """Every declared order of two controls that both have the quantity it is about.

    A metric is not asked where real paths lack its event: it could refuse a board by its noise.
    Nothing is demanded of controls that are themselves ``judged``: reconstructions of a dictionary
    that is no good may well be less real than Gaussian samples.

    Raises:
        RecordError: one is broken: the instrument does not measure what it should, and no row
            measured with it can be trusted.
    """
    found = []
    for control in CONTROLS.values():
        demanded = control.above + (() if outliers else control.above_without_outliers)
        below = () if control.name in judged else demanded + control.above_if_good
        for other in below:
            pair = (control.name, other)
            difference = (
                _overall(scores, *pair)
                if control.by == "overall"
                else _mean(comparison, resampling, *pair, metric=control.by)
            )
            if difference is not None:
                found.append(Order(*pair, control.by, difference, other in demanded))
    broken = [each for each in found if each.verdict == "broken"]
    if broken:
        raise RecordError(
            "controls are out of order: "
            + "; ".join(f"{each.below} is above {each.above} by {each.by}" for each in broken),
            where="the board",
            fix="find what is wrong with the testbed or the code; nothing here can be trusted",
        )
    return tuple(found)


def massive(cells: Cells) -> bool:
    """Whether some real activations have a norm far above the others', as transformers' sinks do.

    By the norms of the scored ends of the real draws of sensitivity, which are activations of whole
    prompts; False where these were not measured.
    """
    norms = [
        rows[draw].table.geometry["norm"]
        for name, rows in cells.items()
        if name.experiment == "sensitivity"
        for draw in REAL
        if draw in rows
    ]
    known = np.concatenate(norms) if norms else np.empty(0)
    if not len(known):
        return False
    middle, far = np.quantile(known, [0.5, 0.99])
    return bool(far > HEAVY * middle)


def _overall(scores: Mapping[str, CurveScore], above: str, below: str) -> Estimate | None:
    found = known({name: scores[name].overall for name in (above, below) if name in scores})
    return found[above] - found[below] if len(found) > 1 else None


def _mean(
    comparison: Comparison, resampling: Resampling, above: str, below: str, *, metric: str
) -> Estimate | None:
    """Mean over cells of the difference of the rows' mean values on the bases of both."""
    if comparison.no_event is not None:
        return None
    declared = METRICS[metric]
    assert isinstance(declared, PathMetric)
    parts = []
    for cell, rows in comparison.samples.items():
        if metric not in metrics_for(*cell) or above not in rows or below not in rows:
            continue
        both = np.intersect1d(rows[above].bases, rows[below].bases)
        first, second = rows[above].on(both), rows[below].on(both)
        difference = first.of(declared).values - second.of(declared).values
        part = resampled_mean(difference, first.documents, resampling)
        parts += [part] if part is not None else []
    return mean(parts) if parts else None
