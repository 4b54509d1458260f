"""Scores of rows out of thin air, for the tests of what is made of them."""

from __future__ import annotations

import numpy as np

from synact_bench.scoring import Estimate, Realism
from synact_bench.scoring.curve_scores import CurveScore
from synact_bench.scoring.swap_null import RealTest


def score(overall: Estimate | None, *, pvalue: float = 0.001) -> CurveScore:
    """A score of which only the overall realism, and whether it is real, matter."""
    none = Realism(None, "not measured")
    return CurveScore(
        cells={},
        overall=none if overall is None else Realism(overall),
        by_experiment={},
        parts={},
        disagree=False,
        unscaled=None,
        test=None if overall is None else RealTest(pvalue, 0.1),
    )


def spread_about(value: float, spread: float = 1.0) -> Estimate:
    """An estimate whose 95 % interval reaches 0.95 ``spread`` to either side."""
    return Estimate(value, value + spread * np.linspace(-1, 1, 2001))
