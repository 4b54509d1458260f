"""``synact-bench compare``: numbers measured at two times, and a verdict on each metric."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from synact_bench.regression import comparison, report
from synact_bench.regression.verdict import gravest

EXAMPLES = """
Example:  synact-bench compare baselines/smollm2-135m/smoke.json runs/smollm2-135m/smoke/seed-0

Exit status: 0 all as it was, 10 drift, 11 regression, 12 improvement, 13 outdated, 2 refused.
"""


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("compare", epilog=EXAMPLES)(compare)


def compare(
    before: Annotated[Path, typer.Argument(help="Run folder or baseline file.")],
    now: Annotated[Path, typer.Argument(help="Run folder or baseline file, to be judged.")],
) -> None:
    """Tell drift, regression and improvement of NOW against BEFORE apart; nothing is run."""
    verdicts = comparison.compare(comparison.opened(before), comparison.opened(now), where=str(now))
    print(report.table(verdicts), end="\n\n")
    for line in report.summary(verdicts):
        print(line)
    raise typer.Exit(gravest(verdicts).exit_status)
