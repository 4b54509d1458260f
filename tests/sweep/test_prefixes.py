from __future__ import annotations

import pytest
import torch
from torch import Tensor

from synact_bench.sweep import prefixes
from synact_bench.sweep.prefixes import Prefix, Prefixes

IDS = torch.arange(24).view(6, 4)


class Counting:
    """Prefixes that say which prompt they are of; keys of the two blocks differ in shape."""

    def __init__(self) -> None:
        self.computed: list[int] = []

    def __call__(self, ids: Tensor) -> Prefix:
        rows = ids[:, 0] // ids.shape[1]
        self.computed += rows.tolist()
        keys = rows[:, None, None, None] + torch.arange(6.0).view(1, 3, 2)
        return {1: (keys, -keys), 3: (keys[:, :1] + 0.5, keys[:, :, :1])}


def same(first: Prefix, second: Prefix) -> bool:
    return list(first) == list(second) and all(
        torch.equal(left, right)
        for layer in first
        for left, right in zip(first[layer], second[layer], strict=True)
    )


@pytest.mark.parametrize("prompts", [[0], [3, 1], [2, 2, 5, 2], list(range(6))])
def test_prefixes_are_what_would_be_computed(prompts):
    compute = Counting()
    kept = Prefixes(compute, IDS)
    for _ in range(2):
        assert same(kept.of(prompts), Counting()(IDS[prompts]))
    assert same(kept.of(prompts[::-1]), Counting()(IDS[prompts[::-1]]))


def test_each_prompt_is_computed_once():
    compute = Counting()
    kept = Prefixes(compute, IDS)
    kept.of([4, 1])
    kept.of([1, 2, 4])
    kept.of(range(6))
    assert sorted(compute.computed) == [0, *range(6)]  # the first one twice, for the layout


def test_what_the_file_has_no_room_for_is_computed_again(monkeypatch):
    each = Prefixes(Counting(), IDS).bytes_each
    assert each == 4 * (6 + 6 + 6 + 2)
    monkeypatch.setattr(prefixes, "SPOOL", 2 * each + 1)
    compute = Counting()
    kept = Prefixes(compute, IDS)
    for _ in range(2):
        assert same(kept.of([0, 1, 2]), Counting()(IDS[:3]))
    assert compute.computed == [0, 0, 1, 2, 2]


def test_many_prompts_are_computed_in_parts(monkeypatch):
    monkeypatch.setattr(prefixes, "TOKENS", 9)
    sizes = []

    def compute(ids: Tensor) -> Prefix:
        sizes.append(len(ids))
        return Counting()(ids)

    assert same(Prefixes(compute, IDS).of(range(5)), Counting()(IDS[:5]))
    assert sizes == [1, 2, 2, 1]


def test_float64_stays_float64():
    kept = Prefixes(lambda ids: {0: (ids.double(), ids.double() / 3)}, IDS)
    for _ in range(2):
        (_, values) = kept.of([5, 0])[0]
        assert torch.equal(values, IDS[[5, 0]].double() / 3)
