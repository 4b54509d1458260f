"""Three lenses on a score of SAEs: reseed noise, discriminability, known order.

Each has a threshold that is declared here, before anything is measured, and says whether a score
passes it. They follow an audit of other SAE benchmarks (arXiv 2605.18229).
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

import numpy as np
from scipy.stats import ConstantInputWarning, chi2, spearmanr

from synact_bench.scoring import Estimate
from synact_bench.scoring.decisions import Decision, decisions
from synact_bench.scoring.estimate import LEVEL
from synact_bench.scoring.ranking import ALPHA, comparisons

LensVerdict: TypeAlias = Literal["passes", "fails", "cannot be told"]
PairOutcome: TypeAlias = Literal["as expected", "reversed", "undecided"]

FEWEST_SEEDS = 3
FEWEST_STEPS = 5
"""Below these nothing is said of a spread over seeds, or of an order."""
DIGITS = 12
"""To which a correlation is computed."""
CORRELATION = 0.9
"""Least Spearman correlation of a score with an order that is known."""

NamedEstimates: TypeAlias = Mapping[str, Estimate]
"""A number by name of the dictionary, or by name of the score."""


@dataclass(frozen=True, eq=False)
class Reseeding:
    """One score of one dictionary, measured with several seeds of the design.

    Attributes:
        values: by seed.
        spread: standard deviation over the seeds.
        stated: standard error that the intervals state, root mean square over the seeds.
        pvalue: of a spread as large, were ``stated`` right and the seeds independent: chi-square
            of ``(seeds - 1) spread^2 / stated^2``; in an audit Holm-adjusted for all of its scores.
    """

    values: Mapping[int, Estimate]
    spread: float
    stated: float
    pvalue: float
    derived: ClassVar[tuple[str, ...]] = ("ratio", "verdict")

    @property
    def ratio(self) -> float:
        """``spread / stated``: about 1, or below, since seeds share documents."""
        return self.spread / self.stated

    @property
    def verdict(self) -> LensVerdict:
        """Fails where seeds spread significantly more than the interval states."""
        if len(self.values) < FEWEST_SEEDS:
            return "cannot be told"
        return "fails" if self.pvalue < ALPHA else "passes"


@dataclass(frozen=True, eq=False)
class Monotone:
    """One score of dictionaries whose order is known.

    Attributes:
        values: by where they stand in that order, rising from the worst to the best.
        correlation: Spearman's, of place and score; None where all scores are equal.
        interval: of it, the middle 95 % over resampled documents; None without replicates.
        reversals: pairs of places, the worse one first, of which the worse scores significantly
            higher, Holm-adjusted for all pairs.
    """

    values: Mapping[float, Estimate]
    correlation: float | None
    interval: tuple[float, float] | None
    reversals: tuple[tuple[float, float], ...]
    derived: ClassVar[tuple[str, ...]] = ("verdict",)

    @property
    def verdict(self) -> LensVerdict:
        """Passes with a correlation of at least .9 over five dictionaries or more."""
        if len(self.values) < FEWEST_STEPS:
            return "cannot be told"
        reached = self.correlation is not None and self.correlation >= CORRELATION
        return "passes" if reached else "fails"


@dataclass(frozen=True, eq=False)
class ExpectedPair:
    """Two dictionaries of which one is expected to be better.

    Attributes:
        better, worse: their names, by expectation.
        decision: what the score says of them, Holm-adjusted for all pairs of the comparison.
        by_bases: what it says on the first so many bases, all of them last.
    """

    better: str
    worse: str
    decision: Decision
    by_bases: Mapping[int, PairOutcome]
    derived: ClassVar[tuple[str, ...]] = ("outcome", "enough", "difference")

    @property
    def difference(self) -> Estimate:
        """Of the score of ``better`` over that of ``worse``, paired over documents."""
        found = self.decision.difference
        if self.decision.higher == self.better:
            return found
        return Estimate(-found.value, -found.replicates)

    @property
    def outcome(self) -> PairOutcome:
        """What the score says on all bases."""
        return _outcome(self.decision, self.better)

    @property
    def enough(self) -> int | None:
        """The fewest bases from which on the pair is decided as expected; None where it is not."""
        found = None
        for bases in sorted(self.by_bases, reverse=True):
            if self.by_bases[bases] != "as expected":
                break
            found = bases
        return found


def reseeding(values: Mapping[int, Estimate]) -> Reseeding | None:
    """How far a score varies with the seed; None where its intervals state nothing.

    Args:
        values: by seed.
    """
    errors = [each.standard_error for each in values.values()]
    known = [each for each in errors if each]
    if len(known) < len(errors) or len(errors) < 2:
        return None
    spread = float(np.std([each.value for each in values.values()], ddof=1))
    stated = float(np.sqrt(np.mean(np.square(known))))
    freedom = len(values) - 1
    pvalue = float(chi2.sf(freedom * (spread / stated) ** 2, freedom))
    return Reseeding(values, spread, stated, pvalue)


def monotone(values: Mapping[float, Estimate]) -> Monotone:
    """Whether a score rises with a known order.

    Args:
        values: by place in it, rising from the worst dictionary to the best; two at least.

    Raises:
        ValueError: there are fewer.
    """
    if len(values) < 2:
        raise ValueError(f"{len(values)} dictionaries have no order")
    places = sorted(values)
    ordered = {place: values[place] for place in places}
    numbers = [each.value for each in ordered.values()]
    replicates = [each.replicates for each in ordered.values()]
    interval = None
    if len({len(each) for each in replicates}) == 1 and len(replicates[0]):
        drawn = np.array([_correlation(places, each) for each in np.array(replicates).T])
        tail = (1 - LEVEL) / 2
        if not np.isnan(drawn).all():
            low, high = np.nanquantile(drawn, [tail, 1 - tail])
            interval = (float(low), float(high))
    correlation = _correlation(places, numbers)
    pairs = comparisons({str(place): each for place, each in ordered.items()})
    named = {str(place): place for place in places}
    return Monotone(
        values=ordered,
        correlation=None if np.isnan(correlation) else correlation,
        interval=interval,
        reversals=tuple(
            (named[each.first], named[each.second]) for each in pairs if each.better == each.first
        ),
    )


def pairs(
    order: Sequence[str], by_bases: Mapping[int, NamedEstimates], documents: Mapping[int, int]
) -> tuple[ExpectedPair, ...]:
    """Every pair of dictionaries of a known order.

    Args:
        order: names, from the best to the worst.
        by_bases: by number of bases, the score of each dictionary.
        documents: by number of bases, that these are of.

    Raises:
        ValueError: a dictionary has no score.
    """
    lacking = {name for name in order for scores in by_bases.values() if name not in scores}
    if lacking or not by_bases:
        raise ValueError(f"no score of {', '.join(sorted(lacking)) or 'any dictionary'}")
    told = {
        bases: {
            frozenset((each.higher, each.lower)): each
            for each in decisions(
                {name: scores[name] for name in order}, documents=documents[bases]
            )
        }
        for bases, scores in sorted(by_bases.items())
    }
    whole = told[max(told)]
    found = []
    for place, better in enumerate(order):
        for worse in order[place + 1 :]:
            both = frozenset((better, worse))
            outcomes = {bases: _outcome(each[both], better) for bases, each in told.items()}
            found.append(ExpectedPair(better, worse, whole[both], outcomes))
    return tuple(found)


def overall(found: Sequence[ExpectedPair]) -> LensVerdict:
    """Passes if all pairs are decided as expected, fails if one is decided the other way."""
    outcomes = {each.outcome for each in found}
    if "reversed" in outcomes:
        return "fails"
    return "passes" if outcomes == {"as expected"} else "cannot be told"


def _outcome(decision: Decision, better: str) -> PairOutcome:
    if not decision.decided:
        return "undecided"
    return "as expected" if decision.higher == better else "reversed"


def _correlation(places: Sequence[float], values: Sequence[float]) -> float:
    """Spearman's; NaN where all values are equal, or one is not known.

    Without the last digits: .9 of five with a neighbouring pair reversed is computed as a bit less.
    """
    if np.isnan(values).any():
        return float("nan")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConstantInputWarning)
        return round(float(spearmanr(places, values).statistic), DIGITS)
