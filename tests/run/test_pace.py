from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synact_bench.run import pace
from synact_bench.run.pace import Pace


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(time, "monotonic", found)
    return found


def test_what_passes_before_the_first_cell_says_nothing_of_the_time_left(clock: Clock) -> None:
    told = Pace([10.0, 10.0], predicted=True)
    clock.now += 85
    assert not told.running
    assert told.elapsed == 0.0
    assert told.seconds == pytest.approx(20)
    told.begin()
    assert told.seconds == pytest.approx(20)


def test_measured_throughput_soon_outweighs_a_wrong_prediction(clock: Clock) -> None:
    told = Pace([100.0] * 10, predicted=True)  # of a machine that is four times as slow
    told.begin()
    left = []
    for _ in range(8):
        clock.now += 25
        told.done(100.0)
        left.append(told.seconds)
    assert left[-1] == pytest.approx(50, rel=0.1)
    assert left == sorted(left, reverse=True)


def test_where_nothing_was_predicted_it_is_told_once_something_is_measured(clock: Clock) -> None:
    told = Pace([300.0, 300.0], predicted=False)
    told.begin()
    clock.now += 60
    assert told.seconds is None
    told.advanced(150.0)
    assert told.seconds == pytest.approx(180)
    told.done(300.0)
    assert told.seconds == pytest.approx(60)


def test_what_will_not_be_measured_takes_no_time(clock: Clock) -> None:
    told = Pace([300.0, 300.0, 300.0], predicted=False)
    told.begin()
    clock.now += 60
    told.done(300.0)
    told.dropped(300.0)
    assert told.seconds == pytest.approx(60)


def test_a_prediction_is_shared_by_workers(clock: Clock) -> None:
    assert Pace([100.0] * 4, predicted=True, workers=4).seconds == pytest.approx(100)


@given(
    st.lists(st.floats(0.1, 1e3), min_size=2, max_size=12),
    st.floats(0.01, 100.0),
    st.integers(1, 11),
)
def test_at_a_steady_pace_it_is_exact(weights: list[float], speed: float, done: int) -> None:
    """Where cells take what they weigh, by one factor, what is left takes its own share."""
    clock = Clock()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "monotonic", clock)
        told = Pace(weights, predicted=False)
        told.begin()
        for each in weights[: min(done, len(weights) - 1)]:
            clock.now += each / speed
            told.done(each)
        if told.elapsed >= pace.SOONEST:
            left = sum(weights[min(done, len(weights) - 1) :])
            assert told.seconds == pytest.approx(left / speed, rel=1e-6)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "0 s"), (89.4, "89 s"), (90, "2 min"), (5340, "89 min"), (5400, "1 h 30 min")],
)
def test_times_are_words(seconds: float, words: str) -> None:
    assert pace.worded(seconds) == words
