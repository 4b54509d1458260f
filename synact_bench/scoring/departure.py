"""Departure from real: an energy distance in units of the Gaussian's, and its mean over cells.

rho = sqrt(max(E2, 0) / Gamma)        0 real, 1 as the Gaussian, no upper bound; lower is better
realism = 1 - rho
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import groupby

import numpy as np

from synact_bench.scoring.cell_name import CellName
from synact_bench.scoring.estimate import Estimate, mean
from synact_bench.scoring.realism import Realism


def departure(energy: Estimate, gamma: float) -> Estimate:
    """``sqrt(max(E2, 0) / gamma)``, replicate by replicate, gamma held fixed.

    The root makes it a distance: a row half as far from real has half of it. It is singular at 0:
    where a row cannot be told from real, ``swap_null`` says so and no interval does.

    Raises:
        ValueError: gamma is not above 0.
    """
    if not gamma > 0:
        raise ValueError(f"gamma must be above 0, not {gamma}")
    return Estimate(
        float(np.sqrt(max(energy.value, 0.0) / gamma)),
        np.sqrt(np.maximum(energy.replicates, 0.0) / gamma),
    )


def overall_departure(cells: Mapping[CellName, Estimate]) -> Estimate:
    """Mean over experiments of the mean over the experiment's cells.

    Raises:
        ValueError: there is no cell.
    """
    by_experiment = groupby(sorted(cells), key=lambda each: each.experiment)
    return mean([mean([cells[each] for each in own]) for _, own in by_experiment])


def realism_of(
    cells: Mapping[CellName, Estimate], wanted: Collection[CellName] | None = None
) -> Realism:
    """``1 - rho_overall``, or which of the wanted cells is missing.

    All of ``cells`` are wanted by default.
    """
    chosen = sorted(cells if wanted is None else set(wanted))
    missing = [f"{each.experiment}/{each.path}" for each in chosen if each not in cells]
    if missing or not chosen:
        return Realism(None, f"no cell: {', '.join(missing)}" if missing else "nothing to average")
    rho = overall_departure({each: cells[each] for each in chosen})
    return Realism(Estimate(1.0, np.ones(len(rho.replicates))) - rho)


def displayed(realism: float) -> float:
    """A realism bounded for display: ``1 / rho - 1`` where it is below 0, so above -1.

    Continuous, with the same slope on both sides of 0; the order is kept.
    """
    return realism if realism >= 0 else 1 / (1 - realism) - 1


def disagree(parts: Collection[Realism]) -> bool:
    """Whether some part is significantly above 0 (the Gaussian) and another below.

    The mean then says nothing: the row is better than the Gaussian on some paths and worse on
    others. Significant: the 95 % interval lies on one side; without replicates, the value does.
    """
    estimates = [each.estimate for each in parts if each.estimate is not None]
    ends = [each.interval or (each.value, each.value) for each in estimates]
    return any(low > 0 for low, _ in ends) and any(high < 0 for _, high in ends)
