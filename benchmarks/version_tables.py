"""Tables of one testbed under version 2: its rows and its scale."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from benchmarks.second_version import Second, over
from benchmarks.tables import Row
from benchmarks.version_records import Estimates, Records
from synact_bench.experiments import CONTROLS
from synact_bench.leaderboard.board import TRACKS
from synact_bench.leaderboard.scored_cells import WANTED
from synact_bench.scoring.curve_scores import CurveScore
from synact_bench.scoring.departure import displayed
from synact_bench.scoring.features import BLOCKS
from synact_bench.scoring.ranking import rank


def board_rows(
    records: Records, scores: Mapping[str, CurveScore], published: Estimates
) -> list[Row]:
    """Every row with both realisms, by falling version 2."""
    ranks: dict[str, int] = {}
    for track in TRACKS:
        chosen = {name: over(scores, WANTED)[name] for name in records.track(track)}
        ranks |= rank(chosen).ranks
    rows: list[Row] = []
    for name, score in sorted(scores.items(), key=lambda each: -(each[1].overall.value or 0)):
        assert score.overall.estimate is not None
        assert score.test is not None
        low, high = score.overall.estimate.interval or (np.nan, np.nan)
        before = published.get(name)
        rows.append(
            {
                "row": name + (" (control)" if name in CONTROLS else ""),
                "published": None if before is None else _interval(before.value, before.interval),
                "realism@2": _interval(score.overall.estimate.value, (low, high)),
                "shown": displayed(score.overall.estimate.value),
                "rank": ranks.get(name),
                **{each: part.value for each, part in score.by_experiment.items()},
                **{each: part.value for each, part in score.parts.items()},
                "signs": "differ" if score.disagree else None,
                "1 - sqrt(H)": score.unscaled,
                "p real": score.test.pvalue,
            }
        )
    return rows


def scale_rows(second: Second) -> list[Row]:
    """The frozen facts of each cell."""
    return [
        {
            "cell": f"{cell.experiment}/{cell.path}",
            "final l2": scale.units.length,
            **dict(zip(BLOCKS, scale.units.blocks, strict=True)),
            "Gamma": scale.gamma,
            "its s.e.": scale.gamma_error,
        }
        for cell, scale in second.scales.items()
    ]


def _interval(value: float, ends: tuple[float, float] | None) -> str:
    return f"{value:.2f}" + (f" [{ends[0]:.2f}, {ends[1]:.2f}]" if ends else "")
