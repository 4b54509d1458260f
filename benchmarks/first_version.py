"""Version 1 of the score on published records, with and without the noise of its scale."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from benchmarks.version_records import Estimates, Records, bias
from synact_bench.experiments import HOLDOUT, REAL, WRONG_PROMPT, ZERO
from synact_bench.leaderboard.first_version import FIRST_WANTED, first_comparison
from synact_bench.scoring import Comparison, Estimate, MetricScore, Realism, Resampling
from synact_bench.scoring.version1.first_realism import FirstRealism
from synact_bench.scoring.version1.overall import Realisms, summarise
from synact_bench.scoring.wrong_prompt import wrong_places


@dataclass(frozen=True, eq=False)
class First:
    """Version 1: distances of named metrics between the Gaussian and the floor."""

    records: Records

    @cached_property
    def comparison(self) -> Comparison:
        """Samples of every row, the wrong prompts' among them."""
        found = first_comparison(self.records.cells)
        dealt = wrong_places(self.records.documents)
        samples = {}
        for cell, rows in found.samples.items():
            held = rows[HOLDOUT]
            moved = dataclasses.replace(
                held,
                bases=held.bases[dealt],
                documents=tuple(held.documents[place] for place in dealt),
            )
            samples[cell] = {**rows, WRONG_PROMPT: moved}
        return Comparison(samples, found.real, found.seed)

    def realism(self, resampling: Resampling) -> tuple[Estimates, Estimates]:
        """Overall realism by row, and the same without the noise of the scale."""
        scores = self.comparison.scores(resampling, headline_only=True)
        realisms = FirstRealism(self.comparison, ZERO, resampling).realisms()
        held = {
            row: {
                cell: {
                    name: _held(scores[row][cell][name], scores[ZERO][cell][name], each)
                    for name, each in metrics.items()
                }
                for cell, metrics in cells.items()
            }
            for row, cells in realisms.items()
        }
        return _overall(realisms), _overall(held)

    def bias(self) -> list[float]:
        """Of plain replicates of the distance of held-out real, in standard errors."""
        plain = dataclasses.replace(self.records.resampling, calibrated=False)
        scores = self.comparison.scores(plain, rows=[HOLDOUT], headline_only=True)[HOLDOUT]
        distances = [each.distance for cell in scores.values() for each in cell.values()]
        return [bias(each) for each in distances if each is not None]


def _overall(realisms: Mapping[str, Realisms]) -> Estimates:
    found = {row: summarise(each, cells=FIRST_WANTED) for row, each in realisms.items()}
    return {
        row: each.overall.estimate
        for row, each in found.items()
        if each.overall.estimate is not None and row not in REAL
    }


def _held(score: MetricScore, zero: MetricScore, realism: Realism) -> Realism:
    if realism.estimate is None:
        return realism
    assert score.distance is not None
    assert zero.distance is not None
    assert score.d_floor is not None
    far, length = zero.distance.value, zero.distance.value - score.d_floor
    distance = score.distance
    return Realism(Estimate((far - distance.value) / length, (far - distance.replicates) / length))
