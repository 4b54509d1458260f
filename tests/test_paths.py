from __future__ import annotations

import math

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torch import Tensor

from synact_bench import paths
from synact_bench.errors import UnknownNameError
from synact_bench.paths import PATHS, Arcs, Segments, build, separated

N = 8
FRACTIONS = torch.linspace(0, 1, N + 1)
seeds = st.integers(0, 2**31)
lengths = st.floats(0.01, 1e3)
sizes = st.tuples(st.integers(1, 5), st.integers(2, 24))


def rows(seed: int, size: tuple[int, int], count: int, spread: float = 10.0) -> list[Tensor]:
    rng = torch.Generator().manual_seed(seed)
    return [spread * torch.randn(size, generator=rng) for _ in range(count)]


def every_kind(seed: int, size: tuple[int, int]) -> dict[str, Segments | Arcs]:
    base, target, real = rows(seed, size, 3)
    assume(separated(base, target, 0.1).all() and separated(base, real, 0.1).all())
    return {
        name: build(
            name,
            base,
            target,
            real_target=real,
            length=50.0,
            median_norm=10.0,
            centre=torch.zeros(size[1]),
        )
        for name in PATHS
    }


def gaps(points: Tensor) -> Tensor:
    return points.diff(dim=1).norm(dim=-1)


@given(seeds, sizes)
def test_every_path_starts_exactly_at_its_base(seed: int, size: tuple[int, int]) -> None:
    for path in every_kind(seed, size).values():
        points = path.points(FRACTIONS)
        assert points.shape == (size[0], N + 1, size[1])
        assert points.dtype == torch.float32
        assert torch.equal(points[:, 0], path.base)


@given(seeds, sizes)
def test_points_are_equally_spaced(seed: int, size: tuple[int, int]) -> None:
    for path in every_kind(seed, size).values():
        between = gaps(path.points(FRACTIONS))
        torch.testing.assert_close(
            between, between.mean(1, keepdim=True).expand_as(between), rtol=1e-3, atol=1e-4
        )


@given(seeds, sizes, st.integers(0, 5), st.integers(0, 5))
def test_a_slice_of_paths_makes_the_same_points(
    seed: int, size: tuple[int, int], start: int, stop: int
) -> None:
    for path in every_kind(seed, size).values():
        part = path[start:stop]
        assert len(part) == len(range(*slice(start, stop).indices(len(path))))
        assert torch.equal(part.points(FRACTIONS), path.points(FRACTIONS)[start:stop])


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


def test_separated_drops_targets_on_their_base() -> None:
    base = torch.zeros(3, 2)
    target = torch.tensor([[0.0, 0.0], [0.0009, 0.0], [0.0, 0.002]])
    assert separated(base, target).tolist() == [False, False, True]
    assert separated(base, target, minimum=0.01).tolist() == [False, False, False]


BASE, TARGET = torch.ones(3, 2), torch.tensor([[0.0, 5.0]] * 3)


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
        (lambda: paths.spherical(BASE, TARGET, BASE[0]), "base to centre"),
        (lambda: paths.spherical(BASE, TARGET, TARGET[0]), "target to centre"),
        (lambda: paths.spherical(BASE[:, :1], TARGET[:, :1], BASE[0, :1]), "two dimensions"),
        (lambda: paths.relative(BASE, TARGET.double()), "float64"),
        (lambda: paths.relative(BASE[0], TARGET[0]), "base must be"),
        (lambda: separated(BASE, TARGET[:2]), "target must be"),
        (lambda: Arcs(BASE, BASE, BASE, torch.zeros(2)), "angle"),
        (lambda: build("absolute", BASE, TARGET), "absolute path needs length"),
        (lambda: build("scaled", BASE, TARGET, length=5.0), "scaled path needs median_norm"),
        (lambda: build("matched", BASE, TARGET, length=5.0), "matched path needs real_target"),
        (lambda: build("spherical", BASE, TARGET), "spherical path needs centre"),
    ],
)
def test_what_makes_no_path_is_refused(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_an_unknown_path_names_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'relative'"):
        build("relativ", BASE, TARGET)


def test_the_table_names_every_path_once() -> None:
    assert list(PATHS) == ["relative", "absolute", "matched", "scaled", "spherical"]
    assert [spec.identity for spec in PATHS.values()] == [f"{name}@1" for name in PATHS]
