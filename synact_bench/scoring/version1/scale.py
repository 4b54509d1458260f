"""The scale of one metric in one cell: where realism@1 is 1 and where it is 0."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from synact_bench.scoring.estimate import Estimate
from synact_bench.scoring.floor import NoiseFloor
from synact_bench.scoring.realism import Realism
from synact_bench.scoring.sample import Sample


@dataclass(frozen=True, eq=False)
class Scale:
    """What a row's distance is compared with.

    Attributes:
        reference: real activations: what distances are taken from.
        floor: distances of real from real: its median is realism 1.
        gaussian: distance of the Gaussian control: realism 0.
        reason: why no realism can be had from it; None where it can.
        applicable: False where that is a fact of the testbed, not a fault of the row.
    """

    reference: Sample
    floor: NoiseFloor | None
    gaussian: Estimate | None
    reason: str | None
    applicable: bool


def scale(
    reference: Sample,
    floor: NoiseFloor | None,
    gaussian: Estimate | None,
    *,
    no_event: str | None = None,
) -> Scale:
    """The scale, or why there is none.

    A metric is not applicable where the Gaussian control is no farther from real than the 95th
    percentile of the floor: it then cannot tell what everyone knows to be different, and a
    realism would be one noise over another.

    Args:
        reference: real activations.
        floor: of the metric; None where there are no two draws with a distance.
        gaussian: distance of the Gaussian control; None where it has none.
        no_event: why the metric has nothing to look for on this testbed.
    """

    def lacking(reason: str, *, applicable: bool) -> Scale:
        return Scale(reference, floor, gaussian, reason, applicable)

    if no_event is not None:
        return lacking(f"not applicable: {no_event}", applicable=False)
    missing = {"the noise floor": floor, "the Gaussian control": gaussian}
    names = [name for name, each in missing.items() if each is None]
    if floor is None or gaussian is None:
        return lacking(f"no distance from real for {' and '.join(names)}", applicable=True)
    if gaussian.value <= floor.upper:
        return lacking(
            f"not applicable: the Gaussian control ({gaussian.value:.4g}) is not farther from real "
            f"than the noise floor's 95th percentile ({floor.upper:.4g})",
            applicable=False,
        )
    return Scale(reference, floor, gaussian, None, applicable=True)


def part_of(whole: Scale, part: Scale) -> Scale:
    """The scale on some of the bases, applicable where that on all of them is.

    A row that drops most of its pairs would otherwise have a floor so wide that its metrics fell
    out of its means, instead of counting against it.
    """
    if not whole.applicable:
        return dataclasses.replace(part, reason=whole.reason, applicable=False)
    if not len(part.reference):
        return dataclasses.replace(part, reason="no pair of the row has a path", applicable=True)
    if part.applicable:
        return part
    reason = f"too few pairs of the row are left: {part.reason}"
    return dataclasses.replace(part, reason=reason, applicable=True)


def realism(distance: Estimate, *, gaussian: Estimate, floor: float) -> Realism:
    """``(gaussian - distance) / (gaussian - floor)``, replicate by replicate.

    The three are distances from the same real reference, by the same measure: of the row, of the
    Gaussian control, and of a further draw of real activations (the floor's median). The measure is
    Wasserstein-1, for metrics of sets in the mean over their numbers: Kolmogorov-Smirnov saturates
    at 1 once two samples no longer overlap, and below that ignores how far apart they are.

    Raises:
        ValueError: the Gaussian is no farther from real than the floor: the scale has no length.
    """
    length = gaussian.value - floor
    if not length > 0:
        raise ValueError(f"the Gaussian ({gaussian.value}) lies within the floor ({floor})")
    value = (gaussian.value - distance.value) / length
    if len(distance.replicates) != len(gaussian.replicates):
        return Realism(Estimate(value))
    replicates = (gaussian.replicates - distance.replicates) / (gaussian.replicates - floor)
    return Realism(Estimate(value, replicates))
