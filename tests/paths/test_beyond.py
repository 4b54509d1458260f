from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torch import Tensor

from synact_bench import paths
from synact_bench.core.curves import SCORED
from synact_bench.core.experiments import RECONSTRUCTIONS
from synact_bench.paths import PATHS, build, separated
from synact_bench.paths.beyond import EXTENT
from tests.helpers.path_rows import BASE, FRACTIONS, TARGET, rows, seeds, sizes

NAMES = RECONSTRUCTIONS["reconstruction"].paths


def facts(real: Tensor, gaussian: Tensor, isotropic: Tensor) -> dict[str, Any]:
    centre = torch.zeros(real.shape[1])
    return {"real_target": real, "gaussian": gaussian, "isotropic": isotropic, "centre": centre}


def test_the_reconstruction_and_twice_its_error_are_scored() -> None:
    assert 1 / EXTENT in SCORED
    assert 2 / EXTENT in SCORED


@given(seeds, sizes)
def test_the_target_is_on_the_path_and_the_path_goes_on(seed: int, size: tuple[int, int]) -> None:
    base, target = rows(seed, size, 2)
    points = paths.through(base, target).points(torch.tensor([0.0, 1 / EXTENT, 1.0]))
    torch.testing.assert_close(points[:, 1], target, rtol=1e-4, atol=1e-3)
    torch.testing.assert_close(points[:, 2], base + EXTENT * (target - base), rtol=1e-4, atol=1e-3)
    assert torch.equal(points[:, 0], base)


@given(seeds, sizes, st.floats(0.01, 100))
def test_all_directions_are_gone_along_as_far(
    seed: int, size: tuple[int, int], scale: float
) -> None:
    base, target, *others = rows(seed, size, 5)
    assume(separated(base, target, 0.1).all() and separated(base, others[0], 0.1).all())
    assume(all((each.norm(dim=-1) > 0.1).all() for each in others))
    given_ = facts(base + scale * (others[0] - base), *(scale * each for each in others[1:]))
    ends = {
        name: build(name, base, target, **given_).points(FRACTIONS)[:, -1] - base for name in NAMES
    }
    length = EXTENT * (target - base).norm(dim=-1)
    for each in ends.values():
        torch.testing.assert_close(each.norm(dim=-1), length, rtol=1e-3, atol=1e-3)
    toward = {"beside-real": others[0] - base, "beside-covariance": others[1]}
    toward |= {"beside-isotropic": others[2], "through": target - base}
    for name, way in toward.items():
        cosine = torch.cosine_similarity(ends[name], way, dim=-1)
        torch.testing.assert_close(cosine, torch.ones(size[0]), rtol=1e-3, atol=1e-3)


def test_the_covariance_direction_is_seen_from_the_mean() -> None:
    gaussian, centre = torch.tensor([[3.0, 4.0]] * 3), torch.tensor([3.0, 3.0])
    along = paths.beside_covariance(BASE, TARGET, gaussian, centre)
    distance = (TARGET - BASE).norm(dim=-1, keepdim=True)
    torch.testing.assert_close(along.displacement, EXTENT * distance * torch.tensor([[0.0, 1.0]]))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: paths.beside_real(BASE, TARGET, BASE), "length of the direction .* 3 of 3"),
        (lambda: paths.beside_isotropic(BASE, TARGET, 0 * BASE), "length of the direction"),
        (lambda: paths.beside_covariance(BASE, TARGET, BASE, BASE[0]), "length of the direction"),
        (lambda: paths.beside_isotropic(BASE, TARGET, BASE[:2]), r"along must be \[g, d\]"),
        (lambda: paths.through(BASE, TARGET.double()), "float64"),
    ],
)
def test_what_makes_no_path_is_refused(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_none_of_them_is_run_where_the_instrument_is_checked() -> None:
    assert not any(PATHS[name].diagnostic for name in NAMES)
