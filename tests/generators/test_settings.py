"""Settings of a card as people hold them: taken as what they are, or refused by name."""

from __future__ import annotations

import json
from pathlib import Path, PureWindowsPath
from typing import Any

import numpy as np
import pytest
import torch

from synact_bench.core.errors import PluginError
from synact_bench.generators.base import GeneratorCard
from synact_bench.results.record import GeneratorIdentity
from synact_bench.testing import check_generator, tiny
from tests.helpers.rule_breakers import Sound


def card(**parameters: Any) -> GeneratorCard:
    return GeneratorCard(name="mine", version="1", track="unconditional", parameters=parameters)


TAKEN: dict[str, tuple[Any, str | int | float | bool]] = {
    "number": (3, 3),
    "text": ("a", "a"),
    "truth value": (True, True),
    "zero": (0.0, 0.0),
    "numpy integer": (np.int64(3), 3),
    "numpy float32": (np.float32(0.1), float(np.float32(0.1))),
    "numpy float64": (np.float64(0.1), 0.1),
    "numpy truth value": (np.bool_(True), True),
    "numpy text": (np.str_("a"), "a"),
    "numpy array of one": (np.array(2), 2),
    "torch float": (torch.tensor(3.0), 3.0),
    "torch integer": (torch.tensor(3), 3),
    "torch truth value": (torch.tensor(False), False),
    "torch half": (torch.tensor(0.5, dtype=torch.bfloat16), 0.5),
    "trained": (torch.nn.Parameter(torch.tensor(0.5)), 0.5),
    "path": (Path("a") / "b", "a/b"),
    "path of Windows": (PureWindowsPath("a\\b"), "a/b"),
    "tuple": ((1, 2), "[1, 2]"),
    "list of scalars": ([np.int64(1), torch.tensor(0.5), "a", True], '[1, 0.5, "a", true]'),
    "nested": (((1, 2), (3,)), "[[1, 2], [3]]"),
    "array": (np.array([0.1, 0.2]), "[0.1, 0.2]"),
    "tensor": (torch.tensor([1, 2]), "[1, 2]"),
    "none of them": ((), "[]"),
    "huge": (10**40, 10**40),
    "another script": ("ширина", "ширина"),
    "list in another script": (["ширина"], '["ширина"]'),
}


@pytest.mark.parametrize("kind", TAKEN)
def test_a_setting_is_taken_as_what_it_is(kind: str) -> None:
    given, expected = TAKEN[kind]
    found = card(k=given).parameters["k"]
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize("kind", TAKEN)
def test_a_record_gives_a_setting_back(kind: str) -> None:
    parameters = dict(card(k=TAKEN[kind][0]).parameters)
    identity = GeneratorIdentity(
        name="mine", version="1", parameters=parameters, source_digest="0" * 64
    )
    again = GeneratorIdentity.model_validate_json(identity.model_dump_json())
    assert again == identity
    assert json.loads(identity.model_dump_json())["parameters"] == parameters


def test_settings_may_be_called_in_any_script() -> None:
    assert card(**{"ширина": 3, "幅": np.int64(4)}).parameters == {"ширина": 3, "幅": 4}


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (None, "is None"),
        (float("inf"), "is inf"),
        (np.float32("nan"), "is nan"),
        (torch.tensor(float("-inf")), "is -inf"),
        ((1, None), "is None"),
        ([0.1, float("nan")], "is nan"),
        (10**400, "is a number of 1329 bits"),
        (1j, "is a complex"),
        ({"a": 1}, "is a dict"),
        ({1, 2}, "is a set"),
        (np.datetime64("2024-01-01"), "is a date"),
        (torch.float32, "is a dtype"),
        (len, "is a builtin_function_or_method"),
        ("\ud800", "is a text that is no Unicode"),
    ],
)
def test_what_no_record_can_hold_is_refused_by_its_name(value: Any, what: str) -> None:
    with pytest.raises(
        PluginError, match=rf"^card of mine: parameter 'width' {what}.*; give a"
    ) as found:
        card(width=value)
    assert len(str(found.value).splitlines()) == 1


def test_a_setting_of_a_library_is_no_rule_broken() -> None:
    class Scalars(Sound):
        card = Sound.card.model_validate(
            Sound.card.model_dump() | {"parameters": {"k": np.int64(3), "rates": (0.1, 0.2)}}
        )

    assert "card" not in check_generator(Scalars, on=tiny(), raises=False).broken
