from __future__ import annotations

import pytest
import torch
from torch import Tensor

from synact_bench.engine import kv_cache
from synact_bench.engine.kv_cache import Context, Contexts

IDS = torch.arange(24).view(6, 4)


class Counting:
    """Contexts that say which prompt they are of; keys of the two blocks differ in shape."""

    def __init__(self) -> None:
        self.computed: list[int] = []

    def __call__(self, ids: Tensor) -> Context:
        rows = ids[:, 0] // ids.shape[1]
        self.computed += rows.tolist()
        keys = rows[:, None, None, None] + torch.arange(6.0).view(1, 3, 2)
        layers = {1: (keys, -keys), 3: (keys[:, :1] + 0.5, keys[:, :, :1])}
        return Context(layers, later=keys[:, 0, :2] + 0.25)


def same(first: Context, second: Context) -> bool:
    return list(first.layers) == list(second.layers) and all(
        torch.equal(left, right) for left, right in zip(first.parts, second.parts, strict=True)
    )


@pytest.mark.parametrize("prompts", [[0], [3, 1], [2, 2, 5, 2], list(range(6))])
def test_contexts_are_what_would_be_computed(prompts):
    compute = Counting()
    kept = Contexts(compute, IDS)
    for _ in range(2):
        assert same(kept.of(prompts), Counting()(IDS[prompts]))
    assert same(kept.of(prompts[::-1]), Counting()(IDS[prompts[::-1]]))


def test_each_prompt_is_computed_once():
    compute = Counting()
    kept = Contexts(compute, IDS)
    kept.of([4, 1])
    kept.of([1, 2, 4])
    kept.of(range(6))
    assert sorted(compute.computed) == [0, *range(6)]  # the first one twice, for the layout


def test_what_the_file_has_no_room_for_is_computed_again(monkeypatch):
    each = Contexts(Counting(), IDS).bytes_each
    assert each == 4 * (6 + 6 + 6 + 2 + 4)
    monkeypatch.setattr(kv_cache, "SPOOL", 2 * each + 1)
    compute = Counting()
    kept = Contexts(compute, IDS)
    for _ in range(2):
        assert same(kept.of([0, 1, 2]), Counting()(IDS[:3]))
    assert compute.computed == [0, 0, 1, 2, 2]


def test_many_prompts_are_computed_in_parts(monkeypatch):
    monkeypatch.setattr(kv_cache, "TOKENS", 9)
    sizes = []

    def compute(ids: Tensor) -> Context:
        sizes.append(len(ids))
        return Counting()(ids)

    assert same(Contexts(compute, IDS).of(range(5)), Counting()(IDS[:5]))
    assert sizes == [1, 2, 2, 1]


def test_float64_stays_float64():
    def compute(ids: Tensor) -> Context:
        wide = ids.double()
        return Context({0: (wide, wide / 3)}, later=wide[:, :0])

    kept = Contexts(compute, IDS)
    for _ in range(2):
        found = kept.of([5, 0])
        assert torch.equal(found.layers[0][1], IDS[[5, 0]].double() / 3)
        assert found.later.shape == (2, 0)
