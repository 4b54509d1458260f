"""What must be measured for a reproduction, as a request of the ordinary harness."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from synact_bench.core.experiments import EXPERIMENTS, REAL, Experiment, Preset
from synact_bench.reports.board import WANTED
from synact_bench.reproduction import findings
from synact_bench.reproduction.published import published
from synact_bench.run import opening
from synact_bench.run.options import RunOptions
from synact_bench.run.plan import CellPlan
from synact_bench.run.request import Request
from synact_bench.scoring import CellName
from synact_bench.testbeds.spec import Setup

PAPER = Preset("paper", bases=1000, refined=1000, points=101)
"""As many prompts and points as the paper has; every point of every path is run."""


def _with_absolute_paths(experiment: Experiment) -> Experiment:
    """The paper's paths run an absolute length, which no score of ours is made of."""
    return replace(experiment, paths=(*experiment.paths, findings.PAPER_PATH))


PAPER_EXPERIMENTS: Mapping[str, Experiment] = MappingProxyType(
    {name: _with_absolute_paths(each) for name, each in EXPERIMENTS.items()}
)
"""The experiments with all the paths that the published numbers and the claims are about."""


def options(testbed: Setup, bases: int, *, runs: Path, device: str) -> RunOptions:
    """A dense run over the paper's kinds of activation: secondary metrics need every point.

    Args:
        testbed: the declaration.
        bases: prompts.
        runs: folder of all runs.
        device: that the model runs on.
    """
    preset = PAPER
    if bases != PAPER.bases:
        preset = Preset(f"paper-{bases}", bases, refined=bases, points=PAPER.points)
    return RunOptions(
        testbed=testbed,
        preset=preset,
        generators=_rows(testbed.name),
        runs=runs,
        dense=True,
        device=device,
    )


def open_request(
    asked: RunOptions, *, declared: Setup, say: Callable[[str], object] = lambda _: None
) -> Request:
    """A request with the paper's paths besides our own; what the testbed lacks is measured.

    Args:
        asked: as ``options`` makes them.
        declared: the testbed.
        say: told what it lacks, before it is opened to measure that.

    Raises:
        UnknownNameError: there is no such device.
        SynactError: the testbed lacks facts, and cannot be opened to measure them.
    """
    return opening.open_request(
        asked,
        declared=declared,
        experiments=PAPER_EXPERIMENTS,
        scaled=declared.name != published().testbed,  # whose numbers are no realism
        say=say,
    )


def wanted(asked: Request) -> list[CellPlan]:
    """The cells of a request that a reproduction is judged by, and no others."""
    name = asked.testbed.name
    cells = _cells(name)
    return [
        plan
        for plan in asked.plans
        if (plan.entry.name, CellName(plan.experiment.name, plan.path)) in cells
    ]


def _rows(testbed: str) -> tuple[str, ...]:
    registered = published()
    return registered.rows if testbed == registered.testbed else findings.wanted_rows()


def _cells(testbed: str) -> frozenset[tuple[str, CellName]]:
    """Rows and cells; those that rows are compared with too, which published numbers need not."""
    registered = published()
    if testbed == registered.testbed:
        return registered.cells
    cells = {*WANTED, *findings.wanted_cells()}
    return frozenset((row, cell) for row in (*_rows(testbed), *REAL) for cell in cells)
