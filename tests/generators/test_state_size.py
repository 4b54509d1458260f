from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from synact_bench.core.errors import PluginError
from synact_bench.generators import BUILTINS
from synact_bench.generators.base import GeneratorCard
from synact_bench.generators.state_size import state_size
from tests.helpers.toys import rng_of, toy_dictionary, toy_real


class Holder:
    card = GeneratorCard(name="holder", version="1", track="unconditional", parameters={"top": 3})

    def __init__(self, **held: Any) -> None:
        self.__dict__.update(held)


@dataclass(slots=True)
class Slotted:
    table: np.ndarray
    size: float


def closing(over: torch.Tensor) -> Callable[[], torch.Tensor]:
    return lambda: over


ROWS = torch.zeros(6, 4)


@pytest.mark.parametrize(
    ("held", "numbers"),
    [
        ({}, 0),
        ({"a": None, "b": True, "c": "text", "d": torch.float32}, 0),
        ({"a": 2, "b": 1.5, "c": np.float32(2)}, 3),
        ({"a": [1, 2, 3], "b": (4.0,), "c": {5}, "d": {6: "six"}, "e": deque([7])}, 7),
        ({"a": b"four"}, 4),
        ({"a": memoryview(np.zeros((2, 3)).data)}, 6),
        ({"a": ROWS}, 24),
        ({"a": ROWS, "b": ROWS, "c": [ROWS.T]}, 24),
        ({"a": ROWS[:2]}, 8),
        ({"a": ROWS[:2], "b": ROWS[4:]}, 16),
        ({"a": ROWS[:5], "b": ROWS[1:]}, 24),
        ({"a": torch.zeros(1, 4).expand(100, 4)}, 4),
        ({"a": ROWS.numpy(), "b": ROWS}, 24),
        ({"a": np.zeros((3, 5))[:, ::2]}, 9),
        ({"a": np.array([[1], [2, 3]], dtype=object)}, 3),
        ({"a": torch.eye(5).to_sparse()}, 15),
        ({"a": sparse.csr_array(np.eye(5)).indptr}, 6),
        ({"a": torch.nn.Linear(3, 2)}, 8 + 2),  # weights, bias and its two widths
        ({"a": closing(ROWS)}, 24),
        ({"a": partial(closing, ROWS)}, 24),
        ({"a": Slotted(np.zeros(7), 1.0)}, 8),
        ({"a": Holder(b=Holder(c=ROWS)).__dict__}, 24),
        ({"a": torch.Generator()}, 0),
        ({"a": torch.zeros(0)}, 0),
    ],
)
def test_numbers_are_found_wherever_they_are_held(held: dict[str, Any], numbers: int) -> None:
    assert state_size(Holder(**held)) == numbers


def test_a_sparse_matrix_counts_what_it_stores() -> None:
    assert state_size(Holder(a=sparse.csr_array(np.eye(5)))) >= 5 + 5 + 6


def test_an_object_that_holds_itself_ends() -> None:
    holder = Holder(size=1.0)
    holder.__dict__["again"] = [holder, holder]
    assert state_size(holder) == 1


def test_a_table_on_the_class_counts() -> None:
    class Tabled(Holder):
        TABLE = np.zeros(9)

    assert state_size(Tabled()) == 9


@given(st.lists(st.integers(0, 8), max_size=5))
def test_arrays_of_their_own_add_up(sizes: list[int]) -> None:
    assert state_size(Holder(a=[np.zeros(size) for size in sizes])) == sum(sizes)


@given(st.integers(1, 30), st.data())
def test_views_never_count_more_than_their_memory(size: int, data: st.DataObject) -> None:
    whole = torch.zeros(size)
    cuts = data.draw(st.lists(st.tuples(st.integers(0, size), st.integers(0, size)), max_size=6))
    views = [whole[min(cut) : max(cut)] for cut in cuts]
    covered = torch.zeros(size, dtype=torch.bool)
    for cut in cuts:
        covered[min(cut) : max(cut)] = True
    assert int(covered.sum()) <= state_size(Holder(a=views)) <= size


@pytest.mark.parametrize(("name", "numbers"), [("mean", 8), ("gaussian", 8 + 64)])
def test_built_in_generators_keep_what_they_say(name: str, numbers: int) -> None:
    generator = BUILTINS[name]()
    generator.fit(toy_real(), toy_dictionary(), rng=rng_of(0))
    assert state_size(generator) == numbers


def test_a_memoriser_keeps_the_pool() -> None:
    generator = BUILTINS["smoothed-memoriser"]()
    generator.fit(toy_real(), toy_dictionary(), rng=rng_of(0))
    assert state_size(generator) == 400 * 8 + 1


class Refusing:
    @property
    def __dict__(self) -> dict[str, object]:  # type: ignore[override]
        raise RuntimeError("not before it is loaded")


@pytest.mark.parametrize(
    ("held", "said"),
    [
        (Refusing(), "a Refusing that it holds raised RuntimeError: not before it is loaded"),
        (torch.nn.LazyLinear(2).weight, "a UninitializedParameter that it holds raised ValueError"),
    ],
)
def test_what_refuses_to_be_looked_into_is_named(held: object, said: str) -> None:
    with pytest.raises(PluginError, match=f"generator Holder: the numbers .* counted: {said}"):
        state_size(Holder(a=[held]))
