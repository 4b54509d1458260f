from __future__ import annotations

from synact_bench.metrics import METRICS
from synact_bench.metrics.tolerance import CONTINUOUS
from synact_bench.regression.tolerance import tolerance


def test_a_metric_has_the_tolerance_that_it_declares_and_an_unknown_one_the_usual() -> None:
    assert tolerance("kl_curve_gap") is METRICS["kl_curve_gap"].tolerance is not CONTINUOUS
    assert tolerance("a metric of tomorrow") is CONTINUOUS
