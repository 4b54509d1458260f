"""Clocks that never run backwards, whatever that of the machine does."""

from __future__ import annotations

import time
from datetime import datetime, timezone


def since(began: float) -> float:
    """Seconds since ``time.perf_counter`` was ``began``; 0 where a machine's clock went back."""
    return max(0.0, time.perf_counter() - began)


class Now:
    """Times in UTC that are no earlier than those before, of one process."""

    def __init__(self) -> None:
        self._last: datetime | None = None

    def __call__(self) -> datetime:
        """The time, or the last one given where a clock was set back."""
        now = datetime.now(timezone.utc)
        self._last = now if self._last is None else max(now, self._last)
        return self._last
