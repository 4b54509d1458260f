"""Scoring: samples in, numbers out."""

from __future__ import annotations

from synact_bench.scoring.cell_name import CellName
from synact_bench.scoring.comparison import Comparison, Samples, Scores
from synact_bench.scoring.estimate import Estimate
from synact_bench.scoring.realism import Realism
from synact_bench.scoring.resampling import Resampling
from synact_bench.scoring.sample import Sample
from synact_bench.scoring.scores import MetricScore

__all__ = [
    "CellName",
    "Comparison",
    "Estimate",
    "MetricScore",
    "Realism",
    "Resampling",
    "Sample",
    "Samples",
    "Scores",
]
