from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from synact_bench.core.errors import SubjectError
from synact_bench.engine import batching as rows
from synact_bench.engine.batching import Rows
from synact_bench.engine.packed_linear import ROWS

Done = list[tuple[range, range]]


def every(done: Done) -> list[tuple[int, int]]:
    """Each group and point that work was done on, in order of place."""
    return sorted((group, point) for groups, points in done for group in groups for point in points)


def whole(groups: int, points: int) -> list[tuple[int, int]]:
    return [(group, point) for group in range(groups) for point in range(points)]


@given(st.integers(1, 40), st.integers(0, 12), st.integers(1, 12))
def test_every_point_is_worked_on_once_and_never_too_many(size, groups, points):
    done: Done = []
    Rows(size).each(range(groups), range(points), lambda *part: done.append(part))
    assert every(done) == whole(groups, points)
    assert all(len(rows) * len(columns) <= size for rows, columns in done)


def test_groups_stay_whole_where_they_fit():
    done: Done = []
    Rows(7).each(range(5), range(3), lambda *part: done.append(part))
    assert [(len(groups), len(points)) for groups, points in done] == [(2, 3), (2, 3), (1, 3)]


@given(st.integers(1, 40), st.integers(1, 12), st.integers(1, 12))
def test_what_does_not_fit_is_tried_again_in_halves(room, groups, points):
    done: Done = []

    def work(rows: range, columns: range) -> None:
        if len(rows) * len(columns) > room:
            raise torch.OutOfMemoryError("no room")
        done.append((rows, columns))

    size = Rows(1000)
    size.each(range(groups), range(points), work)
    assert every(done) == whole(groups, points)
    assert size.size == 1000 or size.size <= groups * points
    # What was learned holds for what comes next: nothing fails again.
    failed = size.size
    size.each(range(groups), range(points), work)
    assert size.size == failed


def test_a_point_that_does_not_fit_is_refused():
    def work(*_: range) -> None:
        raise torch.OutOfMemoryError("no room")

    with pytest.raises(SubjectError, match="a single point does not fit"):
        Rows(4).each(range(2), range(2), work)


def test_other_errors_are_not_tried_again():
    calls = []

    def work(*part: range) -> None:
        calls.append(part)
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        Rows(4).each(range(2), range(2), work)
    assert len(calls) == 1


def test_a_processor_takes_a_fixed_number(tiny):
    assert Rows.fitting(tiny("llama")).size == ROWS
    assert Rows.fitting(tiny("llama"), tokens=5).size == ROWS // 5
    assert Rows.fitting(tiny("llama"), tokens=2 * ROWS).size == 1


@pytest.mark.parametrize(("free", "expected"), [(1 << 40, rows.MOST), (1, 1), (400 << 20, None)])
def test_an_accelerator_takes_what_its_free_memory_holds(monkeypatch, tiny, free, expected):
    model = tiny("llama")
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _: (free, free))
    there: Any = SimpleNamespace(
        device=torch.device("cuda"), plain=model.plain, d_model=model.d_model
    )
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)
    found, of_three = Rows.fitting(there), Rows.fitting(there, tokens=3)
    assert found.held == of_three.held == free // 8
    assert found.size // 3 <= of_three.size <= found.size
    if expected is None:
        assert 1 < found.size < rows.MOST
    else:
        assert found.size == expected
