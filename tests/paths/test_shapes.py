from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from synact_bench.paths import Arcs, Segments
from tests.helpers.path_rows import BASE, FRACTIONS, N, rows, seeds, sizes


def both(seed: int, size: tuple[int, int]) -> list[Segments | Arcs]:
    base, radial, tangent = rows(seed, size, 3)
    angle = torch.linspace(0, math.pi, size[0])
    return [Segments(base, tangent), Arcs(base, radial, tangent, angle)]


@given(seeds, sizes)
def test_every_shape_starts_exactly_at_its_base(seed: int, size: tuple[int, int]) -> None:
    for path in both(seed, size):
        points = path.points(FRACTIONS)
        assert points.shape == (size[0], N + 1, size[1])
        assert points.dtype == torch.float32
        assert torch.equal(points[:, 0], path.base)


@given(seeds, sizes, st.integers(0, 5), st.integers(0, 5))
def test_a_slice_of_paths_makes_the_same_points(
    seed: int, size: tuple[int, int], start: int, stop: int
) -> None:
    for path in both(seed, size):
        part = path[start:stop]
        assert len(part) == len(range(*slice(start, stop).indices(len(path))))
        assert torch.equal(part.points(FRACTIONS), path.points(FRACTIONS)[start:stop])


@given(seeds, sizes)
def test_each_path_may_have_its_own_fractions(seed: int, size: tuple[int, int]) -> None:
    rng = torch.Generator().manual_seed(seed)
    own = torch.rand(size[0], N, generator=rng)
    for path in both(seed, size):
        points = path.points(own)
        for row, fractions in enumerate(own):
            alone = path[row : row + 1].points(fractions)[0]
            torch.testing.assert_close(points[row], alone, rtol=1e-6, atol=1e-5)


def test_an_arc_is_a_piece_of_an_ellipse() -> None:
    arc = Arcs(
        torch.tensor([[5.0, 1.0]]),
        torch.tensor([[4.0, 0.0]]),
        torch.tensor([[1.0, 3.0]]),
        torch.tensor([math.pi]),
    )
    # About (1, 1): the quarter turn ends at centre plus tangent, the half turn opposite the base.
    torch.testing.assert_close(
        arc.points(torch.tensor([0.0, 0.5, 1.0])),
        torch.tensor([[[5.0, 1.0], [2.0, 4.0], [-3.0, 1.0]]]),
    )


def test_one_angle_for_each_arc() -> None:
    with pytest.raises(ValueError, match=r"angle \(2,\) must be \[3\]"):
        Arcs(BASE, BASE, BASE, torch.zeros(2))
