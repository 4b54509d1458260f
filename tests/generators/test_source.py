from __future__ import annotations

import importlib
import importlib.machinery
import sys
from typing import Any

import pytest

from synact_bench.core.errors import PluginError
from synact_bench.generators import contract
from synact_bench.generators.base import GeneratorCard
from synact_bench.generators.controls import Mean
from synact_bench.generators.source import source_digest
from tests.helpers.ours import OURS
from tests.helpers.rule_breakers import Sound
from tests.helpers.toys import rng_of, toy_dictionary, toy_real, toy_setting

MAIN = '''
from methods.parts import scale
from methods import extra
from . import near

class Method:
    """A method."""
    def fit(self, real, dictionary, *, rng):
        from methods import compiled, late
'''

COMPILED = "compiled" + importlib.machinery.EXTENSION_SUFFIXES[0]

FILES = {
    "__init__.py": "",
    "main.py": MAIN,
    "parts.py": "from methods.deep import depth\nimport methods.plain\ndef scale(): return 1",
    "plain.py": "x = 1",
    "deep.py": "depth = 1",
    "extra.py": "import json\ny = 1",
    "near.py": "import methods.main\nz = 1",
    "late.py": "w = 1",
    COMPILED: "machine code",
    "unused.py": "v = 1",
    "recipe.py": "class Recipe:\n    pass",
}


class Slotted:
    __slots__ = ("recipe",)
    card = GeneratorCard(name="slotted", version="1", track="unconditional")


def test_what_a_class_with_slots_holds_counts_too():
    empty: Any = Slotted()
    holding: Any = Slotted()
    holding.recipe = OURS["gaussian"]()
    assert source_digest(empty) == source_digest(holding)  # of another package
    # Not imported by name: that alone would count.
    holding.recipe = importlib.import_module("tests.helpers.wheels").make_wheel
    assert source_digest(empty) != source_digest(holding)


@pytest.fixture
def digest_of(tmp_path, monkeypatch):
    """The digest of a method in a package of the given files."""
    monkeypatch.syspath_prepend(tmp_path)

    def digest(**changes: str) -> str:
        package = tmp_path / "methods"
        package.mkdir(exist_ok=True)
        for name, text in {**FILES, **changes}.items():
            (package / name).write_text(text, encoding="utf-8")
        forget()
        importlib.invalidate_caches()
        generator = importlib.import_module("methods.main").Method()
        generator.recipe = importlib.import_module("methods.recipe").Recipe()
        return source_digest(generator)

    def forget() -> None:
        for module in [name for name in sys.modules if name.partition(".")[0] == "methods"]:
            del sys.modules[module]

    yield digest
    forget()


@pytest.mark.parametrize(
    "file", ["main.py", "parts.py", "plain.py", "deep.py", "extra.py", "near.py", "late.py"]
)
def test_digest_covers_what_the_method_imports(digest_of, file):
    assert digest_of() != digest_of(**{file: FILES[file] + "\nchanged = True"})


def test_digest_covers_compiled_modules(digest_of):
    assert digest_of() != digest_of(**{COMPILED: "other code"})


def test_digest_covers_the_module_of_what_the_method_holds(digest_of):
    assert digest_of() != digest_of(**{"recipe.py": "class Recipe:\n    kept = 1"})


def test_digest_is_of_the_bytes_of_these_files_and_of_no_other(digest_of):
    before = digest_of()
    assert len(before) == 64
    assert digest_of() == before
    assert digest_of(**{"unused.py": "v = 2"}) == before
    for changed in (
        MAIN.replace("A method.", "Another text."),
        MAIN.replace("class", "# a remark\nclass"),
        MAIN + "\n",
    ):
        assert digest_of(**{"main.py": changed}) != before


def test_digest_does_not_depend_on_where_the_files_lie(digest_of, tmp_path, monkeypatch):
    before = digest_of()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "methods").rename(elsewhere / "methods")
    monkeypatch.syspath_prepend(elsewhere)
    for module in [name for name in sys.modules if name.partition(".")[0] == "methods"]:
        del sys.modules[module]
    importlib.invalidate_caches()
    moved = importlib.import_module("methods.main").Method()
    moved.recipe = importlib.import_module("methods.recipe").Recipe()
    assert source_digest(moved) == before


@pytest.mark.parametrize("name", OURS)
def test_what_is_built_in_has_no_digest_fitted_or_not(name):
    generator = OURS[name]()
    assert source_digest(generator) == ""
    contract.fitted(generator, toy_real(), toy_dictionary(), toy_setting(), rng=rng_of(0))
    assert source_digest(generator) == ""


class Inherited(Mean):
    """A plugin's own class, whatever it is derived from."""


def test_fitting_does_not_change_the_digest_of_a_plugin():
    for generator in (Inherited(), Sound()):
        before = source_digest(generator)
        assert len(before) == 64
        generator.fit(toy_real(), toy_dictionary(), rng=rng_of(0))
        assert source_digest(generator) == before
    assert source_digest(Inherited()) != source_digest(Sound())


@pytest.mark.parametrize("module", ["typed_at_a_prompt", "builtins"])
def test_a_class_without_a_source_file_is_refused(module):
    kind = type(
        "Typed", (), {"card": GeneratorCard(name="typed", version="1", track="conditioned")}
    )
    kind.__module__ = module
    with pytest.raises(PluginError, match=f"'typed': the source of module '{module}' cannot be"):
        source_digest(kind())
