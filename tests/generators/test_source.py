from __future__ import annotations

import importlib
import importlib.machinery
import sys

import pytest

from synact_bench.errors import PluginError, SynactError
from synact_bench.generators import BUILTINS
from synact_bench.generators.base import GeneratorCard
from synact_bench.generators.source import modules_digest, source_digest
from tests.helpers.ours import OURS
from tests.helpers.toys import rng_of, toy_dictionary, toy_real

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
    empty, holding = Slotted(), Slotted()
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


def test_digest_ignores_other_modules_comments_layout_and_docstrings(digest_of):
    same = MAIN.replace("A method.", "Another text.").replace("class", "# a remark\n\n\nclass")
    assert digest_of() == digest_of(**{"unused.py": "v = 2"})
    assert digest_of() == digest_of(**{"main.py": same})


def test_modules_are_hashed_alone_in_any_order_and_without_being_imported(digest_of):
    def digest(**changes: str) -> str:
        digest_of(**changes)
        forward, backward = ["methods.parts", "methods.unused"], ["methods.unused", "methods.parts"]
        assert modules_digest(forward) == modules_digest(backward)
        assert "methods.unused" not in sys.modules
        return modules_digest(forward)

    before = digest()
    assert digest(**{"unused.py": "v = 2"}) != before
    assert digest(**{"parts.py": FILES["parts.py"].replace("1", "2")}) != before
    assert digest(**{"unused.py": '"""Words."""\nv = (1)  # why'}) == before
    assert digest(**{"deep.py": "depth = 2"}) == before
    assert modules_digest(["methods.parts"]) != before


@pytest.mark.parametrize("module", ["methods.nowhere", "methods.compiled", "builtins"])
def test_a_module_without_source_has_no_digest(digest_of, module):
    digest_of()
    with pytest.raises(SynactError, match=f"^module '{module}': its source cannot be read"):
        modules_digest([module])


def test_builtins_of_different_modules_have_different_digests():
    digests = {name: source_digest(build()) for name, build in BUILTINS.items()}
    assert len(digests["gaussian"]) == 64
    assert digests["synthetic-structured"] == digests["synthetic-structured-other"]
    assert len({digests[name] for name in ("gaussian", "mean", "permuted-decoder")}) == 3
    assert digests["synthetic-structured"] != digests["synthetic-random"]


@pytest.mark.parametrize("name", OURS)
def test_fitting_does_not_change_the_digest(name):
    generator = OURS[name]()
    before = source_digest(generator)
    generator.fit(toy_real(), toy_dictionary(), rng=rng_of(0))
    assert source_digest(generator) == before


def test_the_protocol_itself_is_no_part_of_a_method(monkeypatch):
    before = source_digest(BUILTINS["mean"]())
    monkeypatch.setattr(sys.modules["synact_bench.generators.base"], "__file__", __file__)
    assert source_digest(BUILTINS["mean"]()) == before


@pytest.mark.parametrize("module", ["typed_at_a_prompt", "builtins"])
def test_a_class_without_a_source_file_is_refused(module):
    kind = type(
        "Typed", (), {"card": GeneratorCard(name="typed", version="1", track="conditioned")}
    )
    kind.__module__ = module
    with pytest.raises(PluginError, match=f"'typed': the source of module '{module}' cannot be"):
        source_digest(kind())
