from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from synact_bench.engine import divergence
from synact_bench.engine.divergence import CHUNK, KlReference, Unembedding, kl_from_first
from tests.helpers.toys import rng_of

D_MODEL = 8


def truth(
    hidden: Tensor, unembedding: Tensor, bias: Tensor | None, *, softcap: float | None = None
) -> Tensor:
    """The definition, in float64."""
    wide = None if bias is None else bias.double()
    logits = torch.nn.functional.linear(hidden.double(), unembedding.double(), wide)
    if softcap is not None:
        logits = softcap * (logits / softcap).tanh()
    logs = logits.log_softmax(-1)
    return torch.nn.functional.kl_div(
        logs, logs[:, :1].expand_as(logs), reduction="none", log_target=True
    ).sum(-1)


def case(
    *, seed: int = 0, groups: int = 2, points: int = 5, d_vocab: int = 97, step: float = 0.3
) -> tuple[Tensor, Tensor, Tensor]:
    """Points that move away from each group's first by ``step`` a point; unembedding; bias."""
    rng = rng_of(seed)
    first = torch.randn(groups, 1, D_MODEL, generator=rng)
    direction = torch.randn(groups, 1, D_MODEL, generator=rng)
    hidden = first + step * torch.arange(points)[:, None] * direction
    unembedding = torch.randn(d_vocab, D_MODEL, generator=rng)
    return hidden, unembedding, torch.randn(d_vocab, generator=rng)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    groups=st.integers(1, 4),
    points=st.integers(1, 6),
    exponent=st.floats(-2, 1),
    biased=st.booleans(),
)
def test_is_the_divergence(seed, groups, points, exponent, biased):
    hidden, unembedding, bias = case(seed=seed, groups=groups, points=points, step=10**exponent)
    chosen = bias if biased else None
    found = kl_from_first(hidden, Unembedding(unembedding, chosen))
    assert found.shape == (groups, points)
    torch.testing.assert_close(
        found.double(), truth(hidden, unembedding, chosen), rtol=1e-4, atol=1e-5
    )


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), exponent=st.floats(-12, 3))
def test_is_never_negative_and_zero_at_the_first_point(seed, exponent):
    hidden, unembedding, bias = case(seed=seed, step=10**exponent)
    found = kl_from_first(hidden, Unembedding(unembedding, bias))
    assert (found >= 0).all()
    assert (found[:, 0] == 0).all()


def test_tiny_divergences_keep_their_digits():
    hidden, unembedding, bias = case(step=2e-5)
    expected = truth(hidden, unembedding, bias)[:, 1:]
    assert expected.max() < 1e-7
    assert expected.min() < 1e-9
    found = kl_from_first(hidden, Unembedding(unembedding, bias))[:, 1:]
    torch.testing.assert_close(found.double(), expected, rtol=1e-2, atol=0)


@pytest.mark.parametrize("d_vocab", [1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 3])
def test_every_vocabulary_entry_counts_once(d_vocab):
    hidden, unembedding, bias = case(d_vocab=d_vocab)
    found = kl_from_first(hidden, Unembedding(unembedding, bias))
    torch.testing.assert_close(
        found.double(), truth(hidden, unembedding, bias), rtol=1e-4, atol=1e-5
    )


def test_large_vocabularies_cost_no_accuracy():
    hidden, unembedding, _ = case(d_vocab=50_000, step=1.0)
    unembedding += 10 * torch.randn(D_MODEL, generator=rng_of(1))  # shared by all: cancels
    found = kl_from_first(hidden, Unembedding(unembedding, None))
    torch.testing.assert_close(found.double(), truth(hidden, unembedding, None), rtol=0, atol=3e-5)


def test_divergences_beyond_the_range_of_exp_take_the_plain_way(monkeypatch):
    hidden, unembedding, bias = case(groups=3, step=0.1)
    hidden[1] *= torch.linspace(1, 200, hidden.shape[1])[:, None]
    expected = truth(hidden, unembedding, bias)
    assert expected[1].max() > 88
    plain = divergence._plain
    sent = []

    def watched(first: Tensor, *rest: Any) -> Tensor:
        sent.append(first.shape)
        return plain(first, *rest)

    monkeypatch.setattr(divergence, "_plain", watched)
    found = kl_from_first(hidden, Unembedding(unembedding, bias))
    assert sent == [(D_MODEL,)]
    torch.testing.assert_close(found.double(), expected, rtol=1e-5, atol=1e-5)
    assert found.dtype == torch.float32


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    exponent=st.floats(-2, 2),
    softcap=st.sampled_from([0.5, 3.0, 30.0, 200.0]),
    biased=st.booleans(),
)
def test_is_the_divergence_of_capped_logits(seed, exponent, softcap, biased):
    hidden, unembedding, bias = case(seed=seed, d_vocab=CHUNK + 3, step=10**exponent)
    chosen = bias if biased else None
    found = kl_from_first(hidden, Unembedding(unembedding, chosen, softcap=softcap))
    assert (found[:, 0] == 0).all()
    expected = truth(hidden, unembedding, chosen, softcap=softcap)
    torch.testing.assert_close(found.double(), expected, rtol=1e-4, atol=2e-5)


def test_capped_divergences_beyond_the_range_of_exp_take_the_plain_way():
    hidden, unembedding, bias = case(groups=2, step=100.0)
    expected = truth(hidden, unembedding, bias, softcap=400.0)
    assert expected.max() > 88
    found = kl_from_first(hidden, Unembedding(unembedding, bias, softcap=400.0))
    torch.testing.assert_close(found.double(), expected, rtol=1e-5, atol=1e-5)


def test_a_cap_far_away_changes_little_and_a_near_one_much():
    hidden, unembedding, bias = case()
    plain = kl_from_first(hidden, Unembedding(unembedding, bias))
    far, near = (
        kl_from_first(hidden, Unembedding(unembedding, bias, softcap=cap)) for cap in (1e4, 1.0)
    )
    torch.testing.assert_close(far, plain, rtol=1e-3, atol=1e-4)
    assert (near - plain).abs().max() > 0.1


def test_a_bias_moves_the_reference():
    hidden, unembedding, bias = case()
    without = kl_from_first(hidden, Unembedding(unembedding, None))
    assert (kl_from_first(hidden, Unembedding(unembedding, bias)) - without).abs().max() > 1e-2
    constant = torch.full_like(bias, 3.0)
    torch.testing.assert_close(kl_from_first(hidden, Unembedding(unembedding, constant)), without)


def test_float64_stays_float64():
    hidden, unembedding, bias = (tensor.double() for tensor in case())
    found = kl_from_first(hidden, Unembedding(unembedding, bias))
    torch.testing.assert_close(found, truth(hidden, unembedding, bias), rtol=1e-10, atol=1e-14)


def test_nan_stays_visible():
    hidden, unembedding, bias = case()
    hidden[0, 2] = torch.nan
    found = kl_from_first(hidden, Unembedding(unembedding, bias))
    assert found[0, 2].isnan()
    assert found[1].isfinite().all()


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    biased=st.booleans(),
    softcap=st.sampled_from([None, 5.0]),
    d_vocab=st.sampled_from([7, CHUNK, CHUNK + 7]),
)
def test_what_is_said_of_logits_without_a_table_is_what_the_table_says(
    seed, biased, softcap, d_vocab
):
    hidden, weight, bias = case(seed=seed, d_vocab=d_vocab)
    unembedding = Unembedding(weight, bias if biased else None, softcap=softcap)
    logits = torch.nn.functional.linear(hidden, weight, bias if biased else None).double()
    if softcap is not None:
        logits = softcap * (logits / softcap).tanh()
    torch.testing.assert_close(unembedding.logits(hidden).double(), logits, rtol=1e-5, atol=1e-5)
    found = unembedding.log_normaliser(hidden)
    assert found.dtype == torch.float64
    torch.testing.assert_close(found, logits.logsumexp(-1), rtol=1e-6, atol=1e-6)
    tokens = torch.randint(d_vocab, hidden.shape[:-1], generator=rng_of(seed))
    wanted = logits.gather(-1, tokens[..., None])[..., 0]
    said = unembedding.logit(hidden, tokens).double()
    torch.testing.assert_close(said, wanted, rtol=1e-5, atol=1e-5)


def test_a_mean_row_that_is_remembered_is_not_computed_again():
    hidden, weight, bias = case()
    unembedding = Unembedding(weight, bias)
    whole = KlReference.at(hidden[:, 0], unembedding)
    again = KlReference.at(hidden[:, 0], unembedding, mean_row=whole.mean_row)
    assert again.mean_row is whole.mean_row
    torch.testing.assert_close(again.probabilities, whole.probabilities, rtol=0, atol=0)
