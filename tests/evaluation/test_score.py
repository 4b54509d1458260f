from __future__ import annotations

import numpy as np
import pytest

from synact_bench.evaluation.score import Score, summary
from synact_bench.reports import formatting
from synact_bench.scoring import Estimate, Realism
from tests.helpers import boards

WITH = Estimate(0.456, np.linspace(0.2, 0.7, 101))
FAR = Estimate(-3.0, np.linspace(-4.0, -2.0, 101))


def test_a_score_reads_as_on_the_board() -> None:
    for estimate in (WITH, FAR, Estimate(-0.001), Estimate(1.25), Estimate(-40.0)):
        assert str(Score.of(Realism(estimate))) == formatting.bounded(Realism(estimate))


def test_without_a_number_there_is_the_reason() -> None:
    score = Score.of(Realism(None, "nothing to average"))
    assert (score.value, score.low, score.reason) == (None, None, "nothing to average")
    assert str(score) == "none"


def test_the_interval_is_that_of_the_estimate() -> None:
    score = Score.of(Realism(WITH))
    assert (score.low, score.high) == pytest.approx((0.2125, 0.6875))


def test_a_number_keeps_what_its_text_bounds() -> None:
    score = Score.of(Realism(FAR))
    assert score.value == -3.0
    assert str(score).startswith("-0.75 [")


def test_a_summary_names_every_part_of_a_row() -> None:
    score = boards.row_of(boards.few(), "gaussian").score
    found = summary(score)
    assert list(found) == ["overall", "plateau", "sensitivity", "relative", "matched"]
    assert found["overall"].value == score.overall.value
    for parts in (score.by_experiment, score.parts):
        for name, part in parts.items():
            assert found[name].value == part.value
