from __future__ import annotations

import math

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from synact_bench import paths
from synact_bench.paths import separated
from tests.helpers.path_rows import BASE, FRACTIONS, TARGET, N, rows, seeds, sizes


@given(seeds, sizes, st.booleans())
def test_spherical_keeps_its_distance_and_ends_along_the_target(
    seed: int, size: tuple[int, int], own_centres: bool
) -> None:
    base, target, centre = rows(seed, size, 3)
    centre = centre if own_centres else centre[0]
    about = centre.expand_as(base)
    assume(separated(base, about, 0.5).all() and separated(target, about, 0.5).all())
    spread = (base - about).norm(dim=-1, keepdim=True)
    points = paths.spherical(base, target, centre).points(FRACTIONS) - about[:, None, :]
    torch.testing.assert_close(points.norm(dim=-1), spread.expand(-1, N + 1), rtol=1e-4, atol=1e-4)
    aim = (target - about) / (target - about).norm(dim=-1, keepdim=True)
    torch.testing.assert_close(points[:, -1], spread * aim, rtol=1e-3, atol=1e-3)


def test_a_quarter_turn() -> None:
    arc = paths.spherical(torch.tensor([[2.0, 0.0]]), torch.tensor([[0.0, 7.0]]), torch.zeros(2))
    half = math.sqrt(2)
    torch.testing.assert_close(
        arc.points(torch.tensor([0.0, 0.5, 1.0])),
        torch.tensor([[[2.0, 0.0], [half, half], [0.0, 2.0]]]),
    )


def test_opposite_directions_turn_through_the_axis_most_orthogonal_to_the_base() -> None:
    base = torch.tensor([[3.0, 0.5, 1.0], [1.0, 0.0, 0.0]])
    arc = paths.spherical(base, -2 * base, torch.zeros(3))
    points = arc.points(torch.tensor([0.0, 0.5, 1.0]))
    torch.testing.assert_close(points[:, 2], -base, rtol=1e-5, atol=1e-5)
    assert points[0, 1].argmax() == 1
    torch.testing.assert_close(points[1, 1], torch.tensor([0.0, 1.0, 0.0]))


def test_the_same_direction_stays_at_the_base() -> None:
    base = torch.tensor([[3.0, 0.5, 1.0]])
    points = paths.spherical(base, 2 * base, torch.zeros(3)).points(FRACTIONS)
    assert torch.equal(points, base[:, None, :].expand_as(points))


@given(seeds, sizes, st.booleans())
def test_mixture_ends_at_the_target(seed: int, size: tuple[int, int], own_centres: bool) -> None:
    base, target, centre = rows(seed, size, 3)
    path = paths.mixture(base, target, centre if own_centres else centre[0])
    torch.testing.assert_close(path.points(FRACTIONS)[:, -1], target, rtol=1e-5, atol=1e-4)


@given(seeds, st.integers(2, 6), st.integers(1, 6))
def test_mixture_keeps_mean_and_covariance_of_independent_ends(
    seed: int, n: int, d_model: int
) -> None:
    (pool,) = rows(seed, (n, d_model), 1)
    # Over all pairs of a pool the two ends are independent exactly, not only on average.
    base, target = pool.repeat_interleave(n, 0), pool.repeat(n, 1)
    points = paths.mixture(base, target, pool.mean(0)).points(FRACTIONS).double()
    wide = pool.double()
    covariance = torch.cov(wide.T, correction=0).reshape(d_model, d_model)
    for at in points.unbind(1):
        torch.testing.assert_close(at.mean(0), wide.mean(0), rtol=0, atol=1e-4)
        found = torch.cov(at.T, correction=0).reshape(d_model, d_model)
        torch.testing.assert_close(found, covariance, rtol=1e-4, atol=1e-3)


def test_a_straight_path_loses_half_the_variance_midway() -> None:
    (pool,) = rows(0, (6, 3), 1)
    base, target = pool.repeat_interleave(6, 0), pool.repeat(6, 1)
    halfway = torch.tensor([0.5])
    straight = paths.relative(base, target).points(halfway)[:, 0]
    torch.testing.assert_close(straight.var(0, False), pool.var(0, False) / 2)


@given(seeds, sizes)
def test_the_first_step_of_a_mixture_does_not_contain_the_base(
    seed: int, size: tuple[int, int]
) -> None:
    base, other, target, centre = rows(seed, size, 4)
    small = torch.tensor([1e-3])
    for start in (base, other):
        step = paths.mixture(start, target, centre).points(small)[:, 0] - start
        # What is left of the base is of second order in the fraction.
        torch.testing.assert_close(step / 1e-3, math.pi / 2 * (target - centre), rtol=0, atol=0.2)


def test_a_centre_in_double_makes_the_same_paths() -> None:
    centre = torch.tensor([0.5, -1.0])
    for build in (paths.spherical, paths.mixture):
        wide = build(BASE, TARGET, centre.double()).points(FRACTIONS)
        assert torch.equal(wide, build(BASE, TARGET, centre).points(FRACTIONS))


def test_a_mixture_by_hand() -> None:
    path = paths.mixture(
        torch.tensor([[5.0, 1.0]]), torch.tensor([[1.0, 3.0]]), torch.tensor([1.0, 1.0])
    )
    points = path.points(torch.tensor([0.0, 1 / 3, 1.0]))
    torch.testing.assert_close(
        points, torch.tensor([[[5.0, 1.0], [1 + 2 * math.sqrt(3), 2.0], [1.0, 3.0]]])
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: paths.spherical(BASE, TARGET, BASE[0]), "base to centre"),
        (lambda: paths.spherical(BASE, TARGET, TARGET[0]), "target to centre"),
        (lambda: paths.spherical(BASE[:, :1], TARGET[:, :1], BASE[0, :1]), "two dimensions"),
        (lambda: paths.mixture(BASE, TARGET[:2], BASE[0]), "target must be"),
    ],
)
def test_what_makes_no_path_is_refused(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
