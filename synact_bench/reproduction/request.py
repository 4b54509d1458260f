"""What must be measured for a reproduction, as a request of the ordinary harness."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from synact_bench.experiments import PRESETS, SCALE, Preset
from synact_bench.harness.plan import CellPlan
from synact_bench.harness.request import Request
from synact_bench.leaderboard.board import WANTED
from synact_bench.reproduction import findings
from synact_bench.reproduction.published import published
from synact_bench.scoring import CellName
from synact_bench.testbeds.spec import Setup

FULL = PRESETS["full"]
"""Has as many bases and points as the paper, so that its dense cells are used here too."""


def request(testbed: Setup, bases: int, *, runs: Path, device: str) -> Request:
    """A dense run over the paper's kinds of activation: secondary metrics need every point.

    Raises:
        UnknownNameError: there is no such device.
        SynactError: the testbed lacks facts, and cannot be opened to measure them.
    """
    found = Request.resolve(
        testbed=testbed,
        preset=FULL.name,
        generators=_rows(testbed.name),
        runs=runs,
        dense=True,
        device=device,
    )
    if bases == FULL.bases:
        return found
    return replace(found, preset=Preset(f"paper-{bases}", bases, refined=bases, points=FULL.points))


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
    """Rows and cells; those that realism is measured by too, which published numbers need not."""
    registered = published()
    if testbed == registered.testbed:
        return registered.cells
    return frozenset((row, cell) for row in (*_rows(testbed), *SCALE) for cell in WANTED)
