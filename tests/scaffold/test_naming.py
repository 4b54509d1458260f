from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synact_bench.core.errors import SynactError
from synact_bench.generators.base import GeneratorCard
from synact_bench.scaffold.naming import PATTERN, PluginName


@pytest.mark.parametrize(
    ("name", "module", "class_name"),
    [
        ("my-method", "my_method", "MyMethod"),
        ("flow", "flow", "Flow"),
        ("k3-nearest-2", "k3_nearest_2", "K3Nearest2"),
        ("a" * 32, "a" * 32, "A" + "a" * 31),
    ],
)
def test_a_name_is_that_of_module_and_class_too(name, module, class_name):
    plugin = PluginName(name)
    assert (plugin.module, plugin.class_name) == (module, class_name)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("My-Method", "not made of lower-case letters"),
        ("my_method", "not made of lower-case letters"),
        ("my method", "not made of lower-case letters"),
        ("my--method", "not made of lower-case letters"),
        ("-method", "not made of lower-case letters"),
        ("3-nearest", "not made of lower-case letters"),
        ("../method", "not made of lower-case letters"),
        ("method\n", "not made of lower-case letters"),
        ("", "not made of lower-case letters"),
        ("a" * 33, "has 33 characters, at most 32"),
        ("gaussian", "'gaussian' is the name of a control"),
        ("real-holdout", "'real-holdout' is the name of a control"),
        ("cluster-flow", "'cluster-flow' is the name of a built-in generator"),
        ("clusterflow", "is the name of a built-in generator .too like 'cluster-flow'"),
        ("lambda", "is a word of Python"),
        ("none", "is a word of Python"),
        ("true", "is a word of Python"),
        ("false", "is a word of Python"),
        ("test-of-mine", "would be taken for a test"),
        ("conftest", "would be taken for a test"),
        ("tensor", "would call its class Tensor"),
        ("generator-card", "would call its class GeneratorCard"),
        ("json", "would hide the installed module 'json'"),
        ("torch", "would hide the installed module 'torch'"),
        ("synact-bench", "would hide the installed module 'synact_bench'"),
    ],
)
def test_a_bad_name_is_refused(name, message):
    with pytest.raises(SynactError, match=message) as caught:
        PluginName(name)
    assert caught.value.where == f"name {name!r}"
    assert caught.value.fix == "choose another, such as my-method"


@given(st.from_regex(PATTERN, fullmatch=True).filter(lambda name: len(name) < 20))
def test_every_name_is_one_a_card_takes_and_an_identifier(ending):
    plugin = PluginName(f"zz-{ending}")
    assert GeneratorCard(name=plugin.name, version="1", track="conditioned").name == plugin.name
    assert plugin.module.isidentifier()
    assert plugin.class_name.isidentifier()
