"""The fast sweep is the naive run, on every architecture that is supported."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor
from transformers.models.gemma2.modeling_gemma2 import Gemma2RMSNorm
from transformers.models.gemma3.modeling_gemma3 import Gemma3RMSNorm
from transformers.models.llama.modeling_llama import LlamaRMSNorm
from transformers.models.qwen2.modeling_qwen2 import Qwen2RMSNorm

from tests.helpers.swept import CASES, LAYER_PAIRS, Case, both_ways
from tests.helpers.tiny import ARCHITECTURES, in_double


@pytest.mark.parametrize(("kind", "centred"), ARCHITECTURES)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_equals_the_naive_run(tiny, kind, centred, case):
    both = both_ways(tiny(kind, centred=centred), case)
    l2, kl = both.apart
    assert l2 < 1e-5
    assert kl < 1e-4
    assert both.true_l2[:, -1].min() > 0.1  # the paths do move the output
    assert both.true_kl[:, -1].min() > 1e-4


@pytest.fixture
def _all_in_double(monkeypatch):
    """Undo the float32 islands of transformers: norms and attention weights."""

    def norm(self: Any, hidden_states: Tensor) -> Tensor:
        gemma = type(self).__name__.startswith("Gemma")
        eps = self.eps if gemma else self.variance_epsilon
        square = hidden_states.square().mean(-1, keepdim=True)
        return (int(gemma) + self.weight) * hidden_states * torch.rsqrt(square + eps)

    def softmax(scores: Tensor, dim: int, **_: object) -> Tensor:
        return scores.softmax(dim)

    for kind in (LlamaRMSNorm, Qwen2RMSNorm, Gemma2RMSNorm, Gemma3RMSNorm):
        monkeypatch.setattr(kind, "forward", norm)
    monkeypatch.setattr(torch.nn.functional, "softmax", softmax)


# Centred weights are folded in float32 by TransformerLens, on the naive side alone: what is left
# of 1e-9 is that rounding.
@pytest.mark.usefixtures("_all_in_double")
@pytest.mark.parametrize(("kind", "centred"), ARCHITECTURES)
@pytest.mark.parametrize("pair", LAYER_PAIRS, ids=str)
@pytest.mark.parametrize("position", [-1, 3])
def test_is_exact_in_float64(tiny, kind, centred, pair, position):
    model = in_double(tiny(kind, centred=centred))
    both = both_ways(model, Case(pair[0], pair[1], position=position))
    limit = 5e-6 if centred else 1e-9
    assert both.l2.dtype == both.kl.dtype == torch.float64
    torch.testing.assert_close(both.l2[:, 1:], both.true_l2[:, 1:], rtol=limit, atol=0)
    torch.testing.assert_close(both.kl[:, 1:], both.true_kl[:, 1:], rtol=limit, atol=0)
