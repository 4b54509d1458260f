"""Curves that are known already: only further points go through the model."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from synact_bench.core.curves import Curves
from synact_bench.engine.refinement import Sought
from synact_bench.engine.sweeper import Sweeper
from tests.helpers.asked import Asked
from tests.helpers.swept import hooks, lines
from tests.helpers.tiny import LAYERS, Lines, token_ids

MANY = torch.linspace(0, 1, 33)
STEEPEST, CROSSING = Sought(steepest=True), Sought(level=1.0)
BOTH = Sought(steepest=True, level=1.0)
WHERE = hooks(1, LAYERS - 1)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    return Asked.watching(monkeypatch)


class Swept:
    """Long paths through a tiny model, on which its answer is no straight line."""

    def __init__(self, model, *, rows: int | None = None) -> None:
        ids = token_ids(8, 6)
        short = lines(model, ids, WHERE["write_hook"])
        self.along = Lines(short.base, 8 * short.displacement)
        self.sweeper = Sweeper(model, ids, **WHERE, rows=rows)

    def curves(self, sought: Sought | None, known: Curves | None = None) -> Curves:
        return self.sweeper.curves(range(8), self.along, MANY, sought=sought, known=known)


def assert_same(first: Curves, second: Curves) -> None:
    """Equal to the bit."""
    np.testing.assert_array_equal(first.l2, second.l2)
    np.testing.assert_array_equal(first.kl, second.kl)
    np.testing.assert_array_equal(first.run, second.run)


@pytest.mark.parametrize("rows", [None, 1, 7])
@pytest.mark.parametrize(("before", "after"), [(STEEPEST, BOTH), (CROSSING, BOTH)])
def test_what_else_is_sought_runs_further_points_alone(tiny, asked, rows, before, after) -> None:
    swept = Swept(tiny("llama"), rows=rows)
    known = swept.curves(before)
    asked.clear()
    found = swept.curves(after, known)
    new = found.run & ~known.run
    assert new.any()
    assert (known.run <= found.run).all()
    assert not asked.again
    assert asked.points == new.sum()
    for name in ("l2", "kl"):
        np.testing.assert_array_equal(
            getattr(found, name)[known.run], getattr(known, name)[known.run]
        )


@pytest.mark.parametrize("sought", [STEEPEST, CROSSING, BOTH])
def test_nothing_is_asked_where_all_that_is_sought_is_known(tiny, asked, sought) -> None:
    swept = Swept(tiny("llama"))
    known = swept.curves(BOTH)
    asked.clear()
    found = swept.curves(sought, known)
    assert asked.points == 0
    np.testing.assert_array_equal(found.run, known.run)
    if sought is BOTH:
        assert_same(found, known)


def test_its_answers_are_those_of_the_whole_grid(tiny) -> None:
    swept = Swept(tiny("llama"))
    whole = swept.curves(None)
    found = swept.curves(BOTH, swept.curves(STEEPEST))
    np.testing.assert_array_equal(np.diff(found.l2).argmax(1), np.diff(whole.l2).argmax(1))
    crossed = (whole.l2 > 1.0).argmax(1)
    assert (crossed > 0).sum() > 4
    np.testing.assert_array_equal((found.l2 > 1.0).argmax(1), crossed)
    apart = abs(found.l2 - whole.l2) / whole.l2.max(1, keepdims=True)
    assert apart[found.run].max() < 1e-5


def test_what_is_known_is_not_looked_up_where_it_was_interpolated(tiny) -> None:
    swept = Swept(tiny("llama"))
    known = swept.curves(STEEPEST)
    nonsense = [np.where(known.run, each, np.float32(1e9)) for each in (known.l2, known.kl)]
    blurred = dataclasses.replace(known, l2=nonsense[0], kl=nonsense[1])
    assert_same(swept.curves(BOTH, blurred), swept.curves(BOTH, known))


def test_a_whole_grid_asks_nothing_where_it_is_known_whole(tiny, asked) -> None:
    swept = Swept(tiny("llama"))
    known = swept.curves(None)
    asked.clear()
    assert_same(swept.curves(None, known), known)
    assert asked.points == 0


def test_a_whole_grid_is_run_where_a_part_of_it_is_known(tiny) -> None:
    swept = Swept(tiny("llama"))
    found = swept.curves(None, swept.curves(STEEPEST))
    assert found.measured is None
    assert_same(found, swept.curves(None))
