from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from synact_bench.core.errors import PluginError, UnknownNameError
from synact_bench.generators import BUILTINS, ENTRY_POINT_GROUP, OPTIONAL_BASELINES, RECONSTRUCTIONS
from synact_bench.generators.contract import draw, fit
from synact_bench.generators.discovery import find, names
from synact_bench.generators.ladder import LADDER
from synact_bench.generators.source import source_digest
from tests.helpers.toys import rng_of, toy_dictionary, toy_real, toy_setting

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PLUGIN_PACKAGE = Path(__file__).parents[1] / "plugin_package"

PLUGIN = """
import torch
from synact_bench.generators.base import GeneratorCard

class Zeros:
    card = GeneratorCard(name="zeros", version="1", track="unconditional")

    def fit(self, real, dictionary, *, rng):
        self.d_model = real.d_model

    def generate(self, n, *, rng):
        return torch.zeros(n, self.d_model)
"""


@pytest.fixture
def written(tmp_path):
    def write(text: str, name: str = "plugin.py") -> str:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


@pytest.fixture
def declared(tmp_path, monkeypatch):
    """Put a distribution with these entry points, and nothing else, on the import path."""

    def declare(distribution: str, entry_points: dict[str, str]) -> None:
        folder = tmp_path / distribution / f"{distribution}-1.0.dist-info"
        folder.mkdir(parents=True)
        (folder / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n", encoding="utf-8"
        )
        lines = [f"{name} = {value}" for name, value in entry_points.items()]
        (folder / "entry_points.txt").write_text(
            "\n".join([f"[{ENTRY_POINT_GROUP}]", *lines]), encoding="utf-8"
        )
        monkeypatch.syspath_prepend(folder.parent)

    return declare


@pytest.fixture
def plugin_package(declared, monkeypatch):
    """The package under tests/plugin_package, as if it were installed."""
    project = tomllib.loads((PLUGIN_PACKAGE / "pyproject.toml").read_text(encoding="utf-8"))
    declared("synact_half_mean", project["project"]["entry-points"][ENTRY_POINT_GROUP])
    monkeypatch.syspath_prepend(PLUGIN_PACKAGE)
    yield
    for module in [name for name in sys.modules if name.startswith("synact_half_mean")]:
        del sys.modules[module]


@pytest.mark.parametrize("name", [*BUILTINS, *OPTIONAL_BASELINES, *RECONSTRUCTIONS])
def test_a_builtin_is_found_by_name(name):
    assert find(name) is {**BUILTINS, **OPTIONAL_BASELINES, **RECONSTRUCTIONS}[name]


@pytest.mark.parametrize("name", LADDER)
def test_a_rung_of_the_ladder_is_found_by_name_and_not_listed_among_the_rows(name):
    assert find(name) is LADDER[name]
    assert name not in names()


def test_an_installed_package_is_found_by_its_entry_point(plugin_package):
    real, generator = toy_real(), find("half-mean")()
    fit(generator, real, toy_dictionary(), toy_setting(), rng=rng_of(0))
    made = draw(generator, 2, rng=rng_of(0), d_model=8)
    assert made.tolist() == [(real.mean / 2).tolist()] * 2
    assert names() == (*BUILTINS, *OPTIONAL_BASELINES, *RECONSTRUCTIONS, "half-mean")


def test_an_importable_module_is_found_by_module_and_attribute(plugin_package):
    assert find("synact_half_mean:HalfMean")().card.name == "half-mean"


def test_a_file_is_found_with_and_without_its_class(written):
    path = written(PLUGIN)
    for target in (path, f"{path}:Zeros"):
        build = find(target)
        assert build().card.name == "zeros"
        assert build() is not build()


@pytest.mark.parametrize("text", [PLUGIN, PLUGIN.replace("\n", "\r\n")])
def test_a_file_may_begin_with_a_byte_order_mark(tmp_path, text):
    path = tmp_path / "plugin.py"
    path.write_bytes(text.encode("utf-8-sig"))
    built = find(f"{path}:Zeros")()
    assert built.card.name == "zeros"
    assert len(source_digest(built)) == 64


def test_a_function_that_makes_a_generator_will_do(written):
    path = written(PLUGIN + "\ndef make():\n    return Zeros()\n")
    assert find(f"{path}:make")().card.name == "zeros"


def test_a_generator_may_be_a_dataclass(written):
    text = "from __future__ import annotations\nimport dataclasses\n" + PLUGIN.replace(
        "class Zeros", "@dataclasses.dataclass\nclass Zeros"
    )
    assert find(written(text))().card.name == "zeros"


def test_two_files_of_one_name_are_two_modules(written, tmp_path):
    (tmp_path / "other").mkdir()
    first = find(written(PLUGIN))
    second = find(written(PLUGIN.replace('"zeros"', '"nils"'), "other/plugin.py"))
    assert (first().card.name, second().card.name) == ("zeros", "nils")
    assert type(first()).__module__ != type(second()).__module__


def test_a_builtin_name_cannot_be_taken_over(declared):
    faulty = "no_such_module:Mean"
    declared("usurper", {"mean": faulty, "ladder-1": faulty})
    assert find("mean") is BUILTINS["mean"]
    assert find("ladder-1") is LADDER["ladder-1"]
    assert names() == (*BUILTINS, *OPTIONAL_BASELINES, *RECONSTRUCTIONS)


def test_an_unknown_name_is_refused_with_the_nearest(plugin_package):
    with pytest.raises(UnknownNameError, match=r"no generator 'gausian'; .*'gaussian'\? .*half-me"):
        find("gausian")
    with pytest.raises(UnknownNameError, match=r"did you mean 'ladder-0.25'\?"):
        find("ladder-.25")


def test_a_name_that_two_packages_declare_is_refused(declared):
    declared("first", {"twice": "one:A"})
    declared("second", {"twice": "two:B"})
    with pytest.raises(PluginError, match=r"twice: .*give 2 generators this name: one:A, two:B"):
        find("twice")


def test_an_entry_point_that_cannot_be_loaded_is_refused(declared):
    declared("stale", {"stale": "no_such_module:Gone"})
    with pytest.raises(PluginError, match="stale: loading the entry point 'no_such_module:Gone'"):
        find("stale")


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("nowhere/plugin.py", "nowhere/plugin.py: there is no such file; check the path"),
        ("nowhere/plugin.py:A", "nowhere/plugin.py: there is no such file"),
        ("no_such_module:A", "importing 'no_such_module' raised ModuleNotFoundError: [^/]*; "),
        ("json:Missing", "json:Missing: .*json/__init__.py has no 'Missing'; .*none"),
        ("json:__name__", "json:__name__: a str is not a class or function"),
        ("json:JSONDecoder", "json:JSONDecoder: JSONDecoder has no valid card"),
        ("json:loads", "json:loads: making the generator raised TypeError"),
    ],
)
def test_a_target_that_is_no_generator_is_refused(target, message):
    with pytest.raises(PluginError, match=message):
        find(target)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = (", r"importing it raised SyntaxError: .* at .*plugin.py:1;"),
        ("\n\nraise OSError('no disk')", r"raised OSError: no disk at .*plugin.py:3;"),
        ("x = 1", "defines 0 generator classes; define a class"),
        (
            PLUGIN + PLUGIN.replace("Zeros", "Nils"),
            "defines 2 generator classes: Zeros, Nils; select one",
        ),
        ("class A:\n    fit = generate = print", "A has no valid card"),
        (PLUGIN.replace('"zeros"', '"NOT VALID"'), "raised ValidationError"),
    ],
)
def test_a_faulty_file_is_refused_and_forgotten(written, text, message):
    path = written(text)
    with pytest.raises(PluginError, match=message) as e:
        find(path)
    assert e.value.where == path


def test_a_file_that_fails_leaves_no_module_behind(written):
    before = set(sys.modules)
    with pytest.raises(PluginError):
        find(written("raise ValueError"))
    assert not {name for name in set(sys.modules) - before if name.startswith("synact_plugin")}


def test_a_missing_attribute_lists_what_the_file_defines(written):
    with pytest.raises(PluginError, match="has no 'Zero'; generators it defines: Zeros"):
        find(f"{written(PLUGIN)}:Zero")


def test_an_edited_file_is_run_as_it_is_and_nothing_is_left_beside_it(written, tmp_path):
    path = written(PLUGIN)
    before = Path(path).stat()
    assert find(path)().card.version == "1"
    written(PLUGIN.replace('version="1"', 'version="2"'))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))  # as quick an edit as can be
    assert find(path)().card.version == "2"
    assert [each.name for each in tmp_path.iterdir()] == ["plugin.py"]
