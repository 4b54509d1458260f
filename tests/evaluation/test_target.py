from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from synact_bench.core.errors import PluginError, SynactError, UnknownNameError
from synact_bench.core.experiments import REAL
from synact_bench.evaluation.target import named, row_of
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


@pytest.mark.parametrize("name", REAL)
def test_a_row_that_others_are_compared_with_has_no_score(name: str) -> None:
    with pytest.raises(SynactError, match="rows are compared with it"):
        row_of(name)


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'isotropic'"):
        row_of("isotopic")


METHOD = """
from synact_bench.generators.gaussian import Gaussian

class Method(Gaussian):
    times = 1
"""


@pytest.fixture
def method(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A module that can be imported, in a file."""
    monkeypatch.syspath_prepend(tmp_path)
    file = tmp_path / "edited_method.py"
    file.write_text(METHOD, encoding="utf-8")
    yield file
    sys.modules.pop(file.stem, None)


def test_an_imported_class_is_refused_once_its_file_was_edited(method: Path) -> None:
    target = named(importlib.import_module(method.stem).Method)
    assert row_of(target) == "gaussian"
    for edited in (METHOD.replace("1", "2"), f"{METHOD}    # a comment is an edit\n"):
        method.write_text(edited, encoding="utf-8")
        with pytest.raises(PluginError, match=r"edited after it was imported.*restart the kernel"):
            row_of(target)
    method.write_text(METHOD, encoding="utf-8")
    assert row_of(target) == "gaussian"


def test_a_file_and_a_class_loaded_anew_may_have_been_edited(method: Path) -> None:
    file = f"{method}:Method"
    module = importlib.import_module(method.stem)
    assert row_of(file) == row_of(named(module.Method)) == "gaussian"
    method.write_text(METHOD.replace("1", "2 + 2"), encoding="utf-8")
    assert row_of(file) == "gaussian"
    importlib.reload(module)
    assert module.Method.times == 4
    assert row_of(named(module.Method)) == "gaussian"
