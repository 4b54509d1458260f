from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
import torch

from synact_bench.core.errors import PluginError, SynactError
from synact_bench.generators.base import GeneratorCard
from synact_bench.generators.contract import ROWS_AT_ONCE, as_plugin_error, conforming, draw, fit
from synact_bench.testing import fixtures
from tests.helpers.toys import rng_of, toy_dictionary, toy_real

SETTING = fixtures.tiny("contract").told


def nothing(*args, **kwargs):
    return None


class Fake:
    """A generator whose ``fit`` and ``generate`` are the functions given."""

    def __init__(self, generate=nothing, *, track="unconditional", fit=nothing):
        self.card = GeneratorCard(name="fake", version="1", track=track)
        self.fit = fit
        self.generate = generate


def drawn(generate, n_or_base: int | torch.Tensor = 4) -> torch.Tensor:
    track = "conditioned" if isinstance(n_or_base, torch.Tensor) else "unconditional"
    return draw(Fake(generate, track=track), n_or_base, rng=rng_of(0), d_model=3)


def noise(n, *, rng):
    return torch.randn(n, 3, generator=rng)


def with_gap(value: float):
    def generate(n, *, rng):
        rows = torch.zeros(n, 3)
        rows[1, 2] = rows[3, 0] = value
        return rows

    return generate


def test_a_sound_output_is_returned_as_it_is():
    assert torch.equal(drawn(noise), noise(4, rng=rng_of(0)))


def test_a_conditioned_generator_sees_the_base():
    base = torch.arange(6.0).reshape(2, 3)
    assert torch.equal(drawn(lambda base, *, rng: base + 1, base), base + 1)


def reconstructing(reconstruct: Any) -> Any:
    """A generator of the reconstruction track."""
    fake: Any = Fake(track="reconstruction")
    fake.reconstruct = reconstruct
    return fake


def test_a_reconstruction_is_asked_by_its_own_method():
    base = torch.arange(6.0).reshape(2, 3)

    def shown(reconstruct: Any, base: Any = base) -> torch.Tensor:
        return draw(reconstructing(reconstruct), base, rng=rng_of(0), d_model=3)

    with pytest.raises(PluginError, match="Fake has no method reconstruct; define reconstruct on"):
        conforming(Fake(track="reconstruction"), where="here")
    halving = reconstructing(lambda base, *, rng: base / 2)
    assert conforming(halving, where="here") is halving
    assert torch.equal(shown(lambda base, *, rng: base / 2), base / 2)
    with pytest.raises(PluginError, match=r"reconstruct returned dtype torch\.float64; return it"):
        shown(lambda base, *, rng: base.double())
    with pytest.raises(PluginError, match="reconstruct changed its base in place"):
        shown(lambda base, *, rng: base.mul_(2))
    with pytest.raises(PluginError, match="reconstruct raised IndexError"):
        shown(lambda base, *, rng: base[5])
    with pytest.raises(TypeError, match="a generator of the reconstruction track got a int"):
        shown(lambda base, *, rng: base, 2)


def test_output_shares_nothing_with_the_generator():
    held = torch.ones(3, requires_grad=True)
    output = drawn(lambda n, *, rng: held.expand(n, 3))
    output[0, 0] = 5.0
    assert held[0] == 1
    assert not output.requires_grad
    assert output.is_contiguous()


@pytest.mark.parametrize(
    ("generate", "message"),
    [
        (nothing, "a NoneType; return a torch.Tensor"),
        (lambda n, *, rng: np.zeros((n, 3)), "a ndarray"),
        (lambda n, *, rng: torch.zeros(n, 3, device="meta"), r"a tensor on meta; .*\.cpu"),
        (lambda n, *, rng: torch.zeros(n, 2), r"shape \[4, 2\]; .* here \[4, 3\]"),
        (lambda n, *, rng: torch.zeros(n + 1, 3), r"shape \[5, 3\]"),
        (lambda n, *, rng: torch.zeros(n, 1, 3), r"shape \[4, 1, 3\]"),
        (lambda n, *, rng: torch.zeros(n, 3).double(), r"dtype torch.float64; .*\.float\(\)"),
        (lambda n, *, rng: torch.zeros(n, 3).half(), "dtype torch.float16"),
        (with_gap(float("nan")), "NaN or infinity in 2 of 4 rows"),
        (with_gap(float("-inf")), "NaN or infinity in 2 of 4 rows"),
    ],
)
def test_a_bad_output_is_refused(generate, message):
    with pytest.raises(PluginError, match=f"^generator 'fake': generate returned.*{message}"):
        drawn(generate)


def test_a_base_changed_in_place_is_refused_and_spared():
    base = torch.ones(2, 3)
    with pytest.raises(PluginError, match="'fake': generate changed its base in place"):
        drawn(lambda base, *, rng: base.mul_(2), base)
    assert torch.equal(base, torch.ones(2, 3))


@pytest.mark.parametrize(
    ("use", "library"),
    [
        (lambda: torch.rand(1), "torch"),
        (lambda: torch.manual_seed(torch.initial_seed() + 1), "torch"),
        (np.random.rand, "numpy"),
        (random.random, "python"),
    ],
)
def test_use_of_a_global_rng_is_refused(use, library):
    def generate(n, *, rng):
        use()
        return noise(n, rng=rng)

    message = f"'fake': used the global random state of {library}; draw from the rng"
    with pytest.raises(PluginError, match=message):
        drawn(generate)
    with pytest.raises(PluginError, match=message):
        fitted(lambda real, dictionary, *, rng: use())


@pytest.mark.parametrize(("track", "given"), [("conditioned", 3), ("unconditional", "base")])
def test_an_argument_for_the_other_track_is_the_callers_error(track, given):
    n_or_base = torch.ones(2, 3) if given == "base" else given
    with pytest.raises(TypeError, match=f"of the {track} track"):
        draw(Fake(noise, track=track), n_or_base, rng=rng_of(0), d_model=3)


def fitted(function, real=None) -> None:
    fit(Fake(fit=function), real or toy_real(), toy_dictionary(), SETTING, rng=rng_of(0))


def test_fit_passes_pool_dictionary_and_rng():
    seen = []
    fitted(lambda *args, **kwargs: seen.extend([*args, kwargs["rng"]]))
    assert [type(item).__name__ for item in seen] == ["RealActivations", "Dictionary", "Generator"]


def test_fit_that_declares_a_setting_is_told_it():
    told = []

    def asks(real, dictionary, setting, *, rng):
        told.append(setting)

    def by_keyword(real, dictionary, *, setting=None, rng):
        told.append(setting)

    fitted(asks)
    fitted(by_keyword)
    fitted(lambda real, dictionary, *, rng: told.append(None))
    assert told == [SETTING, SETTING, None]


def test_a_generator_can_refuse_a_testbed_that_it_was_not_made_for():
    def refuses(real, dictionary, setting, *, rng):
        raise SynactError(f"made for layer 7, not {setting.layer}", where="here", fix="go there")

    with pytest.raises(SynactError, match="made for layer 7, not 2"):
        fitted(refuses)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda real, dictionary, *, rng: real.tensor.add_(1), "the train pool"),
        (lambda real, dictionary, *, rng: real.tensor.numpy().sort(), "the train pool"),
        (lambda real, dictionary, *, rng: dictionary.directions.zero_(), "dictionary.directions"),
        (lambda real, dictionary, *, rng: dictionary.bias.zero_(), "dictionary.bias"),
        (lambda real, dictionary, *, rng: dictionary.firing_frequency.zero_(), "dictionary.firing"),
    ],
)
def test_fit_must_not_change_what_it_learns_from(change, what):
    with pytest.raises(PluginError, match=f"'fake': fit changed {what}.*clone"):
        fitted(change)


def broken(*args, **kwargs):
    return torch.zeros(2) @ torch.zeros(3)  # raises inside torch; this line is the plugin's


@pytest.mark.parametrize("call", [lambda: drawn(broken), lambda: fitted(broken)])
def test_an_exception_names_its_type_message_and_line(call):
    line = broken.__code__.co_firstlineno + 1
    with pytest.raises(PluginError, match=rf"raised RuntimeError: .* at {__file__}:{line}; ") as e:
        call()
    assert isinstance(e.value.__cause__, RuntimeError)


def test_the_plugins_own_line_is_preferred_to_a_librarys():
    def generate(n, *, rng):
        return random.Random(0).sample([], n)

    with pytest.raises(PluginError, match=rf"ValueError: .* at {__file__}:\d+;"):
        drawn(generate)


def test_a_refusal_in_our_own_words_passes_unchanged():
    refusal = SynactError("too little text", where="here", fix="add some")
    with pytest.raises(SynactError) as e, as_plugin_error("there", doing="fit"):
        raise refusal
    assert e.value is refusal


def test_a_line_is_left_out_when_none_of_the_plugins_was_reached():
    with pytest.raises(PluginError) as e, as_plugin_error("x", doing="importing"):
        raise SyntaxError("bad", ("plugin.py", 7, 1, "("))
    assert "SyntaxError: bad (plugin.py, line 7) at plugin.py:7;" in str(e.value)


class NoCard:
    fit = generate = nothing


class WrongCard(NoCard):
    card = "half"


class NoFit:
    card = GeneratorCard(name="a", version="1", track="conditioned")
    generate = nothing


class NoGenerate:
    card = GeneratorCard(name="a", version="1", track="conditioned")
    fit = nothing


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (NoCard, "x: NoCard has no valid card; .*GeneratorCard"),
        (WrongCard, "x: WrongCard has no valid card"),
        (NoFit, "x: NoFit has no method fit; define fit"),
        (NoGenerate, "x: NoGenerate has no method generate"),
    ],
)
def test_an_object_that_is_no_generator_is_refused(kind, message):
    with pytest.raises(PluginError, match=message):
        conforming(kind(), where="x")


def test_a_generator_conforms():
    generator = Fake(noise)
    assert conforming(generator, where="x") is generator


class Asked(Fake):
    """Notes what it is asked for."""

    def __init__(self, *, splits, track="unconditional"):
        super().__init__(self.rows, track=track)
        self.card = self.card.model_copy(update={"splits": splits})
        self.questions = []

    def rows(self, asked, *, rng):
        self.questions.append(asked)
        return asked + 1 if isinstance(asked, torch.Tensor) else noise(asked, rng=rng)


@pytest.mark.parametrize(
    ("splits", "n", "questions"),
    [
        (False, 2 * ROWS_AT_ONCE + 1, [2 * ROWS_AT_ONCE + 1]),
        (True, 2 * ROWS_AT_ONCE + 1, [ROWS_AT_ONCE, ROWS_AT_ONCE, 1]),
        (True, ROWS_AT_ONCE, [ROWS_AT_ONCE]),
        (True, 0, [0]),
    ],
)
def test_only_who_promises_it_is_asked_in_parts(splits, n, questions):
    generator = Asked(splits=splits)
    assert draw(generator, n, rng=rng_of(0), d_model=3).shape == (n, 3)
    assert generator.questions == questions


@pytest.mark.parametrize("n", [0, 3, ROWS_AT_ONCE, 2 * ROWS_AT_ONCE + 1])
def test_bases_in_parts_are_answered_in_order(n):
    base = torch.randn(n, 3, generator=rng_of(1))
    generator = Asked(splits=True, track="conditioned")
    assert torch.equal(draw(generator, base, rng=rng_of(0), d_model=3), base + 1)
    assert all(len(part) <= ROWS_AT_ONCE for part in generator.questions)
    assert torch.equal(torch.cat(generator.questions), base)


def test_parts_go_on_with_one_rng():
    whole = draw(Asked(splits=False), 2 * ROWS_AT_ONCE, rng=rng_of(0), d_model=3)
    parts = draw(Asked(splits=True), 2 * ROWS_AT_ONCE, rng=rng_of(0), d_model=3)
    assert torch.equal(parts, whole)
