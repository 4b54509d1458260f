"""Losses where an activation is written, against whole prompts through TransformerLens hooks."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from torch import Tensor

from synact_bench.engine.substitution import Substitution
from synact_bench.engine.sweeper import Sweeper
from synact_bench.models.language_model import LanguageModel
from tests.helpers.swept import hooks
from tests.helpers.tiny import ARCHITECTURES, D_MODEL, LAYERS, VOCABULARY, token_ids

PROMPTS, N_CTX = 5, 6
POSITIONS = [5, 3]
UNKNOWN = 2
"""A prompt after which the document ends."""


class Naive(NamedTuple):
    """As ``Substituted``."""

    kl: Tensor
    losses: Tensor


def tokens(ids: Tensor, position: int) -> Any:
    """True next tokens, of which that after one prompt is not known."""
    after = np.arange(len(ids)) % VOCABULARY
    after[UNKNOWN] = -1
    return np.concatenate([ids[:, position + 1 :].numpy(), after[:, None]], axis=1)


def naive(model: LanguageModel, ids: Tensor, made: Tensor, position: int) -> Naive:
    """Whole prompts, one after another, in float64."""

    def write(residual: Tensor, hook: Any) -> Tensor:
        residual[:, position] = made
        return residual

    clean = model.bridge(ids).double().log_softmax(-1)
    where = hooks(1, LAYERS - 1)["write_hook"]
    logs = model.bridge.run_with_hooks(ids, fwd_hooks=[(where, write)]).double().log_softmax(-1)
    wanted = torch.from_numpy(tokens(ids, position))
    losses = -logs[:, position:].gather(2, wanted.clamp_min(0)[..., None])[..., 0]
    kl = (clean.exp() * (clean - logs)).sum(-1)[:, position]
    return Naive(kl, losses.where(wanted >= 0, torch.nan))


def substitution(
    model: LanguageModel, ids: Tensor, position: int, *, rows: int | None = None, **held: int
) -> tuple[Substitution, Tensor]:
    """The prompts to substitute in, and their own activations."""
    where = hooks(1, LAYERS - 1)
    native = model.capture(ids, where["write_hook"])[:, position].contiguous()
    sweeper = Sweeper(model, ids, **where, position=position, rows=rows)
    return Substitution(sweeper, native, tokens(ids, position), **held), native


@pytest.mark.parametrize(("kind", "centred"), ARCHITECTURES)
@pytest.mark.parametrize("position", POSITIONS)
def test_losses_and_kl_are_those_of_whole_prompts(tiny, kind, centred, position):
    model, ids = tiny(kind, centred=centred), token_ids(PROMPTS, N_CTX)
    found, native = substitution(model, ids, position)
    made = native.flip(0) * 1.5
    with torch.inference_mode():
        truth, clean = (naive(model, ids, each, position) for each in (made, native))
    answer = found.of(made)
    np.testing.assert_allclose(answer.losses, truth.losses, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(answer.kl, truth.kl, rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose(found.losses, clean.losses, rtol=1e-4, atol=1e-5)
    assert answer.kl.min() > 0
    assert np.nanmax(abs(answer.losses - found.losses)) > 1e-3


@pytest.mark.parametrize("position", POSITIONS)
def test_what_is_not_known_is_nan_and_nothing_else(tiny, position):
    ids = token_ids(PROMPTS, N_CTX)
    found, native = substitution(tiny("llama"), ids, position)
    losses = found.of(native + 1).losses
    assert losses.shape == (PROMPTS, N_CTX - position)
    unknown = np.zeros(losses.shape, bool)
    unknown[UNKNOWN, -1] = True
    np.testing.assert_array_equal(np.isnan(losses), unknown)


def test_its_own_activation_costs_a_prompt_nothing(tiny):
    found, native = substitution(tiny("gpt2", centred=True), token_ids(PROMPTS, N_CTX), 3)
    same = found.of(native)
    np.testing.assert_array_equal(same.kl, 0)
    np.testing.assert_array_equal(same.losses, found.losses)


@pytest.mark.parametrize("kind", ["gemma2", "llama"])
@pytest.mark.parametrize("position", POSITIONS)
def test_how_much_is_held_at_once_changes_nothing(tiny, kind, position):
    model, ids = tiny(kind), token_ids(PROMPTS, N_CTX)
    found, native = substitution(model, ids, position)
    small, _ = substitution(model, ids, position, rows=2, held=4 * VOCABULARY * 2)
    whole, parts = found.of(native + 1), small.of(native + 1)
    np.testing.assert_allclose(parts.losses, whole.losses, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(parts.kl, whole.kl, rtol=1e-4, atol=1e-6)


def test_later_positions_see_what_was_written(tiny):
    ids = token_ids(PROMPTS, N_CTX)
    found, native = substitution(tiny("llama"), ids, 3)
    assert native.shape == (PROMPTS, D_MODEL)
    change = abs(found.of(native.flip(0)).losses - found.losses)
    assert np.nanmin(change[:, 1:].max(axis=1)) > 1e-5
