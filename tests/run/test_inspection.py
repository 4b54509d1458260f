from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from synact_bench.core.activations import RealActivations
from synact_bench.results.record import Inspection
from synact_bench.run.inspection import Inspector
from tests.helpers.toys import toy_dictionary, toy_real

REAL = toy_real(n=1400).tensor
TRAIN, TEST, FRESH = REAL[:800], REAL[800:1200], REAL[1200:]
N = 100


class Subject:
    """Train and test pool of one distribution; counts how often the test pool is captured."""

    def __init__(self) -> None:
        self.train = RealActivations(TRAIN, ("a document",) * len(TRAIN))
        self.dictionary = toy_dictionary()
        self.captured = 0

    @property
    def test_pool(self) -> Tensor:
        self.captured += 1
        return TEST


def inspector(subject: Any = None) -> Inspector:
    return Inspector(subject or Subject(), SimpleNamespace(calibration=TEST[:300]))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def shared() -> Inspector:
    return inspector()


def rules(seen: Inspection) -> set[str]:
    return {finding.rule for finding in seen.findings}


def test_fresh_real_activations_break_no_rule(shared: Inspector) -> None:
    seen = shared.inspect(FRESH[:N], shown=None, drawn=False)
    assert seen.flags == ()
    assert rules(seen) == {
        *("near-duplicate", "test-pool", "not-authentic", "data-copying", "mixture", "rescaled")
    }


def test_a_reconstruction_may_be_near_anything_and_may_not_collapse(shared: Inspector) -> None:
    for made in (TRAIN[:N], TEST[:N], 1.5 * TRAIN[:N]):
        seen = shared.inspect_reconstruction(made, bases=TRAIN[:N])
        assert seen.findings == ()
        assert seen.flags == ()
        assert seen.generalisation == {}
        assert seen.spread == shared.inspect(made, shown=None, drawn=False).spread
        own = shared.inspect(TRAIN[:N], shown=None, drawn=False).spread
        assert seen.lowest_real_spread == own
    for same in (TRAIN[:1].repeat(N, 1), TRAIN[: N // 4].repeat(4, 1)):
        assert shared.inspect_reconstruction(same, bases=TRAIN[:N]).flags == ("collapsed",)


@given(kept=st.integers(1, 7))
def test_a_projection_on_few_directions_is_no_collapse(shared: Inspector, kept: int) -> None:
    """Its rank is that of its bottleneck by construction, far below what real samples have."""
    bases = FRESH[:N]
    mean = TRAIN.mean(0)
    components = torch.linalg.svd(TRAIN - mean, full_matrices=False).Vh[:kept]
    made = mean + (bases - mean) @ components.T @ components
    seen = shared.inspect_reconstruction(made, bases=bases)
    assert seen.flags == ()
    rank, limit = seen.spread["effective_rank"], seen.lowest_real_spread["effective_rank"]
    assert rank is not None
    assert limit is not None
    assert rank <= kept + 1e-6
    assert rank <= limit


def test_equal_bases_may_have_equal_reconstructions(shared: Inspector) -> None:
    bases = TRAIN[: N // 4].repeat(4, 1)
    assert shared.inspect_reconstruction(bases / 2, bases=bases).flags == ()


@pytest.mark.parametrize(
    ("made", "rule"),
    [
        (TRAIN[:N], "near-duplicate"),
        (TRAIN[:N] + 1e-3, "near-duplicate"),
        (1.5 * TRAIN[:N], "rescaled"),
        ((TRAIN[:N] + TRAIN[N : 2 * N]) / 2, "mixture"),
        (TEST[-N:], "test-pool"),
        (TRAIN[:1].repeat(N, 1), "collapsed"),
        (torch.full((N, 8), 7.0), "collapsed"),
    ],
)
def test_what_is_not_made_is_flagged(shared: Inspector, made: Tensor, rule: str) -> None:
    seen = shared.inspect(made, shown=None, drawn=False)
    assert rule in seen.flags
    flagged = tuple(finding.rule for finding in seen.findings if finding.flagged)
    assert set(seen.flags) - {"collapsed"} == set(flagged)


def test_a_test_pool_captured_elsewhere_is_still_found() -> None:
    class Elsewhere(Subject):
        @property
        def test_pool(self) -> Tensor:
            return TEST + 3e-4 * torch.sin(torch.arange(TEST.numel())).reshape(TEST.shape)

    seen = inspector(Elsewhere()).inspect(TEST[-N:], shown=None, drawn=False)
    assert "test-pool" in seen.flags
    (finding,) = [each for each in seen.findings if each.rule == "test-pool"]
    assert finding.expected < 0.1


def test_a_row_that_the_trial_draws_may_lie_in_the_test_pool(shared: Inspector) -> None:
    seen = shared.inspect(TEST[-N:], shown=None, drawn=True)
    assert "test-pool" not in rules(seen)
    assert seen.flags == ()


def test_only_what_was_shown_can_be_echoed(shared: Inspector) -> None:
    made, other = FRESH[:N], FRESH[N : 2 * N]
    assert "echo" in shared.inspect(made, shown=made, drawn=False).flags
    honest = shared.inspect(made, shown=other, drawn=False)
    assert "echo" in rules(honest)
    assert honest.flags == ()


def test_a_sample_is_always_judged_the_same(shared: Inspector) -> None:
    made = TRAIN[:N] + 0.3 * FRESH[:N]
    first = shared.inspect(made, shown=None, drawn=False)
    shared.inspect(FRESH[:50], shown=None, drawn=False)
    assert shared.inspect(made, shown=None, drawn=False) == first
    assert inspector().inspect(made, shown=None, drawn=False) == first


def test_numbers_are_those_of_the_sample_and_survive_json(shared: Inspector) -> None:
    seen = shared.inspect(FRESH[:N], shown=None, drawn=False)
    fires = toy_dictionary().encode(FRESH[:N]) > 0
    assert seen.spread["distinct_latents"] == int(fires.any(0).sum())
    assert seen.spread["distinct_rows"] == N
    assert set(seen.spread) == set(seen.lowest_real_spread)
    assert seen.two_sample["n"] == N
    assert Inspection.model_validate_json(seen.model_dump_json()) == seen


def test_too_few_activations_are_judged_by_what_can_be_said_of_them(shared: Inspector) -> None:
    seen = shared.inspect(TRAIN[:4], shown=None, drawn=False)
    assert (seen.spread, seen.lowest_real_spread) == ({}, {})
    assert (seen.two_sample["n"], seen.two_sample["kid"]) == (4, None)
    assert "near-duplicate" in rules(seen)


def test_the_test_pool_is_captured_when_it_is_first_needed_and_once() -> None:
    subject = Subject()
    made = inspector(subject)
    assert subject.captured == 0
    for size in (N, 50):
        made.inspect(FRESH[:size], shown=None, drawn=False)
    assert subject.captured == 1
