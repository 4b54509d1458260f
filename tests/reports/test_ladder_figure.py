from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from synact_bench.drawing.sheet import PRINT
from synact_bench.reports.ladder_figure import DrawnLadder, Rung, ladder_figure
from synact_bench.scoring.departure import displayed

RUNGS = [Rung(0.0, 0.9, (0.8, 1.0)), Rung(0.5, 0.2, (0.1, 0.3)), Rung(1.0, -3.0, (-4.0, -2.0))]


def drawn(**changed: Any) -> DrawnLadder:
    facts: dict[str, Any] = {
        "lines": {"overall": RUNGS},
        "label": "dose",
        "logarithmic": False,
        "landmarks": {"real-holdout": 0.95},
    }
    return DrawnLadder(**(facts | changed))


def test_marks_stand_at_the_realism_that_boards_show_with_their_intervals() -> None:
    (axes,) = ladder_figure(drawn(), sheet=PRINT["column"]).axes
    (container,) = axes.containers
    marks, _, (bars,) = container
    assert marks.get_ydata() == pytest.approx([displayed(each.value) for each in RUNGS])
    assert marks.get_xdata() == pytest.approx([0, 0.5, 1])
    for bar, rung in zip(bars.get_segments(), RUNGS, strict=True):
        assert np.asarray(bar)[:, 1] == pytest.approx([displayed(end) for end in rung.interval])
    assert "below 0" in axes.get_ylabel()
    assert [each.get_text() for each in axes.texts] == ["real-holdout"]


def test_lines_beside_each_other_are_named_and_stand_apart() -> None:
    figure = ladder_figure(drawn(lines={"overall": RUNGS, "plateau": RUNGS}))
    first, second = (container[0] for container in figure.axes[0].containers)
    assert first.get_color() != second.get_color()
    assert first.get_marker() != second.get_marker()
    assert (np.asarray(first.get_xdata()) != np.asarray(second.get_xdata())).all()
    assert [each.get_text() for each in figure.legends[0].get_texts()] == ["overall", "plateau"]


def test_steps_of_a_training_multiply() -> None:
    rungs = [Rung(10, 0.1), Rung(1000, 0.2)]
    figure = ladder_figure(drawn(lines={"overall": rungs}, logarithmic=True, landmarks={}))
    assert figure.axes[0].get_xscale() == "log"
    assert "below 0" not in figure.axes[0].get_ylabel()
