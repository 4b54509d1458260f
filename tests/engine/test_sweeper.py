from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from transformers import AttentionInterface

from synact_bench.core.errors import SubjectError
from synact_bench.engine import sweeper
from synact_bench.engine.reference_impl import naive_curves
from synact_bench.engine.refinement import Sought
from synact_bench.engine.suffix import ATTENTION
from synact_bench.engine.sweeper import Sweeper
from synact_bench.models.language_model import LanguageModel
from tests.helpers.swept import FRACTIONS, hooks, lines
from tests.helpers.tiny import LAYERS, Lines, token_ids

KINDS = [("gpt2", False), ("gpt2", True), ("llama", False)]


@pytest.mark.parametrize(("kind", "centred"), KINDS)
def test_batches_do_not_change_a_curve(tiny, kind, centred):
    model = tiny(kind, centred=centred)
    ids, where = token_ids(8, 6), hooks(1, LAYERS - 1)
    straight = lines(model, ids, where["write_hook"])
    together = Sweeper(model, ids, **where).curves(range(8), straight, FRACTIONS)
    done: list[int] = []
    alone = Sweeper(model, ids, **where, rows=1).curves(
        range(8), straight, FRACTIONS, advance=done.append
    )
    assert done == [len(FRACTIONS)] * 8
    scale = together.l2.max(1, keepdims=True)
    assert (abs(together.l2 - alone.l2) / scale).max() < 1e-5
    assert abs(together.kl - alone.kl).max() < 1e-5


def test_each_path_runs_on_its_own_prompt(tiny):
    model = tiny("llama")
    ids, where = token_ids(8, 6), hooks(1, LAYERS - 1)
    straight = lines(model, ids, where["write_hook"])[:3]
    chosen = [5, 2, 5]
    found = Sweeper(model, ids, **where).curves(chosen, straight, FRACTIONS)
    true, _ = naive_curves(model, ids[chosen], straight.points(FRACTIONS), **where)
    assert ((torch.from_numpy(found.l2) - true).abs() / true.amax(1, keepdim=True)).max() < 1e-5


def test_curves_start_at_zero_and_carry_their_fractions(tiny):
    ids, where = token_ids(4, 6), hooks(1, LAYERS - 1)
    model = tiny("gpt2")
    found = Sweeper(model, ids, **where).curves(
        range(4), lines(model, ids, where["write_hook"]), FRACTIONS
    )
    assert (found.l2[:, 0] == 0).all()
    assert (found.kl[:, 0] == 0).all()
    assert found.fractions.tolist() == FRACTIONS.double().tolist()


def test_no_paths_give_no_curves(tiny):
    ids, where = token_ids(2, 6), hooks(1, LAYERS - 1)
    model = tiny("gpt2")
    none = lines(model, ids, where["write_hook"])[:0]
    assert len(Sweeper(model, ids, **where).curves([], none, FRACTIONS)) == 0


def test_the_shared_weights_are_left_alone(tiny):
    model = tiny("gpt2", centred=True)
    ids = token_ids(2, 6)
    before = model.plain(ids).logits
    Sweeper(model, ids, **hooks(2, LAYERS - 1))
    assert torch.equal(model.plain(ids).logits, before)


def test_refuses_a_model_whose_fast_run_disagrees(tiny, monkeypatch):
    def shifted(*args: Any, **names: Any) -> tuple[Tensor, Tensor]:
        l2, kl = naive_curves(*args, **names)
        return l2 * 1.001, kl

    monkeypatch.setattr(sweeper, "naive_curves", shifted)
    with pytest.raises(SubjectError, match=r"disagrees with the naive run.*not supported"):
        Sweeper(tiny("gpt2"), token_ids(2, 6), **hooks(1, LAYERS - 1))


def test_refuses_a_model_that_attends_in_another_way(tiny, monkeypatch):
    def foreign(*_: object, **__: object) -> None:
        raise TypeError("no argument 'scaling'")

    monkeypatch.setitem(AttentionInterface._global_mapping, ATTENTION, foreign)
    where = hooks(1, LAYERS - 1)
    message = r"\(llama\): the fast sweep cannot run its blocks: no argument 'scaling'; choose"
    with pytest.raises(SubjectError, match=message):
        Sweeper(tiny("llama"), token_ids(2, 6), **where)


def test_refuses_a_divergence_that_disagrees(tiny, monkeypatch):
    monkeypatch.setattr(
        sweeper, "kl_from_first", lambda final, *_: final.new_zeros(final.shape[:2])
    )
    with pytest.raises(SubjectError, match="disagrees with the naive run"):
        Sweeper(tiny("gpt2"), token_ids(2, 6), **hooks(1, LAYERS - 1))


MANY = torch.linspace(0, 1, 33)


def bent(model: LanguageModel, ids: Tensor, write_hook: str) -> Lines:
    """Long paths, on which a tiny model's answer is no longer a straight line."""
    short = lines(model, ids, write_hook)
    return Lines(short.base, 8 * short.displacement)


@pytest.mark.parametrize("sought", [Sought(steepest=True), Sought(level=1.0)])
def test_an_adaptive_sweep_answers_what_is_sought(tiny, sought):
    model, ids, where = tiny("llama"), token_ids(8, 6), hooks(1, LAYERS - 1)
    along = bent(model, ids, where["write_hook"])
    sweeper = Sweeper(model, ids, **where)
    whole = sweeper.curves(range(8), along, MANY)
    part = sweeper.curves(range(8), along, MANY, sought=sought)
    assert whole.measured is None
    assert part.measured.mean() < 0.95
    assert part.points_run == part.measured.sum() < whole.points_run
    scale = whole.l2.max(1, keepdims=True)
    apart = abs(part.l2 - whole.l2) / scale
    assert apart[part.measured].max() < 1e-5
    assert apart.max() < 0.05
    assert abs(part.kl - whole.kl)[part.measured].max() < 1e-4
    if sought.steepest:
        expected = np.diff(whole.l2).argmax(1)
        np.testing.assert_array_equal(np.diff(part.l2).argmax(1), expected)
    else:
        assert (whole.l2 > 1.0).any(1).sum() > 4
        np.testing.assert_array_equal((part.l2 > 1.0).argmax(1), (whole.l2 > 1.0).argmax(1))


@pytest.mark.parametrize("sought", [None, Sought(steepest=True, level=1.0)])
@pytest.mark.parametrize("rows", [1, 7, 64])
@pytest.mark.parametrize("threads", [1, 2])
def test_rows_and_threads_change_nothing(tiny, sought, rows, threads):
    model, ids, where = tiny("llama"), token_ids(8, 6), hooks(1, LAYERS - 1)
    along = bent(model, ids, where["write_hook"])
    expected = Sweeper(model, ids, **where).curves(range(8), along, MANY, sought=sought)
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        found = Sweeper(model, ids, **where, rows=rows).curves(range(8), along, MANY, sought=sought)
    finally:
        torch.set_num_threads(before)
    scale = expected.l2.max(1, keepdims=True)
    assert (abs(found.l2 - expected.l2) / scale).max() < 1e-5
    assert abs(found.kl - expected.kl).max() < 1e-4
    np.testing.assert_array_equal(np.diff(found.l2).argmax(1), np.diff(expected.l2).argmax(1))
    np.testing.assert_array_equal((found.l2 > 1.0).argmax(1), (expected.l2 > 1.0).argmax(1))
    if sought is not None:
        np.testing.assert_array_equal(found.measured, expected.measured)


def test_what_was_swept_before_changes_no_bit(tiny):
    model, ids, where = tiny("gpt2"), token_ids(8, 6), hooks(1, LAYERS - 1)
    along = lines(model, ids, where["write_hook"])
    fresh = Sweeper(model, ids, **where).curves([4, 2, 6], along[:3], FRACTIONS)
    used = Sweeper(model, ids, **where)
    used.curves(range(8), along, FRACTIONS)
    used.curves([4, 2, 6], along[:3], FRACTIONS)
    again = used.curves([4, 2, 6], along[:3], FRACTIONS)
    assert (again.l2 == fresh.l2).all()
    assert (again.kl == fresh.kl).all()


def test_first_points_are_remembered_for_paths_that_share_them(tiny, monkeypatch):
    model, ids, where = tiny("gpt2"), token_ids(4, 6), hooks(1, LAYERS - 1)
    along = lines(model, ids, where["write_hook"])
    elsewhere = Lines(along.base, along.displacement.flip(0))
    sweeper = Sweeper(model, ids, **where)
    seen = []
    run = sweeper._runner.run

    def counted(points: Tensor, *rest: Any, **names: Any) -> tuple[Tensor, Tensor]:
        seen.append(points.shape[0] * points.shape[1])
        return run(points, *rest, **names)

    monkeypatch.setattr(sweeper._runner, "run", counted)
    sweeper.curves(range(4), along, FRACTIONS)
    assert sum(seen) == 4 * len(FRACTIONS)
    sweeper.curves(range(4), elsewhere, FRACTIONS)
    assert sum(seen) == 8 * len(FRACTIONS) - 4
    moved = Lines(along.base + 0.1, along.displacement)
    sweeper.curves(range(4), moved, FRACTIONS)
    assert sum(seen) == 12 * len(FRACTIONS) - 4


def test_only_an_even_grid_can_be_refined(tiny):
    model, ids, where = tiny("gpt2"), token_ids(2, 6), hooks(1, LAYERS - 1)
    along = lines(model, ids, where["write_hook"])
    uneven = torch.tensor([0.0, 0.1, 1.0])
    sweeper = Sweeper(model, ids, **where)
    assert sweeper.curves(range(2), along, uneven).l2.shape == (2, 3)
    with pytest.raises(ValueError, match="only an evenly spaced grid can be refined"):
        sweeper.curves(range(2), along, uneven, sought=Sought(steepest=True))


@pytest.mark.parametrize("kind", ["gpt2", "llama"])
def test_mixed_precision_is_near_and_not_the_same(tiny, kind):
    model, ids, where = tiny(kind), token_ids(8, 6), hooks(1, LAYERS - 1)
    along = lines(model, ids, where["write_hook"])
    exact = Sweeper(model, ids, **where).curves(range(8), along, FRACTIONS)
    mixed = Sweeper(model, ids, **where, precision="mixed").curves(range(8), along, FRACTIONS)
    assert mixed.l2.dtype == np.float32
    apart = abs(mixed.l2 - exact.l2) / exact.l2.max(1, keepdims=True)
    assert 1e-5 < apart.max() < 0.05


def test_a_device_without_room_is_given_less(tiny, monkeypatch):
    model, ids, where = tiny("gpt2"), token_ids(8, 6), hooks(1, LAYERS - 1)
    along = lines(model, ids, where["write_hook"])
    expected = Sweeper(model, ids, **where).curves(range(8), along, FRACTIONS)
    sweeper = Sweeper(model, ids, **where)
    run = sweeper._runner.run

    def small(points: Tensor, *rest: Any, **names: Any) -> tuple[Tensor, Tensor]:
        if points.shape[0] * points.shape[1] > 5:
            raise torch.OutOfMemoryError("no room")
        return run(points, *rest, **names)

    monkeypatch.setattr(sweeper._runner, "run", small)
    found = sweeper.curves(range(8), along, FRACTIONS)
    assert 1 <= sweeper._rows.size <= 5
    np.testing.assert_allclose(found.l2, expected.l2, rtol=1e-4, atol=1e-5)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
@pytest.mark.parametrize(("kind", "centred"), KINDS)
def test_a_gpu_gives_the_same_curves(tiny, kind, centred):
    model, ids, where = tiny(kind, centred=centred), token_ids(8, 6), hooks(1, LAYERS - 1)
    along = bent(model, ids, where["write_hook"])
    here = Sweeper(model, ids, **where).curves(range(8), along, MANY)
    plain = copy.deepcopy(model.plain).to("cuda")
    moved = LanguageModel(plain, model.tokenizer, centred=centred)
    there = Sweeper(moved, ids, **where).curves(range(8), along, MANY)
    assert (abs(there.l2 - here.l2) / here.l2.max(1, keepdims=True)).max() < 1e-4
    assert abs(there.kl - here.kl).max() < 1e-3
