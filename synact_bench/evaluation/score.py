"""Scores as a reader wants them: a number, its interval, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass

from synact_bench.reports import formatting
from synact_bench.scoring import Realism
from synact_bench.scoring.curve_scores import CurveScore
from synact_bench.scoring.departure import displayed


@dataclass(frozen=True)
class Score:
    """A realism, 1 - rho: 1 as real as real, 0 no better than Gaussian, higher is better.

    It has no lower bound; as text it is above -1, as on a board.

    Attributes:
        value: the number; None where there is none.
        low: lower end of the 95 % interval.
        high: upper end.
        reason: why there is no number; None where there is one.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    reason: str | None = None

    @classmethod
    def of(cls, realism: Realism) -> Score:
        """The number and the ends of its interval, without replicates."""
        if realism.estimate is None:
            return cls(None, reason=realism.reason)
        low, high = realism.estimate.interval or (None, None)
        return cls(realism.estimate.value, low, high)

    def without(self, reason: str) -> Score:
        """The same without its number, which cannot be read for this reason."""
        return self if self.value is None else Score(None, reason=reason)

    def __str__(self) -> str:
        """As on the board: two decimals, the interval in brackets."""
        if self.value is None:
            return "none"
        if self.low is None or self.high is None:
            return _shown(self.value)
        return f"{_shown(self.value)} [{_shown(self.low)}, {_shown(self.high)}]"


def _shown(value: float) -> str:
    return formatting.score(displayed(value))


def summary(score: CurveScore) -> dict[str, Score]:
    """Overall, then by experiment, then by part."""
    parts = {"overall": score.overall, **score.by_experiment, **score.parts}
    return {name: Score.of(part) for name, part in parts.items()}
