from __future__ import annotations

import pytest
import torch

from synact_bench.paths.checks import all_positive, same_rows, separated
from tests.helpers.path_rows import BASE, TARGET


def test_separated_drops_targets_on_their_base() -> None:
    base = torch.zeros(3, 2)
    target = torch.tensor([[0.0, 0.0], [0.0009, 0.0], [0.0, 0.002]])
    assert separated(base, target).tolist() == [False, False, True]
    assert separated(base, target, minimum=0.01).tolist() == [False, False, False]


def test_separated_refuses_another_number_of_targets() -> None:
    with pytest.raises(ValueError, match="target must be"):
        separated(BASE, TARGET[:2])


@pytest.mark.parametrize("other", [TARGET.double(), TARGET[:2], TARGET[:, :1], TARGET[0]])
def test_rows_that_are_not_alike_are_refused_by_name(other: torch.Tensor) -> None:
    same_rows(base=BASE, other=TARGET)
    with pytest.raises(ValueError, match=r"^other must be \[g, d\] float32 like the rest"):
        same_rows(base=BASE, other=other)


@pytest.mark.parametrize("bad", [0.0, -1.0, float("nan"), float("inf")])
def test_numbers_that_make_no_path_are_counted(bad: float) -> None:
    all_positive(torch.tensor([1e-30, 1e30]), "length")
    with pytest.raises(ValueError, match=r"^length must be .* 2 of 3 is not"):
        all_positive(torch.tensor([bad, 1.0, bad]), "length")
