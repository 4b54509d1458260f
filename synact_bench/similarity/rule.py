"""Rules of copying: what is measured of each activation, and when a sample breaks the rule.

Three kinds of rule: ``CloseRule`` and ``RareRule`` compare a share of a sample's rows with that of
held-out real, ``StatisticRule`` one number with its limit.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from synact_bench.metrics.base import Floats
from synact_bench.similarity.pool import Ids, Matrix, Pool, View

RATE = 0.01
"""Share of held-out real that a threshold leaves below it."""
ALPHA = 0.001
MARGIN = 0.1
"""Least difference of a share from held-out's that is flagged."""


@dataclass(frozen=True, eq=False)
class Stored:
    """What could have been copied.

    Attributes:
        train: the pool that generators are fitted on.
        cells: centres that part it, from ``cell_centres``.
        foreign: the test pool, which no generator may have seen.
    """

    train: Pool
    cells: Floats
    foreign: Pool | None = None


@dataclass(frozen=True, eq=False)
class Seen:
    """Some rows of a sample beside what could have been copied.

    Attributes:
        view: the train pool as seen from them; ``view.points`` are the rows.
        stored: all that could have been copied.
        shown: for a conditioned generator, what it was shown for each, ``[n, d_model]``.
    """

    view: View
    stored: Stored
    shown: Matrix | None = None


@dataclass(frozen=True, eq=False)
class Closeness:
    """What rules measure of each row of a sample.

    Attributes:
        measured: by rule, ``[n]``; a rule that could not be measured is absent, and not tried.
        cell: number of the nearest cell centre, ``[n]``.
    """

    measured: Mapping[str, NDArray[Any]]
    cell: Ids

    def __len__(self) -> int:
        return len(self.cell)


class RuleNumbers(Protocol):
    """What a rule found, here or in a record: fields of ``RuleResult``."""

    @property
    def value(self) -> float:
        """What was measured."""

    @property
    def expected(self) -> float:
        """The same for held-out real."""

    @property
    def threshold(self) -> float | None:
        """Of a row, or of a statistic."""

    @property
    def p(self) -> float | None:
        """Chance of as extreme a share."""


@dataclass(frozen=True)
class RuleResult:
    """What one rule says of a sample.

    Attributes:
        rule: its name, which is the flag.
        value: what was measured: a share of the rows, or a statistic.
        expected: the same for held-out real; 0 for a statistic.
        threshold: the value below which a row counts towards the share, or a statistic is flagged;
            None for a rule that compares each row with its own neighbour.
        p: chance that real activations would show as extreme a share; None for a statistic.
        flagged: whether the rule is broken.
    """

    rule: str
    value: float
    expected: float
    threshold: float | None
    p: float | None
    flagged: bool


@dataclass(frozen=True, kw_only=True)
class SimilarityRule(ABC):
    """A declared rule: one in a module of ``similarity/rules/`` is in ``RULES``.

    Attributes:
        name: the flag of a row that breaks it.
        measured: what is measured, in words: the table of docs/trust.md begins with them.
        of_draws: whether activations that the design draws itself are held to it.
        order: where its finding stands in a record; those that leave it out come last, by name.
    """

    name: str
    measured: str
    of_draws: bool = True
    order: int = 1000

    @abstractmethod
    def judged(
        self, sample: Closeness, heldout: Closeness, limits: Mapping[str, float | None]
    ) -> RuleResult | None:
        """What it says of a sample; None where it cannot be tried.

        Args:
            sample: of the generated rows.
            heldout: of held-out real, measured against the same pools.
            limits: those of statistics, by rule.
        """

    @abstractmethod
    def broken(self, found: RuleNumbers) -> bool:
        """Whether these numbers break it."""


@dataclass(frozen=True, kw_only=True)
class ShareRule(SimilarityRule):
    """A rule by the share of rows of which something is true.

    Attributes:
        measure: of some rows, a number each, ``[n]``; None where it cannot be said.
        conditioned: whether it is measured of conditioned generators alone, by what they are shown.
        costly: whether others tell most copies sooner: a search for what breaks no rule tries it
            last.
    """

    measure: Callable[[Seen], NDArray[Any] | None]
    conditioned: bool = False
    costly: bool = False


@dataclass(frozen=True, kw_only=True)
class CloseRule(ShareRule):
    """Broken where too many rows are too close: at or below a threshold that 1 % of held-out reach.

    Flagged where real would show such a share with a chance below 0.001 and it exceeds held-out's
    by a tenth of the rows: a generator may well differ a little from real in how close it comes.

    Attributes:
        of_heldout: the numbers of held-out real, where it is itself part of what is stored.
        like: the rule whose threshold it is told by; None for its own.
        at_least: the rule whose threshold its own is not below.
        at_most: the highest threshold, whatever held-out real reaches: where that is never close,
            what differs from it a little is not close either.
    """

    of_heldout: Callable[[Matrix, Stored], Floats] | None = None
    like: str | None = None
    at_least: str | None = None
    at_most: float = math.inf

    def judged(
        self,
        sample: Closeness,
        heldout: Closeness,
        limits: Mapping[str, float | None],  # noqa: ARG002  (of statistics alone)
    ) -> RuleResult | None:
        """Of the rows' closeness; None where it is not measured of both."""
        values = sample.measured.get(self.name)
        real = heldout.measured.get(self.like or self.name)
        if values is None or real is None:
            return None
        from scipy.stats import betabinom  # noqa: PLC0415  (takes a second to load)

        reach = _reach(real)
        least = -math.inf if self.at_least is None else _reach(heldout.measured[self.at_least])
        threshold = min(max(reach, least), self.at_most)
        below = int((real <= threshold).sum())
        hits = int((values <= threshold).sum())
        share, expected = hits / len(values), below / len(real)
        # The rank of a new value among real ones is uniform: exact where the threshold is one of
        # them. If it lies between two, or several are equal to it, it does not reach beyond the
        # next.
        exact = threshold == reach and (real == reach).sum() == 1
        # Below what 1 % reach there are too few to say how rare it is: taken for as likely.
        counted = max(below, int((real <= reach).sum()))
        rank = below if exact else min(counted + 1, len(real))
        p = float(betabinom.sf(hits - 1, len(values), rank, len(real) + 1 - rank))
        return _finding(self, share, expected, threshold, p)

    def broken(self, found: RuleNumbers) -> bool:
        """Whether too many rows are too close."""
        return found.p is not None and found.p < ALPHA and found.value - found.expected > MARGIN


@dataclass(frozen=True, kw_only=True)
class RareRule(ShareRule):
    """Broken where something that is true of many real rows is true of too few; no threshold.

    Flagged by the same two measures: a chance below 0.001 and a tenth of the rows.
    """

    def judged(
        self,
        sample: Closeness,
        heldout: Closeness,
        limits: Mapping[str, float | None],  # noqa: ARG002  (of statistics alone)
    ) -> RuleResult | None:
        """Of what is true of rows; None where it is not measured of both."""
        values, real = sample.measured.get(self.name), heldout.measured.get(self.name)
        if values is None or real is None:
            return None
        from scipy.stats import hypergeom  # noqa: PLC0415  (takes a second to load)

        n, m = len(values), len(real)
        hits, known = int(values.sum()), int(real.sum())
        p = float(hypergeom.cdf(hits, n + m, hits + known, n))
        return _finding(self, hits / n, known / m, None, p)

    def broken(self, found: RuleNumbers) -> bool:
        """Whether it is true of too few rows."""
        return found.p is not None and found.p < ALPHA and found.expected - found.value > MARGIN


@dataclass(frozen=True, kw_only=True)
class StatisticRule(SimilarityRule):
    """Broken where one number of the whole sample is below its limit; 0 is real.

    Attributes:
        symbol: what the number is called.
        statistic: of a sample and held-out real; None where rows are too few.
        limit: of held-out real, for a sample of ``n`` rows; None where rows are too few.
    """

    symbol: str
    statistic: Callable[[Closeness, Closeness], float | None]
    limit: Callable[[Closeness, int, np.random.Generator], float | None]

    def judged(
        self, sample: Closeness, heldout: Closeness, limits: Mapping[str, float | None]
    ) -> RuleResult | None:
        """Of the statistic; None where it or its limit is not known."""
        value, limit = self.statistic(sample, heldout), limits.get(self.name)
        return None if value is None or limit is None else _finding(self, value, 0.0, limit, None)

    def broken(self, found: RuleNumbers) -> bool:
        """Whether the number is below its limit."""
        return found.threshold is not None and found.value < found.threshold


def _finding(
    rule: SimilarityRule, value: float, expected: float, threshold: float | None, p: float | None
) -> RuleResult:
    told = RuleResult(rule.name, value, expected, threshold, p, flagged=False)
    return RuleResult(rule.name, value, expected, threshold, p, flagged=rule.broken(told))


def _reach(real: NDArray[Any]) -> float:
    """What 1 % of held-out rows do not exceed."""
    return float(np.sort(real)[max(int(RATE * len(real)), 1) - 1])
