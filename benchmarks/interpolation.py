"""How far off interpolated points are: l2, kl and named metrics, of real and Gaussian activations.

    python -m benchmarks.interpolation [--bases 400]

Every point of every path is run, by the dense engine. Which of them the adaptive engine would have
run is then decided by its own rules, which see nothing but numbers of points that they asked for:
the curves are those of an adaptive sweep, and the model is run once. Cells are stored, so that a
second call runs nothing.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from benchmarks import agreement, tables
from benchmarks.agreement import Pair
from benchmarks.tables import Row, Table
from synact_bench.cli.measuring import PRINTING
from synact_bench.core.curves import SCORED, Curves
from synact_bench.core.experiments import ADAPTIVE, GAUSSIAN, REFERENCE, Preset
from synact_bench.engine import refinement
from synact_bench.engine.refinement import Sought
from synact_bench.metrics import events_of
from synact_bench.results.store import Cell
from synact_bench.run.measuring import measure
from synact_bench.run.opening import open_request
from synact_bench.run.options import HOME as RUNS
from synact_bench.run.options import RunOptions

ROWS = (REFERENCE, GAUSSIAN)
"""Whose activations are the scored ends: the sharpest steps, and those least like them."""


def replayed(cell: Cell) -> Cell:
    """A cell of which every point was run, as the adaptive engine would have measured it."""
    dense, events = cell.table.curves, events_of(*cell.name)
    sought = Sought.of(events, tau=cell.record.metric_facts.tau, always=SCORED)
    assert sought is not None  # each cell has a metric that looks for an event
    curves = refined(dense, sought)
    identity = cell.record.identity.model_copy(update={"engine": ADAPTIVE})
    changed = {"identity": identity, "events": events, "points_run": curves.points_run}
    record = cell.record.model_copy(update=changed)
    return Cell(record, dataclasses.replace(cell.table, curves=curves))


def refined(dense: Curves, sought: Sought) -> Curves:
    """Curves with the points alone that are run for what is sought, the others interpolated."""
    measured = np.zeros(dense.l2.shape, np.bool_)
    measured[:, refinement.coarse(len(dense.fractions), sought.always)] = True
    l2, kl = (np.where(measured, each, np.float32(0)) for each in (dense.l2, dense.kl))

    def ask(wanted: NDArray[np.intp]) -> None:
        active = np.flatnonzero(wanted[:, 0] >= 0)
        place = (active[:, None], wanted[active])
        l2[place], kl[place], measured[place] = dense.l2[place], dense.kl[place], True

    whole_l2, whole_kl = refinement.refined(l2, kl, measured, sought, ask)
    single = (whole_l2.astype(np.float32), whole_kl.astype(np.float32))
    return Curves(dense.fractions, single[0], single[1], measured)


def curve_rows(pairs: Sequence[Pair]) -> list[Row]:
    """Errors of interpolated points: of each row, over all its cells and by cell."""
    found = []
    for name in ROWS:
        own = [pair for pair in pairs if pair[0].record.identity.generator.name == name]
        groups = {name: own} | {f"{name} {'/'.join(one.name)}": [(one, b)] for one, b in own}
        found += [agreement.curve_row(each, group) for each, group in groups.items()]
    return [row for row in found if row is not None]


def measured(testbed: str, *, bases: int, points: int, runs: Path, device: str) -> list[Cell]:
    """Cells of ``ROWS`` in which every point of every path was run; those stored are reused."""
    preset = Preset("interpolation", bases=bases, refined=bases, points=points)
    options = RunOptions(testbed=testbed, preset=preset, runs=runs, dense=True, device=device)
    request = open_request(options, scaled=False)
    plans = [each for each in request.plans if each.entry.name in ROWS]
    measure(plans, request, PRINTING)
    return [request.store.cell(each.identity) for each in plans]


app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def main(
    testbed: Annotated[str, typer.Option(help="Name of a testbed.")] = "smollm2-135m",
    bases: Annotated[int, typer.Option(help="Paths of a row in a cell.")] = 400,
    points: Annotated[int, typer.Option(help="Of a path: 51 as in standard, 101 as in full.")] = 51,
    runs: Annotated[Path, typer.Option(help="Folder of stored cells.")] = RUNS,
    device: Annotated[str, typer.Option(help="Where the model runs.")] = "cpu",
) -> None:
    """Print and keep the errors of interpolated points, and of metrics that are read off them."""
    cells = measured(testbed, bases=bases, points=points, runs=runs, device=device)
    pairs = [(each, replayed(each)) for each in cells]
    found = [Table("interpolation-curves", "error of interpolated points", curve_rows(pairs))]
    for name in ROWS:
        own = [pair for pair in pairs if pair[0].record.identity.generator.name == name]
        title = f"metrics of partly interpolated curves: {name}"
        facts = agreement.points_run(own)
        rows = agreement.metric_rows(own)
        found.append(Table(f"interpolation-metrics-{name}", title, rows, facts))
    for table in found:
        table.write(tables.FOLDER)
        typer.echo(f"\n{table.title}\n\n{table.text}")


if __name__ == "__main__":
    app()
