from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from synact_bench.assets.prompts import Prompts
from synact_bench.core.errors import TextError
from synact_bench.core.experiments import (
    EXPERIMENTS,
    HOLDOUT,
    NATIVE,
    OPTIONAL_DRAWS,
    REFERENCE,
    Preset,
)
from synact_bench.models.subject import Subject
from synact_bench.run import design
from synact_bench.run.design import DRAWN, ROLES, Design
from tests.helpers.trials import D_MODEL, numbered, rows_of, stand_in

SMALL, LARGE = Preset("small", bases=5, refined=5), Preset("large", bases=23, refined=9, points=101)


@pytest.fixture(scope="module")
def pool() -> Prompts:
    return numbered()


@pytest.fixture(scope="module")
def large(pool) -> Design:
    return Design.draw(stand_in(pool), LARGE, seed=0)


def partners_of(drawn: Design) -> dict[str, torch.Tensor]:
    """What stands for another document's activation, by role."""
    return {name: drawn.draws[name] for name in DRAWN} | {"donors": drawn.donors}


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32))
def test_every_prompt_is_dealt_to_one_role(pool, seed):
    dealt = design.deal(pool, seed)
    assert set(dealt) == set(ROLES)
    keys = [hand.key(row) for hand in dealt.values() for row in range(len(hand))]
    assert sorted(keys) == sorted(pool.key(row) for row in range(len(pool)))
    fair = len(pool) / len(ROLES)
    assert all(len(hand) == pytest.approx(fair, rel=0.6) for hand in dealt.values())


def test_every_declared_draw_is_drawn(large):
    of_experiments = {name for each in EXPERIMENTS.values() for name in each.draws}
    assert set(large.draws) == {*of_experiments, *OPTIONAL_DRAWS}


def test_a_draw_is_captured_when_it_is_asked_for_and_once(pool):
    subject, captured = stand_in(pool), []
    whole = subject.activations
    subject.activations = lambda chosen: captured.append(len(chosen)) or whole(chosen)
    drawn = Design.draw(subject, SMALL, seed=0)
    assert len(captured) == 2  # donors, and what measures of copying are calibrated on
    assert drawn.native is drawn.native
    assert len(captured) == 3


def test_no_window_serves_twice(large):
    used = [rows_of(part) for part in partners_of(large).values()]
    used += [rows_of(large.native), rows_of(large.calibration)]
    flat = [row for rows in used for row in rows]
    assert len(set(flat)) == len(flat)
    assert len(flat) == (len(DRAWN) + 2) * LARGE.bases + len(large.calibration)


@pytest.mark.parametrize("role", [*DRAWN, "donors"])
def test_partners_come_from_other_documents(large, pool, role):
    partners = rows_of(partners_of(large)[role])
    for base, partner in zip(large.prompts.documents, partners, strict=True):
        assert pool.documents[partner] != base


def test_native_activations_are_the_bases_own(large):
    assert rows_of(large.native) == large.prompts.ids[:, 0].tolist()
    assert large.native is large.draws[NATIVE]


def test_calibration_is_all_that_its_role_was_dealt_up_to_a_limit(pool, large, monkeypatch):
    dealt = design.deal(pool, seed=0)[design.CALIBRATION]
    assert rows_of(large.calibration) == dealt.ids[:, 0].tolist()
    monkeypatch.setattr(design, "CALIBRATIONS", 7)
    fewer = Design.draw(stand_in(pool), SMALL, seed=0).calibration
    assert torch.equal(fewer, large.calibration[:7])


def test_gaussian_targets_are_as_far_out_as_gaussian_samples_are(large, pool):
    away = stand_in(pool).train.mahalanobis(large.gaussian)
    assert float(away.median()) == pytest.approx(D_MODEL**0.5, rel=0.25)


def test_shapes_and_facts(large, pool):
    assert len(large.prompts) == LARGE.bases
    for part in (*large.draws.values(), large.donors, large.gaussian):
        assert part.shape == (LARGE.bases, D_MODEL)
        assert part.dtype == torch.float32
    assert large.fractions.tolist() == torch.linspace(0, 1, LARGE.points).tolist()
    assert large.median_norm == stand_in(pool).train.median_norm
    assert torch.equal(large.mean, stand_in(pool).train.mean)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_smaller_preset_is_the_beginning_of_a_larger(pool, seed):
    small, large = (Design.draw(stand_in(pool), preset, seed) for preset in (SMALL, LARGE))
    assert small.prompts.ids.tolist() == large.prompts.ids[: SMALL.bases].tolist()
    for name in small.draws:
        assert torch.equal(small.draws[name], large.draws[name][: SMALL.bases]), name
    assert torch.equal(small.donors, large.donors[: SMALL.bases])
    assert torch.equal(small.calibration, large.calibration)
    torch.testing.assert_close(small.gaussian, large.gaussian[: SMALL.bases])


def test_a_trial_is_fixed_by_its_seed(pool, large):
    again, other = (Design.draw(stand_in(pool), LARGE, seed) for seed in (0, 1))
    for name, drawn in large.draws.items():
        assert torch.equal(again.draws[name], drawn)
        assert not torch.equal(other.draws[name], drawn)
    assert torch.equal(again.gaussian, large.gaussian)
    assert torch.equal(again.calibration, large.calibration)
    assert set(rows_of(other.native)) != set(rows_of(large.native))
    assert not torch.equal(other.gaussian, large.gaussian)


def test_the_order_of_the_text_does_not_matter(pool, large):
    backwards = pool.take(range(len(pool) - 1, -1, -1))
    again = Design.draw(stand_in(backwards), LARGE, seed=0)
    assert torch.equal(again.native, large.native)
    assert torch.equal(again.donors, large.donors)
    assert torch.equal(again.draws[HOLDOUT], large.draws[HOLDOUT])


@settings(max_examples=50)
@given(
    names=st.lists(st.sampled_from("abc"), min_size=12, max_size=12),
    bases=st.lists(st.sampled_from("abcd"), max_size=6),
)
def test_partners_are_the_first_unused_of_another_document(names, bases):
    pool = Prompts(np.arange(12)[:, None], tuple(names), tuple(range(12)), np.zeros(12, np.int64))
    none = np.zeros((len(bases), 1), dtype=np.int64)
    wanted = Prompts(none, tuple(bases), (0,) * len(bases), none[:, 0])
    try:
        found = design.partnered(pool, wanted, "toy").positions
    except TextError:
        found = None
    expected: list[int] | None = []
    for base in bases:
        free = [row for row in range(12) if names[row] != base and row not in expected]
        if not free:
            expected = None
            break
        expected.append(free[0])
    assert found == (None if expected is None else tuple(expected))


@pytest.mark.parametrize("documents", [0, 1, 3])
def test_too_few_prompts_say_how_many_are_needed(documents):
    few = stand_in(numbered(documents, windows=4))
    with pytest.raises(TextError, match=r"^toy: test documents give \d+ prompts .* 23 are needed"):
        Design.draw(few, LARGE, seed=0)


def test_one_document_has_no_partners():
    one = stand_in(numbered(1, windows=400))
    with pytest.raises(TextError, match="many documents"):
        Design.draw(one, SMALL, seed=0)


def test_the_roles_keep_their_names():
    # They are hashed into which prompt does what: a change moves every number.
    floors = tuple(f"real-floor-{place}" for place in (1, 2, 3, 4))
    assert list(ROLES) == ["bases", "donors", "calibration", "real", *floors, "real-holdout"]


def test_a_trial_of_an_opened_testbed(ready):
    subject = Subject.open(ready)
    drawn = Design.draw(subject, SMALL, seed=0)
    torch.testing.assert_close(drawn.native, subject.activations(drawn.prompts))
    spread = (drawn.gaussian - subject.train.mean).norm(dim=-1).median()
    real = (drawn.draws[REFERENCE] - subject.train.mean).norm(dim=-1).median()
    assert 0.5 < spread / real < 2
