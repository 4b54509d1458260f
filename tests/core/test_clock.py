from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone, tzinfo

import pytest

from synact_bench.core import clock


def test_no_time_is_negative(monkeypatch: pytest.MonkeyPatch) -> None:
    assert clock.since(time.perf_counter() - 2) >= 2
    assert clock.since(time.perf_counter() + 100) == 0


def test_a_clock_that_is_set_back_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    begin = datetime(2026, 1, 1, tzinfo=timezone.utc)
    hours = iter([3, 2, 1, 4])

    class Jumping(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return begin + timedelta(hours=next(hours))

    monkeypatch.setattr(clock, "datetime", Jumping)
    now = clock.Now()
    assert [(now() - begin).seconds // 3600 for _ in range(4)] == [3, 3, 3, 4]
