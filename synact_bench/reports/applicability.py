"""Applicability: which named metrics tell even Gaussian samples from real on a testbed.

A fact of the testbed, frozen with its scale and never decided by the cells of a board: of few bases
any metric might seem to tell nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from synact_bench.metrics import METRICS, metrics_for
from synact_bench.reports.comparable import Cells
from synact_bench.scoring import CellName
from synact_bench.testbeds.scale import MetricScale


@dataclass(frozen=True, eq=False)
class Applicability:
    """What the frozen scale says of the named metrics of a board's cells.

    Attributes:
        inapplicable: by cell and metric, the frozen numbers of those that do not tell even Gaussian
            samples from real: Gaussian samples are within what real is from real.
        unknown: metrics of which the records of a cell state no frozen numbers; ranked anyway.
    """

    inapplicable: Mapping[CellName, Mapping[str, MetricScale]]
    unknown: tuple[str, ...]

    def holds(self, cell: CellName, metric: str) -> bool:
        """Whether anything can be said of a row by a metric of a cell."""
        return metric not in self.inapplicable.get(cell, {})

    def everywhere(self, metric: str) -> bool:
        """Whether rows can be ranked by their mean distance over the metric's cells."""
        return not any(metric in each for each in self.inapplicable.values())


def applicability(cells: Cells) -> Applicability:
    """Of scored cells, whose records of one cell state the same scale."""
    inapplicable: dict[CellName, dict[str, MetricScale]] = {}
    unknown = set()
    for cell, rows in cells.items():
        scale = next(iter(rows.values())).record.scale
        frozen = {} if scale is None else scale.metrics
        unknown |= metrics_for(*cell).keys() - frozen.keys()
        found = {
            name: frozen[name]
            for name in metrics_for(*cell)
            if name in frozen and not frozen[name].applicable
        }
        if found:
            inapplicable[cell] = found
    return Applicability(inapplicable, tuple(name for name in METRICS if name in unknown))
