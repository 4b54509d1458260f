from __future__ import annotations

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from synact_bench import paths
from synact_bench.paths import separated
from tests.helpers.path_rows import BASE, FRACTIONS, TARGET, lengths, rows, seeds, sizes


@given(seeds, sizes)
def test_relative_ends_at_the_target(seed: int, size: tuple[int, int]) -> None:
    base, target = rows(seed, size, 2)
    end = paths.relative(base, target).points(FRACTIONS)[:, -1]
    torch.testing.assert_close(end, target, rtol=1e-5, atol=1e-4)


@given(seeds, sizes, lengths)
def test_absolute_has_the_given_length_toward_the_target(
    seed: int, size: tuple[int, int], length: float
) -> None:
    base, target = rows(seed, size, 2)
    assume(separated(base, target, 0.1).all())
    moved = paths.absolute(base, target, length).displacement
    torch.testing.assert_close(moved.norm(dim=-1), torch.full((size[0],), length))
    along = torch.cosine_similarity(moved, target - base, dim=-1)
    torch.testing.assert_close(along, torch.ones(size[0]))


@given(seeds, sizes)
def test_matched_is_as_long_as_the_real_target_is_far(seed: int, size: tuple[int, int]) -> None:
    base, target, real = rows(seed, size, 3)
    assume(separated(base, target, 0.1).all() and separated(base, real, 0.1).all())
    moved = paths.matched(base, target, real).displacement
    torch.testing.assert_close(moved.norm(dim=-1), (real - base).norm(dim=-1))
    along = torch.cosine_similarity(moved, target - base, dim=-1)
    torch.testing.assert_close(along, torch.ones(size[0]))


@given(seeds, sizes, lengths, st.floats(0.1, 100))
def test_scaled_is_as_long_as_the_base_is_large(
    seed: int, size: tuple[int, int], length: float, median_norm: float
) -> None:
    base, target = rows(seed, size, 2)
    assume(separated(base, target, 0.1).all() and (base.norm(dim=-1) > 0.1).all())
    moved = paths.scaled(base, target, length, median_norm).displacement
    torch.testing.assert_close(moved.norm(dim=-1), length * base.norm(dim=-1) / median_norm)
    along = torch.cosine_similarity(moved, target - base, dim=-1)
    torch.testing.assert_close(along, torch.ones(size[0]))


def test_a_base_of_the_median_norm_makes_scaled_the_absolute_path() -> None:
    base, target = torch.tensor([[3.0, 4.0]]), torch.tensor([[1.0, 9.0]])
    scaled = paths.scaled(base, target, 60.0, 5.0)
    torch.testing.assert_close(scaled.displacement, paths.absolute(base, target, 60.0).displacement)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: paths.absolute(BASE, BASE, 5.0), "base to target .* 3 of 3"),
        (lambda: paths.absolute(BASE, TARGET, 0.0), "length"),
        (lambda: paths.absolute(BASE, TARGET, float("nan")), "length"),
        (lambda: paths.absolute(BASE, TARGET * torch.inf, 5.0), "base to target"),
        (lambda: paths.matched(BASE, TARGET, BASE), "real target"),
        (lambda: paths.matched(BASE, TARGET, TARGET[:2]), r"real_target must be \[g, d\]"),
        (lambda: paths.scaled(BASE, TARGET, 5.0, 0.0), "median_norm"),
        (lambda: paths.scaled(BASE, TARGET, -5.0, 1.0), "length"),
        (lambda: paths.scaled(0 * BASE, TARGET, 5.0, 1.0), "norm of the base"),
        (lambda: paths.relative(BASE, TARGET.double()), "float64"),
        (lambda: paths.relative(BASE[0], TARGET[0]), "base must be"),
    ],
)
def test_what_makes_no_path_is_refused(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
