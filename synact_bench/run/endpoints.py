"""Endpoints: where the paths of an experiment begin and what they run toward."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from synact_bench.core.experiments import Experiment
from synact_bench.paths import usable
from synact_bench.run.design import Design


@dataclass(frozen=True, eq=False)
class Endpoints:
    """Both ends of each path that is measured.

    Attributes:
        base: where it begins, ``[paths, d_model]``.
        target: what it runs toward, ``[paths, d_model]``.
        real_target: a real activation whose distance from the base is the length of the matched
            path, ``[paths, d_model]``.
        gaussian: a Gaussian sample, ``[paths, d_model]``.
        isotropic: a standard normal vector, ``[paths, d_model]``.
        rows: the bases that the paths belong to, length ``paths``.
    """

    base: Tensor
    target: Tensor
    real_target: Tensor
    gaussian: Tensor
    isotropic: Tensor
    rows: list[int]


def ends(experiment: Experiment, path: str, made: Tensor, design: Design) -> Endpoints:
    """The ends of the paths of one cell; pairs too close, or without a length, are left out.

    So are bases that a draw has no partner for: NaN is not apart from anything.

    Args:
        experiment: says which end is scored.
        path: name of the path.
        made: the row's activations, ``[bases, d_model]``.
        design: the other ends.
    """
    base, target = (
        (design.native, made) if experiment.scored == "target" else (made, design.gaussian)
    )
    keep = usable(
        path,
        base,
        target,
        real_target=design.donors,
        gaussian=design.gaussian,
        isotropic=design.isotropic,
        centre=design.mean,
        median_norm=design.median_norm,
    )
    rows = torch.nonzero(keep).flatten().tolist()
    others = (design.donors[rows], design.gaussian[rows], design.isotropic[rows])
    return Endpoints(base[rows], target[rows], *others, rows)


def shown(experiment: Experiment, design: Design) -> Tensor:
    """What a generator is shown that is shown anything, ``[bases, d_model]``."""
    return design.native if experiment.scored == "target" else design.donors
