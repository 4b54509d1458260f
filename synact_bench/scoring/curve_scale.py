"""Curve scale: the frozen facts of a cell that turn an energy distance into a realism."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from synact_bench.core.curves import SCORED
from synact_bench.metrics.base import Floats
from synact_bench.scoring.curve_reference import CurveReference, common_bases, residuals
from synact_bench.scoring.curve_sample import CurveSample
from synact_bench.scoring.energy import Energy
from synact_bench.scoring.estimate import mean
from synact_bench.scoring.features import BLOCKS, Units, curve_features, final_length
from synact_bench.scoring.resampling import Resampling

FEWEST = 3
"""Documents: leaving one out must leave a pair."""
ROUNDING = 1e-9
"""Of features, which are numbers of about 1: draws that differ by no more are the same draw."""


@dataclass(frozen=True)
class CurveScale:
    """Facts of a cell, measured once for a testbed.

    Attributes:
        units: of the features.
        draws: of real (K): a row must be compared with as many, for its residuals to be alike.
        gamma: E2 of Gaussian samples, mean over draws; above 0.
        gamma_error: its standard error over documents, by the jackknife.
        gaussians: how many draws of Gaussian samples it is the mean of.
    """

    units: Units
    draws: int
    gamma: float
    gamma_error: float
    gaussians: int


def measured_units(real: Sequence[CurveSample], fractions: Sequence[float] = SCORED) -> Units:
    """Units of a cell, from its draws of real.

    Raises:
        ValueError: the draws have bases of fewer than two documents in common, real curves do not
            move, or a block of their residuals does not vary.
    """
    bases = common_bases(real)
    paired = [each.on(bases) for each in real]
    if len({*paired[0].documents}) < 2:
        raise ValueError(
            f"draws of real have {len(bases)} bases in common, of fewer than two documents"
        )
    length = final_length([each.curves for each in paired])
    raw = np.stack(
        [curve_features(each.curves, length=length, fractions=fractions) for each in paired]
    )
    flat = raw.reshape(*raw.shape[:2], -1)
    left = residuals(flat[0], flat)[1].reshape(raw.shape)
    documents = np.array(paired[0].documents)
    apart = documents[:, None] != documents[None, :]
    blocks = [_median_distance(left[:, :, place], apart, name) for place, name in enumerate(BLOCKS)]
    return Units(length, (blocks[0], blocks[1], blocks[2]), tuple(fractions))


def measured_scale(
    real: Sequence[CurveSample],
    gaussian: Sequence[CurveSample],
    fractions: Sequence[float] = SCORED,
) -> CurveScale:
    """The scale of a cell, from its draws of real and of Gaussian samples.

    Raises:
        ValueError: there is no Gaussian draw, there are fewer than three documents, Gaussian
            samples cannot be told from real (the scale has no length), or as ``measured_units``.
    """
    if not gaussian:
        raise ValueError("the scale needs at least one draw of Gaussian samples")
    if len({*real[0].documents}) < FEWEST:
        raise ValueError(f"the scale needs bases of {FEWEST} documents for its standard error")
    units = measured_units(real, fractions)
    reference = CurveReference.of(real, units)
    found = [reference.energy(each) for each in gaussian]
    gamma = float(np.mean([each.value for each in found]))
    if not gamma > 0:
        raise ValueError(f"the Gaussian's E2 is {gamma:.3g}: it cannot be told from real")
    return CurveScale(units, len(real), gamma, _jackknife_error(found), len(gaussian))


def _median_distance(left: Floats, apart: Floats, name: str) -> float:
    """Median distance of residuals ``[K, paths, fractions]`` of one k and different documents."""
    from scipy.spatial.distance import cdist  # noqa: PLC0415  (slow to load, and for this alone)

    distance = float(np.median([cdist(each, each)[apart] for each in left]))
    if not distance > ROUNDING:
        raise ValueError(
            f"real curves do not vary in {name}: their median distance is {distance:.3g}"
        )
    return distance


def _jackknife_error(energies: Sequence[Energy]) -> float:
    """Standard error of their mean, over documents left out one at a time."""
    documents = sorted({name for each in energies for name in each.documents})
    left_out = Resampling.without_each(documents)
    values = mean([each.estimate(left_out) for each in energies]).replicates
    many = len(documents)
    return float(np.sqrt((many - 1) / many * ((values - values.mean()) ** 2).sum()))
