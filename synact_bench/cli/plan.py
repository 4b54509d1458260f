"""``synact-bench plan``: what a run still lacks, and what that is likely to cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer
from tabulate import tabulate

from synact_bench.cli.options import SuiteOption, option, run_options, takes_run_options
from synact_bench.cli.run import (
    PRESET,
    SAES,
    ShardOption,
    TrackOption,
    refuse_beside_suite,
    start_loading_for_plugins,
)
from synact_bench.run.options import refuse_mistakes
from synact_bench.run.shard import Shard

if TYPE_CHECKING:
    from synact_bench.run.planned import PlannedTestbed

EXAMPLES = """
Examples:

  synact-bench plan --preset standard

  synact-bench plan --suite standard --generator my_method.py:MyGenerator --json > plan.json

Then, with the same options: synact-bench run ... --units plan.json
"""


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("plan", epilog=EXAMPLES)(plan)


@takes_run_options(left_out=("sae", "official"), words={"preset": PRESET})
def plan(
    sae: Annotated[list[str] | None, option("sae", help=SAES)] = None,
    suite: SuiteOption = None,
    track: TrackOption = None,
    shard: ShardOption = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON, as 'run --units' reads it.")
    ] = False,
    **given: Any,
) -> None:
    """List the units that a run still lacks, with what they are likely to cost.

    A unit is one row on one testbed. Options are those of run; no model is opened.
    """
    part = None if shard is None else Shard.parse(shard)
    options = run_options(given)
    refuse_mistakes(options)
    if suite is not None:
        refuse_beside_suite(options, sae or [], track)
    start_loading_for_plugins(options)
    from synact_bench.cli import work  # noqa: PLC0415  (loads the libraries)
    from synact_bench.run import planned  # noqa: PLC0415

    testbeds = work.planned_testbeds(work.RunCommand(options, sae or [], suite, track), shard=part)
    print(planned.dumps(testbeds) if as_json else _shown(testbeds))


def _shown(testbeds: Sequence[PlannedTestbed]) -> str:
    """The same for people."""
    parts = []
    for each in testbeds:
        cells = sum(len(unit.cells) for unit in each.units)
        stored = f"{each.request.folder}: {each.stored} cells stored"
        if not each.units:
            parts.append(f"{stored}, none missing")
            continue
        parts.append(
            f"{stored}, {cells} missing in {len(each.units)} units\n"
            f"predicted from {each.costs.source}: {_said(each.seconds, 's')} in one worker, "
            f"{_said(each.memory, 'B')} of memory; scoring and figures not counted"
        )
        rows = [
            (unit.unit.row, len(unit.cells), _said(unit.seconds, "s"), _said(unit.bytes, "B"))
            for unit in each.units
        ]
        parts.append(tabulate(rows, headers=("row", "cells", "time", "stored"), tablefmt="pipe"))
    return "\n\n".join(parts)


def _said(amount: float | None, unit: str) -> str:
    """Seconds or bytes in a handy unit."""
    if amount is None:
        return "unknown"
    steps = [(3600, "h"), (60, "min")] if unit == "s" else [(10**9, "GB"), (10**6, "MB")]
    for size, name in steps:
        if amount >= size:
            return f"{amount / size:.1f} {name}"
    return f"{amount:.1f} s" if unit == "s" else f"{amount / 1000:.1f} kB"
