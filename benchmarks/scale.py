"""What a grid of models, layers and generators takes: machine hours and storage.

    python -m benchmarks.scale --opening 300 --models 10 --layers 24 --generators 50

takes seconds and bytes of a row from the published cells of a testbed of the suite: medians over
its rows, of 400 bases on two cores. Opening a layer, which records do not hold, is told it. A layer
is opened once; the draws and controls of a board are measured on it whatever the generators are.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from statistics import median
from typing import Annotated

import typer

from benchmarks.tables import Row, Table
from synact_bench.core.experiments import CONTROLS, EXPERIMENTS, OPTIONAL_DRAWS
from synact_bench.results import pack, published
from synact_bench.results.summary import Summary

HOUR = 3600.0
GRIDS = ((1, 1, 1), (1, 1, 50), (1, 24, 50), (10, 24, 50), (100, 24, 50))
"""Models, layers of each, generators on each layer."""


@dataclass(frozen=True)
class RowCost:
    """What one row takes on one testbed.

    Attributes:
        testbed: its name.
        seconds: of one process with both cores, fitting included.
        bytes: in a pack.
        fixed: rows that stand on its board whatever the generators are.
    """

    testbed: str
    seconds: float
    bytes: float
    fixed: int

    def grid(self, models: int, layers: int, generators: int, *, opening: float) -> Row:
        """Machine hours, and gigabytes, of a grid of models as large as this one.

        Args:
            models: of them.
            layers: of each.
            generators: measured on each layer.
            opening: seconds that opening one layer takes, its captures included.
        """
        sites = models * layers
        rows = sites * (self.fixed + generators)
        return {
            "testbed": self.testbed,
            "models": models,
            "layers": layers,
            "generators": generators,
            "rows": rows,
            "machine_hours": (sites * opening + rows * self.seconds) / HOUR,
            "gigabytes": rows * self.bytes / 1e9,
        }


def row_cost(testbed: str) -> RowCost:
    """Of the published cells of a testbed.

    Raises:
        SynactError: it has none.
    """
    path = published.of(testbed)
    seconds: dict[str, float] = {}
    for record in pack.records(path):
        name = record.identity.generator.name
        seconds[name] = seconds.get(name, 0.0) + Summary.of_record(record).seconds
    drawn = {name for each in EXPERIMENTS.values() for name in each.draws}
    fixed = seconds.keys() & {*drawn, *CONTROLS, *OPTIONAL_DRAWS}
    made = [each for name, each in seconds.items() if name not in fixed]
    size = path.stat().st_size / len(seconds)
    return RowCost(testbed, median(made), size, len(fixed))


def main(
    testbed: Annotated[str, typer.Option(help="Whose published cells tell.")] = (
        "smollm2-135m-layer15"
    ),
    opening: Annotated[float, typer.Option(help="Seconds that opening a layer takes.")] = 300.0,
    models: Annotated[int, typer.Option(min=0, help="Of the grid; 0 for a table of several.")] = 0,
    layers: Annotated[int, typer.Option(min=1)] = 24,
    generators: Annotated[int, typer.Option(min=1)] = 50,
) -> None:
    """Machine hours and storage of a grid."""
    cost = row_cost(testbed)
    grids = ((models, layers, generators),) if models else GRIDS
    rows = [cost.grid(*each, opening=opening) for each in grids]
    facts: Row = {
        "seconds_of_a_row": cost.seconds,
        "seconds_of_opening": opening,
        "bytes_of_a_row": cost.bytes,
        "fixed_rows": cost.fixed,
    }
    sys.stdout.write(Table("scale", "Cost of grids", rows, facts).text + "\n")


if __name__ == "__main__":
    typer.run(main)
