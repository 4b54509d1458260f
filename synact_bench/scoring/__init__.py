"""Scoring: samples in, numbers out."""

from __future__ import annotations

from synact_bench.scoring.distances import kolmogorov_smirnov, wasserstein1
from synact_bench.scoring.floor import noise_floor
from synact_bench.scoring.overall import CellName, Overall, summarise
from synact_bench.scoring.realism import Realism, mean_realism
from synact_bench.scoring.sample import Sample, measure, sample_distance
from synact_bench.scoring.scores import MetricScore, score

__all__ = [
    "CellName",
    "MetricScore",
    "Overall",
    "Realism",
    "Sample",
    "kolmogorov_smirnov",
    "mean_realism",
    "measure",
    "noise_floor",
    "sample_distance",
    "score",
    "summarise",
    "wasserstein1",
]
