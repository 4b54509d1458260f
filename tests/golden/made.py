"""Numbers of what is drawn and made before a model answers: prompts, ends of paths, activations.

They are computed in float32, whose last digits differ between processors: they are recorded to
three decimals, and equal within ``CLOSE``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import cache, partial

import torch
from torch import Tensor

from synact_bench.assets import prompts
from synact_bench.assets.text import Document
from synact_bench.core.experiments import (
    DESIGN,
    EXPERIMENTS,
    PRESETS,
    RECONSTRUCTIONS,
    SAME_TOKEN,
    Experiment,
)
from synact_bench.core.rng import stream
from synact_bench.core.row_names import first
from synact_bench.generators import contract
from synact_bench.generators.base import Generator
from synact_bench.generators.cluster_flow import ClusterFlow
from synact_bench.paths import diagnostic
from synact_bench.run.design import (
    BASES,
    DONORS,
    DRAWN,
    ROLES,
    Design,
    deal,
    partnered,
    same_token_pool,
)
from synact_bench.run.endpoints import ends, shown
from synact_bench.run.same_token import token_partners
from tests.helpers.ours import OURS
from tests.helpers.toys import toy_dictionary, toy_real, toy_setting
from tests.helpers.trials import numbered, rows_of, stand_in

CLOSE = 2e-3
"""Two numbers of three decimals that rounding may have parted."""
KINDS = ("design@", "experiment ", "generator ")
"""How their names begin."""
FIRST = 5
"""So many of what is drawn in a fixed order are recorded."""
PARTNERED = 20
"""Bases whose partners are recorded: some would be given one of their own document."""
SHOWN = 4
"""Coordinates of an activation that are recorded."""
BRIEF = partial(ClusterFlow, steps=5, width=16)
"""``cluster-flow``, hardly trained. After its 1500 steps, rounding has led the network of another
processor elsewhere: those numbers cannot be recorded."""


def numbers() -> dict[str, list[object]]:
    """All of them, by ``kind name@version: of what``."""
    return {**design(), **experiments(), **generators()}


def design() -> dict[str, list[object]]:
    """Which prompts get which role and partner, and the Gaussian targets, by ``DESIGN: what``."""
    pool = numbered()
    dealt = deal(pool, seed=0)
    found: dict[str, list[object]] = {}
    for role in ROLES:
        found[f"dealt to {role}"] = [len(dealt[role]), *_keys(dealt[role].take(range(FIRST)))]
    bases = dealt[BASES].take(range(PARTNERED))
    for role in (*DRAWN, DONORS):
        found[f"partners from {role}"] = [*_keys(partnered(dealt[role], bases, "toy"))]
    found[f"partners from {SAME_TOKEN}"] = _of_one_token()
    design = _design()
    found["gaussian targets"] = _rounded(design.gaussian[:2, :SHOWN])
    found["isotropic directions"] = _rounded(design.isotropic[:2, :SHOWN])
    found["windows"] = [*_keys(_windows())]
    found["calibration"] = [len(design.calibration), *rows_of(design.calibration[:FIRST])]
    found["grid"] = [len(design.fractions), *_rounded(design.fractions[[0, 1, 2, -1]])]
    return {f"{DESIGN}: {what}": value for what, value in found.items()}


def experiments() -> dict[str, list[object]]:
    """Which ends the paths of an experiment have, by ``experiment name@version: path``.

    Of each path: the base it belongs to, and the first coordinate of where it begins, of what it
    runs toward, and of what the length of a matched path is taken from.
    """
    design = _design()
    made = torch.arange(float(len(design.native)))[:, None].expand_as(design.native).clone() - 0.5
    # Pairs that coincide, a base without a norm, and one on the centre: left out where they must.
    made[0], made[1], made[2], made[3] = design.native[0], design.gaussian[1], 0, design.mean
    found: dict[str, list[object]] = {}
    for each in (*EXPERIMENTS.values(), *RECONSTRUCTIONS.values()):
        further = () if each.name in RECONSTRUCTIONS else diagnostic(each)
        for path in (*each.paths, *further):
            found[f"experiment {each.identity}: {path}"] = _ends(each, path, made, design)
        found[f"experiment {each.identity}: shown"] = [*rows_of(shown(each, design))]
    return found


def generators() -> dict[str, list[object]]:
    """The first two activations of every generator of ours, by ``generator name@version``."""
    builders = {**OURS, "cluster-flow": BRIEF}
    return {
        f"generator {identity}: made": numbers
        for identity, numbers in (_made(name, build) for name, build in builders.items())
    }


@cache
def _made(name: str, build: Callable[[], Generator]) -> tuple[str, list[object]]:
    """The identity of a generator and its numbers; made once."""
    generator, count = build(), 20
    card = generator.card
    rng = stream("golden", first(name), "fit")
    contract.fitted(generator, toy_real(), toy_dictionary(dead=(3, 5)), toy_setting(), rng=rng)
    asked = toy_real(n=count, seed=2).tensor if card.is_shown else count
    made = contract.generated(generator, asked, rng=stream("golden", first(name)))
    return f"{card.name}@{card.version}", _rounded(made[:2, :SHOWN])


def _design() -> Design:
    preset = dataclasses.replace(PRESETS["smoke"], bases=6, refined=6)
    return Design.draw(stand_in(numbered()), preset, seed=0)


def _ends(experiment: Experiment, path: str, made: Tensor, design: Design) -> list[object]:
    found = ends(experiment, path, made, design)
    columns = (each[:, 0].tolist() for each in (found.base, found.target, found.real_target))
    return [
        [row, *(round(value, 3) for value in values)]
        for row, *values in zip(found.rows, *columns, strict=True)
    ]


def _of_one_token() -> list[object]:
    """Bases and their partners among prompts of fifty tokens, some of which run out."""
    pool = numbered()
    pool.ids[:, 1] = pool.ids[:, 0] * 7 % 50
    dealt = deal(pool, seed=0)
    bases = dealt[BASES].take(range(PARTNERED))
    found = token_partners(same_token_pool(dealt, 0), bases, 1)
    return [[base, key] for base, key in zip(found.rows, _keys(found.prompts), strict=True)]


def _windows() -> prompts.Prompts:
    """Test windows of three ids each, of documents whose split their id decides."""
    found = [
        Document(id_, tuple(range(length)))
        for id_, length in (("00000000", 9), ("cccccccc", 9), ("cccccccd", 7), ("ffffffff", 11))
    ]
    return prompts.windows(found, "test", n_ctx=3, first_only=False, tokenize=lambda _: [])


def _keys(drawn: prompts.Prompts) -> list[str]:
    return [drawn.key(row) for row in range(len(drawn))]


def _rounded(numbers: Tensor) -> list[object]:
    """To three decimals; what rounds to nothing is 0, not -0."""
    rounded: list[object] = ((numbers.double() * 1000).round() / 1000 + 0.0).tolist()
    return rounded
