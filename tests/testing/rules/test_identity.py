from __future__ import annotations

import pytest

from synact_bench.core.experiments import EXPERIMENTS
from synact_bench.testing.case import Case
from synact_bench.testing.fixtures import tiny
from synact_bench.testing.rules.identity import name_free
from tests.helpers.ours import OURS
from tests.helpers.rule_breakers import Sound, card

DRAWN = {name for each in EXPERIMENTS.values() for name in each.draws}


def said(name):
    class Named(Sound):
        pass

    Named.card = card(name=name)
    return name_free(Case(Named, tiny(), "x"))


@pytest.mark.parametrize("name", sorted({*OURS, *DRAWN}))
def test_the_names_of_all_rows_of_the_benchmark_are_taken(name):
    assert said(name).startswith(f"{name!r} is the name of a ")


def test_a_name_too_like_one_is_taken_and_another_is_free():
    assert "too like 'cluster-flow'" in said("cluster.flow")
    assert said("my-method") == ""
