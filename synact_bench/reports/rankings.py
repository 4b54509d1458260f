"""Rankings: the order of the rows of one track, overall, by part and by named metric."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from synact_bench.core.tracks import Track
from synact_bench.reports.applicability import Applicability
from synact_bench.scoring import CellName, Estimate, Realism
from synact_bench.scoring.curve_scores import CurveScore
from synact_bench.scoring.influence import Between, Influence, Sums, first_place
from synact_bench.scoring.ranking import Ranking, adjacent_detectable, rank
from synact_bench.scoring.realism import known

TRACKS: tuple[Track, ...] = ("unconditional", "conditioned")


def group(track: Track | None, *, control: bool) -> int:
    """Where a row stands: with its track, or after all tracks with the controls."""
    return len(TRACKS) if control or track is None else TRACKS.index(track)


@dataclass(frozen=True, eq=False)
class TrackRanking:
    """The order within one track, of two rows at least.

    Attributes:
        overall: ranks by overall realism.
        adjacent: difference of two neighbours that a comparison of them alone would find with
            probability 0.8, for the median pair of neighbours, in realism.
        parts: by part, ranks by its realism.
        by_metric: by metric, ranks by distance from real, of rows with enough documents; none of a
            metric by which fewer than two rows can be compared, or which does not apply everywhere.
        influence: what leaving a few documents out does to the first place.
    """

    overall: Ranking
    adjacent: float | None
    parts: Mapping[str, Ranking]
    by_metric: Mapping[str, Ranking]
    influence: Influence | None


def track_ranking(
    scores: Mapping[str, CurveScore],
    distances: Mapping[str, Mapping[str, Estimate]],
    sums: Sums,
    between: Between,
    gammas: Mapping[CellName, float],
    applicable: Applicability,
) -> TrackRanking:
    """Rank the rows of one track.

    Overall by realism, by part likewise, and by the applicable metrics by distance from real.
    """
    values = known({name: each.overall for name, each in scores.items()})
    parts: dict[str, dict[str, Realism]] = {}
    for name, each in scores.items():
        for part, realism in each.parts.items():
            parts.setdefault(part, {})[name] = realism
    metrics = {name: None for each in distances.values() for name in each}
    near = {name: _nearness(distances, name) for name in metrics if applicable.everywhere(name)}
    order = sorted(values, key=lambda name: (-values[name].value, name))
    return TrackRanking(
        overall=rank(values),
        adjacent=adjacent_detectable(values),
        parts={part: rank(known(each)) for part, each in parts.items()},
        by_metric={metric: rank(each) for metric, each in near.items() if len(each) > 1},
        influence=first_place(sums, between, order, gammas=gammas),
    )


def _nearness(distances: Mapping[str, Mapping[str, Estimate]], metric: str) -> dict[str, Estimate]:
    """Distances with their sign turned: ranks take the higher for the better.

    Without replicates, of too few documents, two rows cannot be told apart: one would not be first
    with another, but nowhere.
    """
    return {
        name: Estimate(-own[metric].value, -own[metric].replicates)
        for name, own in distances.items()
        if metric in own and len(own[metric].replicates)
    }
