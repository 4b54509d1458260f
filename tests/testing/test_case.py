from __future__ import annotations

import pytest
import torch

from synact_bench.core.errors import PluginError
from synact_bench.testing.case import Case
from synact_bench.testing.fixtures import tiny
from tests.helpers.rule_breakers import (
    Array,
    ChangesBase,
    FitRaises,
    GenerateRaises,
    GlobalTorch,
    HoldsUncountable,
    NeedsArgument,
    Sound,
    SoundWithBase,
)


def case(kind):
    return Case(kind, tiny(), kind.__name__)


def test_a_question_is_a_number_or_bases_by_track():
    assert case(Sound).asked() == 12
    assert case(Sound).asked(30) == 30
    base = tiny().base
    assert torch.equal(case(SoundWithBase).asked(), base)
    assert torch.equal(case(SoundWithBase).asked(5), base[:5])
    assert torch.equal(case(SoundWithBase).asked(30), base.repeat(3, 1)[:30])
    assert case(SoundWithBase).asked(0).shape == (0, 16)


@pytest.mark.parametrize("kind", [Sound, SoundWithBase])
def test_every_first_answer_is_the_same(kind):
    found = case(kind)
    assert torch.equal(found.output, found.answer(found.fitted()))
    assert found.first.refusals == {}


def test_the_ground_is_not_shared_with_a_generator():
    fixture = tiny()
    found = Case(ChangesBase, fixture, "x")
    found.answer(found.fitted())
    assert torch.equal(fixture.base, tiny().base)


@pytest.mark.parametrize(
    ("kind", "about"),
    [
        (FitRaises, {"fit"}),
        (HoldsUncountable, {"fit"}),
        (GenerateRaises, {"generate"}),
        (GlobalTorch, {"global state"}),
        (ChangesBase, {"base"}),
    ],
)
def test_what_the_first_run_does_wrong_is_noted_apart(kind, about):
    assert set(case(kind).first.refusals) == about


def test_making_it_may_fail():
    with pytest.raises(PluginError, match="making it raised TypeError"):
        case(NeedsArgument).made()


def test_an_answer_is_a_tensor():
    found = case(Array)
    with pytest.raises(PluginError, match="a ndarray"):
        found.answer(found.fitted())
    with pytest.raises(PluginError, match="a ndarray"):
        _ = found.output
