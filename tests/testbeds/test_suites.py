"""A suite names testbeds, each once, built in or beside its own file."""

from __future__ import annotations

from pathlib import Path

import pytest

from synact_bench.core.errors import SubjectError, SynactError, UnknownNameError
from synact_bench.core.experiments import DEFAULT_PRESET
from synact_bench.testbeds import spec, suites


@pytest.mark.parametrize("name", suites.suites())
def test_a_built_in_suite_is_called_as_its_file_and_names_testbeds_that_there_are(name):
    found = suites.find(name)
    assert found.name == name
    assert found.summary.endswith(".")
    assert set(found.testbeds) <= spec.catalog().keys()
    file = Path(str(spec.place("smollm2-135m"))).parent / "suites" / f"{name}.toml"
    assert suites.parse(file.read_text(encoding="utf-8"), where=file.name) == found


def test_a_suite_may_be_a_file_with_testbeds_beside_it(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('name = "mine"\ntestbeds = ["smollm2-135m", "deep/late.toml"]\n', "utf-8")
    found = suites.find(str(path))
    assert found.testbeds == ("smollm2-135m", str(tmp_path / "deep" / "late.toml"))
    assert found.preset == DEFAULT_PRESET


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('name = "mine"\ntestbeds = ["smollm2-135m"]', "at least 2"),
        ('name = "mine"', "testbeds"),
        ('name = "Mine"\ntestbeds = ["a.toml", "b.toml"]', "name"),
        ('name = "mine"\ntestbeds = ["a.toml", "b.toml"]\nweights = [1, 2]', "weights"),
        ('name = "mine"\ntestbeds = ["a.toml", "b.toml"]\npreset = "fast"', "no preset 'fast'"),
        ("name = ", "not a valid testbed declaration|not a valid"),
    ],
)
def test_what_declares_no_suite_is_refused(text, message):
    with pytest.raises(SubjectError, match=message):
        suites.parse(text, where="mine.toml")


def test_a_testbed_that_is_not_known_is_refused_by_name(tmp_path):
    path = tmp_path / "m.toml"
    path.write_text('name = "m"\ntestbeds = ["smollm2-135m", "smollm2-135m-layr15"]', "utf-8")
    with pytest.raises(UnknownNameError, match="did you mean 'smollm2-135m-layer15'"):
        suites.find(str(path))
    with pytest.raises(UnknownNameError, match=r"'standart'.*did you mean 'standard'"):
        suites.find("standart")


def test_a_testbed_that_is_named_twice_would_weigh_twice():
    text = 'name = "m"\ntestbeds = ["smollm2-135m", "a.toml", "smollm2-135m"]'
    with pytest.raises(SynactError, match="names smollm2-135m 2 times"):
        suites.parse(text, where="m.toml")


def test_one_file_spelt_in_two_ways_is_named_twice(tmp_path):
    path = tmp_path / "m.toml"
    path.write_text('name = "m"\ntestbeds = ["a.toml", "./b/../a.toml"]', "utf-8")
    with pytest.raises(SynactError, match=r"names .*a\.toml 2 times"):
        suites.find(str(path))


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(SynactError, match="cannot be read"):
        suites.find(str(tmp_path / "none.toml"))
