from __future__ import annotations

from types import ModuleType

import pytest

from synact_bench.errors import PluginError, SynactError, UnknownNameError
from synact_bench.evaluation.target import named, row_of
from synact_bench.experiments import SCALE
from synact_bench.generators.gaussian import Gaussian


def made_by_a_function() -> Gaussian:
    return Gaussian()


def test_what_a_module_holds_is_named_by_its_place() -> None:
    assert named(Gaussian) == "synact_bench.generators.gaussian:Gaussian"
    assert named(made_by_a_function) == f"{__name__}:made_by_a_function"


def test_a_name_stays_as_it_is() -> None:
    assert named("path/to/file.py:Class") == "path/to/file.py:Class"


def test_a_class_inside_a_function_is_refused() -> None:
    class Local(Gaussian): ...

    with pytest.raises(PluginError, match=r"not at the top of module .*%%writefile"):
        named(Local)


def test_a_class_typed_at_a_prompt_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    prompt = ModuleType("prompt")
    monkeypatch.setitem(__import__("sys").modules, "prompt", prompt)
    exec("class Typed: ...", vars(prompt))
    with pytest.raises(PluginError, match=r"module 'prompt' has no file; save it in a file"):
        named(prompt.Typed)


@pytest.mark.parametrize("given", [Gaussian(), 3, None])
def test_an_object_is_refused(given: object) -> None:
    with pytest.raises(PluginError, match="give the class itself"):
        named(given)  # type: ignore[arg-type]


def test_the_row_is_called_as_the_card_says() -> None:
    assert row_of("synact_bench.generators.gaussian:Gaussian") == "gaussian"
    assert row_of("real-holdout") == "real-holdout"


@pytest.mark.parametrize("name", SCALE)
def test_a_row_that_gives_the_scale_has_no_score(name: str) -> None:
    with pytest.raises(SynactError, match="rows are compared with it"):
        row_of(name)


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'isotropic'"):
        row_of("isotopic")
