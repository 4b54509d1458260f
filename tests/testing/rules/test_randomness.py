from __future__ import annotations

import pytest
import torch

from synact_bench.testing.rules.randomness import differing, identical

NAN = torch.tensor([[float("nan"), 1.0]])


@pytest.mark.parametrize(
    "tensor",
    [NAN, torch.zeros(0, 3), torch.ones(2, 3).T, torch.tensor(1.0), torch.ones(2).bfloat16()],
)
def test_a_tensor_is_identical_to_its_copy(tensor):
    assert identical(tensor, tensor.clone())
    assert differing(tensor, tensor.clone()) == ""


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        (torch.zeros(2, 3), torch.zeros(3, 2), "another shape or dtype"),
        (torch.zeros(2), torch.zeros(2).double(), "another shape or dtype"),
        (torch.zeros(2, 1), torch.tensor([[0.0], [-0.0]]), "1 of 2 rows differ"),
        (torch.zeros(2, 1), torch.full((2, 1), 1e-45), "2 of 2 rows differ"),
    ],
)
def test_one_bit_is_a_difference(one, other, said):
    assert not identical(one, other)
    assert differing(one, other) == said
