from __future__ import annotations

import numpy as np
import pytest

from synact_bench.evaluation.score import Score, summary
from synact_bench.leaderboard import text
from synact_bench.scoring import Estimate, Realism
from tests.helpers import boards

WITH = Estimate(0.456, np.linspace(0.2, 0.7, 101))


def test_a_score_reads_as_on_the_board() -> None:
    for estimate in (WITH, Estimate(-0.001), Estimate(1.25)):
        assert str(Score.of(Realism(estimate))) == text.interval(estimate)


def test_without_a_number_there_is_the_reason() -> None:
    score = Score.of(Realism(None, "nothing to average"))
    assert (score.value, score.low, score.reason) == (None, None, "nothing to average")
    assert str(score) == "none"


def test_the_interval_is_that_of_the_estimate() -> None:
    score = Score.of(Realism(WITH))
    assert (score.low, score.high) == pytest.approx((0.2125, 0.6875))


def test_a_summary_names_every_part_of_a_row() -> None:
    realism = boards.row_of(boards.few(), "gaussian").realism
    found = summary(realism)
    assert list(found)[:3] == ["overall", "plateau", "sensitivity"]
    assert found.keys() == {"overall", *realism.by_experiment, *realism.by_metric}
    for name, part in realism.by_metric.items():
        assert found[name].value == part.value
