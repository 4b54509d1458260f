from __future__ import annotations

import dataclasses
import functools
import pickle
import random
import sys
from typing import ClassVar

import numpy as np
import pytest
import torch

from synact_bench.core.errors import PluginError, UnknownNameError
from synact_bench.testing import BrokenRulesError, Report, check_generator, global_state, tiny
from synact_bench.testing.check import STEPS
from synact_bench.testing.cost import TRACED
from synact_bench.testing.rules import RULES
from tests.helpers.faulty import FAULTS, faulty
from tests.helpers.ours import OURS
from tests.helpers.rule_breakers import (
    BREAKERS,
    SOUND,
    FitRaises,
    GlobalTorch,
    HoldsLambda,
    Sound,
    typed_at_a_prompt,
)


def checked(candidate, **options) -> Report:
    """On the tiny fixture: the rules do not depend on its width."""
    return check_generator(candidate, **{"on": tiny(), **options})


PRETRAINED = {"flow-prior", "flow-denoised", "flow-restored"}
"""They refuse a fixture that no weights were trained on: ``tests/generators/test_flow_prior.py``
has both, and checks them there."""
CASES = [(rule, fake) for rule, fakes in BREAKERS.items() for fake in fakes]


@pytest.mark.parametrize("kind", SOUND, ids=lambda kind: kind.__name__)
def test_a_sound_generator_keeps_every_rule(kind):
    report = checked(kind)
    assert report.passed
    assert {each.verdict for each in report.outcomes} <= {"kept", "does not apply"}


@pytest.mark.parametrize("name", sorted(OURS.keys() - PRETRAINED))
def test_every_generator_of_ours_keeps_every_rule(name):
    assert checked(OURS[name]).broken == ()


@pytest.mark.parametrize(("rule", "fake"), CASES, ids=lambda each: getattr(each, "__name__", each))
def test_a_fake_breaks_its_rule_and_no_other(rule, fake):
    report = checked(fake, raises=False)
    assert report.broken == (rule,)
    outcome = next(each for each in report.outcomes if each.rule.name == rule)
    assert outcome.advice == f"{outcome.seen}. {outcome.rule.reason} {outcome.rule.remedy}"


def test_a_class_without_a_file_breaks_the_rule_of_source_alone(monkeypatch):
    module = typed_at_a_prompt()
    monkeypatch.setitem(sys.modules, module.__name__, module)
    assert checked(module.Typed, raises=False).broken == ("source",)


def test_every_rule_has_a_fake():
    assert {*BREAKERS, "source"} == {rule.name for rule in RULES}


@pytest.mark.parametrize("mistake", FAULTS)
def test_what_a_run_refuses_is_refused_here(tmp_path, mistake):
    with pytest.raises(BrokenRulesError):
        checked(str(faulty(tmp_path, mistake)))


def test_the_message_lists_every_broken_rule_and_its_remedy():
    class Worse(GlobalTorch):
        def generate(self, n, *, rng):
            return super().generate(n, rng=rng).double()

    with pytest.raises(BrokenRulesError) as caught:
        checked(Worse)
    lines = str(caught.value).splitlines()
    assert lines[0].startswith("Worse: ")
    assert "2 broken" in lines[0]
    assert [line.partition(":")[0].strip() for line in lines[1:]] == ["dtype", "no global rng"]
    assert lines[1].endswith("Return it with .float().")
    assert isinstance(caught.value, PluginError)


def test_the_line_of_the_plugin_that_raised_is_named():
    report = checked(FitRaises, raises=False)
    (outcome,) = (each for each in report.outcomes if each.verdict == "broken")
    line = FitRaises.fit.__code__.co_firstlineno + 1
    assert f"ValueError: no such latent at {FitRaises.fit.__code__.co_filename}:{line}" in (
        outcome.seen
    )


class FailsAtSome(Sound):
    def generate(self, n, *, rng):
        if n == TRACED:
            raise ValueError("not this many")
        return super().generate(n, rng=rng)


class FitsSixTimes(Sound):
    fits = 0

    def fit(self, real, dictionary, *, rng):
        type(self).fits += 1
        if self.fits > 6:
            raise ValueError("once too often")
        super().fit(real, dictionary, rng=rng)


@pytest.mark.parametrize(
    ("kind", "why"),
    [(FailsAtSome, "ValueError: not this many"), (FitsSixTimes, "ValueError: once too often")],
)
def test_a_cost_that_cannot_be_measured_loses_no_outcome(monkeypatch, kind, why):
    monkeypatch.setattr(FitsSixTimes, "fits", 0)
    report = checked(kind)
    assert report.passed
    assert report.cost is None
    assert why in report.uncosted
    assert checked(Sound).uncosted == ""


def test_a_refusal_can_be_pickled():
    with pytest.raises(BrokenRulesError) as caught:
        checked(HoldsLambda)
    copy = pickle.loads(pickle.dumps(caught.value))
    assert str(copy) == str(caught.value)
    assert copy.report.broken == ("pickles",)


def test_a_generator_itself_is_copied_and_left_alone():
    generator = Sound()
    assert checked(generator).where == "Sound"
    assert vars(generator) == {}


def test_a_function_that_returns_a_generator_will_do():
    assert checked(functools.partial(Sound)).passed


def test_what_is_no_generator_is_the_callers_error():
    with pytest.raises(TypeError, match="is checked, not a int"):
        checked(3)


def test_an_unknown_name_is_refused():
    with pytest.raises(UnknownNameError, match="did you mean 'gaussian'"):
        checked("gausian")


def test_the_global_states_are_as_they_were():
    def states():
        rng = torch.get_rng_state().tolist(), str(np.random.get_state()), random.getstate()
        return rng, global_state.settings()

    before = states()
    for kind in (GlobalTorch, *BREAKERS["settings untouched"]):
        checked(kind, raises=False)
        assert states() == before


class Watched(Sound):
    """Notes the size of every pool that it is fitted to."""

    pools: ClassVar[list[int]] = []

    def fit(self, real, dictionary, *, rng):
        self.pools.append(len(real))
        super().fit(real, dictionary, rng=rng)


def test_another_ground_is_used_and_fitted_to_seven_times():
    Watched.pools.clear()
    fixture = tiny("other")
    rows = fixture.real.tensor[:200]
    short = dataclasses.replace(fixture.real, tensor=rows, documents=fixture.real.documents[:200])
    checked(Watched, on=dataclasses.replace(fixture, real=short))
    assert Watched.pools == [200] * 7


class Components(Sound):
    """Normal in 64 principal components, as a published method may be."""

    def fit(self, real, dictionary, *, rng):
        self.mean = real.mean
        values, axes = torch.linalg.eigh(real.covariance)
        self.axes = (axes * values.clamp(min=0).sqrt())[:, -64:].float()

    def generate(self, n, *, rng):
        return self.mean + torch.randn(n, 64, generator=rng) @ self.axes.T


def test_by_default_a_generator_has_the_room_of_a_published_testbed():
    report = check_generator(Components)
    assert report.passed
    assert report.cost.d_model == 576
    assert report.setting.startswith("d_model 576, 5760 train activations of 1440 documents, 1152")


def test_what_is_too_narrow_for_it_is_named():
    with pytest.raises(BrokenRulesError) as caught:
        checked(Components)
    setting = "on d_model 16, 480 train activations of 120 documents, 64 latents"
    assert str(caught.value).splitlines()[0].endswith(f"not reached, {setting}")
    assert f"rules {setting}: generates" in caught.value.what


def test_every_step_is_told_in_its_turn():
    told: list[str] = []
    checked(Sound, started=told.append)
    assert tuple(told) == STEPS
