from __future__ import annotations

import pytest
import torch

from synact_bench.core.errors import PluginError
from synact_bench.generators import output


def test_a_sound_output_passes():
    output.check_output(torch.zeros(2, 3), shape=(2, 3), where="x")
    output.check_output(torch.zeros(0, 3), shape=(0, 3), where="x")


@pytest.mark.parametrize(
    ("made", "message"),
    [
        ([[0.0]], "x: generate returned a list; return a torch.Tensor"),
        (torch.zeros(2, 3, device="meta"), "x: generate returned a tensor on meta"),
        (torch.zeros(2, 3).to_sparse(), r"x: generate returned a torch.sparse_coo tensor; .*dense"),
        (torch.zeros(3, 2), r"x: generate returned shape \[3, 2\]; .*here \[2, 3\]"),
        (torch.zeros(2, 3).int(), "x: generate returned dtype torch.int32"),
        (torch.full((2, 3), 3e38), "x: generate returned NaN or infinity in 2 of 2 rows"),
    ],
)
def test_each_rule_says_what_was_returned(made, message):
    with pytest.raises(PluginError, match=message):
        output.check_output(made, shape=(2, 3), where="x")
