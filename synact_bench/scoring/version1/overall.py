"""Overall realism@1: the headline metrics of every cell in one number."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from synact_bench.metrics import METRICS, Metric
from synact_bench.scoring.cell_name import CellName
from synact_bench.scoring.realism import Realism, mean_realism

Realisms = Mapping[CellName, Mapping[str, Realism]]
"""One row's realism@1: by cell, by name of the headline metric."""


@dataclass(frozen=True, eq=False)
class Overall:
    """A generator's realism, summed up.

    A mean that lacks a part is None and names the part; metrics that are not applicable on the
    testbed are no part of any mean.

    Attributes:
        overall: mean of ``by_metric``.
        by_metric: per headline metric, the mean over the cells it is defined on.
        by_experiment: per experiment, the mean over its headline metrics, each the mean over the
            experiment's paths.
    """

    overall: Realism
    by_metric: Mapping[str, Realism]
    by_experiment: Mapping[str, Realism]


def summarise(
    realisms: Realisms,
    *,
    cells: Collection[CellName],
    metrics: Mapping[str, Metric] = METRICS,
) -> Overall:
    """Sum up one generator's realisms.

    Args:
        realisms: by cell and metric. Cells beyond ``cells`` play
            no part.
        cells: the cells that must be there: a generator cannot gain by leaving one out.
        metrics: the metrics; only those of status ``headline`` count.
    """
    wanted = sorted(set(cells))
    headline = {name: each for name, each in metrics.items() if each.status == "headline"}
    by_metric = {name: _metric_mean(each, wanted, realisms) for name, each in headline.items()}
    by_experiment = {}
    for experiment in sorted({cell.experiment for cell in wanted}):
        own = [cell for cell in wanted if cell.experiment == experiment]
        by_experiment[experiment] = mean_realism(
            {
                name: _metric_mean(each, own, realisms)
                for name, each in headline.items()
                if any(each.applies(*cell) for cell in own)
            }
        )
    return Overall(mean_realism(by_metric), by_metric, by_experiment)


def _metric_mean(
    metric: Metric,
    cells: Collection[CellName],
    realisms: Realisms,
) -> Realism:
    parts = {
        f"{cell.experiment}/{cell.path}": _part(metric.name, realisms.get(cell))
        for cell in cells
        if metric.applies(*cell)
    }
    if not parts:
        return Realism(None, "no cell measures it")
    return mean_realism(parts)


def _part(name: str, cell: Mapping[str, Realism] | None) -> Realism:
    if cell is None:
        return Realism(None, "the cell is missing")
    if name not in cell:
        return Realism(None, f"{name} was not scored")
    return cell[name]
