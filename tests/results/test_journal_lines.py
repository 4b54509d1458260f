from __future__ import annotations

from typing import Any

import pytest

from synact_bench.results.journal_lines import whole

UNIT = {"id": "a/b/1", "row": "b", "cells": ["b--x--y--1"]}
WHOLE: list[dict[str, Any]] = [
    {"event": "started", "units": [UNIT], "arguments": ["--seed", "0"]},
    {"event": "started", "units": [], "arguments": None},
    {"event": "opened", "testbed": "a", "seconds": 1.5, "memory": 10**9},
    {"event": "fitted", "row": "b", "seconds": 0},
    {"event": "cell", "row": "b", "seconds": 2.0, "points": 300, "memory": None},
    {"event": "failed", "row": "b", "error": "broke"},
    {"event": "failed", "unit": "a/b/1", "row": "b", "error": "broke"},
    {"event": "stopped", "error": "KeyboardInterrupt"},
    {"event": "ended"},
    {"event": "an event of later", "anything": [1]},
]


def test_lines_that_say_what_their_event_says_are_kept_as_they_are() -> None:
    assert [*whole(WHOLE)] == WHOLE


@pytest.mark.parametrize(
    "line",
    [
        {},
        {"event": ["cell"], "seconds": 1.0, "points": 1},
        {"event": "started"},
        {"event": "started", "units": 0.5, "arguments": []},
        {"event": "started", "units": [{"id": "a", "cells": []}], "arguments": []},
        {"event": "started", "units": [UNIT], "arguments": [1]},
        {"event": "cell", "seconds": float("inf"), "points": 1},
        {"event": "cell", "seconds": float("nan"), "points": 1},
        {"event": "cell", "seconds": 1.0, "points": 10**400},
        {"event": "cell", "seconds": 1.0, "points": float("inf")},
        {"event": "cell", "seconds": None, "points": 1},
        {"event": "cell", "seconds": "2.0", "points": 1},
        {"event": "cell", "seconds": 2.0, "points": "1.0"},
        {"event": "ended", "memory": "1e3"},
        {"event": "opened", "seconds": "soon"},
        {"event": "fitted", "seconds": 1.0},
        {"event": "ended", "memory": [1]},
        {"event": "ended", "memory": -1},
        {"event": "stopped", "error": {}},
        {"event": "failed", "unit": ["a"], "error": "broke"},
    ],
)
def test_others_are_passed_over(line: dict[str, Any]) -> None:
    assert [*whole([WHOLE[0], line, WHOLE[-1]])] == [WHOLE[0], WHOLE[-1]]
