from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import assume, given

from synact_bench.core.errors import UnknownNameError
from synact_bench.core.experiments import EXPERIMENTS
from synact_bench.paths import (
    PATHS,
    Paths,
    PathSpec,
    build,
    diagnostic,
    relative,
    separated,
    usable,
)
from tests.helpers.path_rows import BASE, FRACTIONS, TARGET, rows, seeds, sizes


def every_kind(seed: int, size: tuple[int, int]) -> dict[str, Paths]:
    base, target, real, gaussian, isotropic = rows(seed, size, 5)
    assume(separated(base, target, 0.1).all() and separated(base, real, 0.1).all())
    assume((gaussian.norm(dim=-1) > 0.1).all() and (isotropic.norm(dim=-1) > 0.1).all())
    return {
        name: build(
            name,
            base,
            target,
            real_target=real,
            gaussian=gaussian,
            isotropic=isotropic,
            length=50.0,
            median_norm=10.0,
            centre=torch.zeros(size[1]),
        )
        for name in PATHS
    }


@given(seeds, sizes)
def test_every_path_starts_exactly_at_its_base(seed: int, size: tuple[int, int]) -> None:
    base = rows(seed, size, 3)[0]
    for path in every_kind(seed, size).values():
        assert torch.equal(path.points(FRACTIONS)[:, 0], base)


@given(seeds, sizes)
def test_points_are_equally_spaced_but_on_an_ellipse(seed: int, size: tuple[int, int]) -> None:
    for name, path in every_kind(seed, size).items():
        between = path.points(FRACTIONS).diff(dim=1).norm(dim=-1)
        if name != "mixture":
            torch.testing.assert_close(
                between, between.mean(1, keepdim=True).expand_as(between), rtol=1e-3, atol=1e-4
            )


@pytest.mark.parametrize(
    ("name", "given_", "needed"),
    [
        ("absolute", {}, "length"),
        ("scaled", {"length": 5.0}, "median_norm"),
        ("matched", {"length": 5.0}, "real_target"),
        ("spherical", {}, "centre"),
        ("mixture", {}, "centre"),
        ("beside-covariance", {"centre": BASE[0]}, "gaussian"),
        ("beside-isotropic", {}, "isotropic"),
        ("beside-real", {}, "real_target"),
    ],
)
def test_a_keyword_that_is_missing_is_named(name: str, given_: dict[str, Any], needed: str) -> None:
    with pytest.raises(ValueError, match=f"^the {name} path needs {needed}$"):
        build(name, BASE, TARGET, **given_)


CENTRE = torch.tensor([5.0, 5.0])
PAIRS = {
    "apart": ([1.0, 0.0], [0.0, 3.0], [2.0, 2.0]),
    "target on base": ([1.0, 2.0], [1.0, 2.0], [2.0, 2.0]),
    "real target on base": ([3.0, 1.0], [0.0, 3.0], [3.0, 1.0]),
    "base without a norm": ([0.0, 0.0], [0.0, 3.0], [2.0, 2.0]),
    "base on the centre": ([5.0, 5.0], [0.0, 3.0], [2.0, 2.0]),
    "target on the centre": ([1.0, 1.0], [5.0, 5.0], [2.0, 2.0]),
}
"""Base, target and real target."""


@pytest.mark.parametrize(
    ("name", "dropped"),
    [
        ("relative", {"target on base"}),
        ("absolute", {"target on base"}),
        ("matched", {"target on base", "real target on base"}),
        ("scaled", {"target on base", "base without a norm"}),
        ("spherical", {"target on base", "base on the centre", "target on the centre"}),
        ("mixture", {"target on base"}),
        ("through", {"target on base"}),
        ("beside-covariance", {"target on base", "base on the centre"}),
        ("beside-isotropic", {"target on base", "base without a norm"}),
        ("beside-real", {"target on base", "real target on base"}),
    ],
)
def test_pairs_that_make_no_path_are_told_and_the_others_are_built(
    name: str, dropped: set[str]
) -> None:
    base, target, real = torch.tensor(list(PAIRS.values())).unbind(1)
    # Directions of their own, that are none where the base is on the centre, or without a norm.
    others: dict[str, Any] = {"gaussian": base, "isotropic": base}
    kept = usable(name, base, target, real_target=real, centre=CENTRE, **others)
    assert {pair for pair, keep in zip(PAIRS, kept, strict=True) if not keep} == dropped
    facts: dict[str, Any] = {
        "real_target": real[kept],
        "gaussian": base[kept],
        "isotropic": base[kept],
        "length": 50.0,
        "median_norm": 10.0,
        "centre": CENTRE,
    }
    assert build(name, base[kept], target[kept], **facts).points(FRACTIONS).isfinite().all()


@pytest.mark.parametrize("asked", [build, usable])
def test_an_unknown_path_names_the_nearest(asked: Callable[..., object]) -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'relative'"):
        asked("relativ", BASE, TARGET)


PUBLISHED = ["relative", "absolute", "matched", "scaled", "spherical", "mixture"]


def test_the_published_paths_come_first_and_in_their_order() -> None:
    assert [*PATHS][: len(PUBLISHED)] == PUBLISHED
    assert all(spec.name == name for name, spec in PATHS.items())
    assert [PATHS[name].identity for name in PUBLISHED] == [f"{name}@1" for name in PUBLISHED]


def test_a_path_needs_what_its_builder_is_called_with() -> None:
    needs = {name: set(PATHS[name].needs) for name in PUBLISHED}
    assert needs == {
        "relative": set(),
        "absolute": {"length"},
        "matched": {"real_target"},
        "scaled": {"length", "median_norm"},
        "spherical": {"centre"},
        "mixture": {"centre"},
    }


def test_a_path_that_asks_for_what_no_path_is_told_is_refused() -> None:
    declared: dict[str, Any] = {"name": "bent", "version": "1", "summary": "", "build": relative}

    def turned(base: torch.Tensor, angle: float) -> Paths:
        return relative(base, base + angle)

    with pytest.raises(ValueError, match=r"^build of the bent path asks for angle; it may ask for"):
        PathSpec(**{**declared, "build": turned})
    with pytest.raises(ValueError, match=r"^keep of the bent path asks for length; "):
        PathSpec(**declared, keep=lambda base, length: base[:, 0] < length)


def test_diagnostic_paths_declare_it_and_are_not_scored_in_the_experiment() -> None:
    for experiment in EXPERIMENTS.values():
        declared = {name for name, spec in PATHS.items() if spec.diagnostic}
        assert {*diagnostic(experiment)} == declared - {*experiment.paths}
        scoring = replace(experiment, paths=(*experiment.paths, "spherical"))
        assert {*diagnostic(scoring)} == {*diagnostic(experiment)} - {"spherical"}


def test_the_document_has_a_row_for_every_path_and_no_other() -> None:
    text = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text(encoding="utf-8")
    table = text.split("| path | P(f) | needs |")[1].split("\n\n")[0]
    assert re.findall(r"^\| ([\w-]+) \|", table, re.MULTILINE) == [*PATHS]
