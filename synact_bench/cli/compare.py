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
    stored, found = comparison.opened(before), comparison.opened(now)
    verdicts = comparison.compare(stored, found, where=str(now))
    comparison.refuse_strangers(stored, found, where=str(now))
    print(report.table(verdicts), end="\n\n")
    for line in report.summary(verdicts):
        print(line)
    if lacking := comparison.lacking(stored, found.cells):
        cells = report.listed(lacking)
        print(f"not judged: {len(lacking)} cells of {before} are not in {now}: {cells}")
    raise typer.Exit(gravest(verdicts).exit_status)
