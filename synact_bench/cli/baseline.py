"""``synact-bench baseline``: renew what later runs are compared with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from synact_bench.regression import baseline, comparison, report
from synact_bench.regression.renewal import renewed
from synact_bench.regression.verdict import Outcome

EXAMPLES = """
Example:

  synact-bench run --preset smoke --runs fresh

  synact-bench baseline renew baselines/smollm2-135m/smoke.json fresh/smollm2-135m/smoke/seed-0
"""


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    group = typer.Typer(no_args_is_help=True)
    group.callback(epilog=EXAMPLES)(_group)
    group.command("renew", epilog=EXAMPLES)(renew)
    app.add_typer(group, name="baseline")


def _group() -> None:
    """Keep numbers that later runs are compared with."""


def renew(
    file: Annotated[Path, typer.Argument(help="Baseline file; made if it is not there.")],
    run: Annotated[Path, typer.Argument(help="Run folder with the new numbers.")],
    yes: Annotated[bool, typer.Option("--yes", help="Write; without it, only show.")] = False,
) -> None:
    """Show what differs between FILE and RUN, and with --yes put it into FILE.

    What agrees within tolerance stays as it is, and so do cells that RUN does not have: delete
    FILE first to make it again.
    """
    now = comparison.opened(run)
    snapshot = now
    if file.exists():
        stored = comparison.opened(file)
        verdicts = comparison.compare(stored, now, where=str(run))
        comparison.refuse_strangers(stored, now, where=str(run))
        changed = [each for each in verdicts if each.outcome is not Outcome.SAME]
        if changed:
            print(report.table(changed), end="\n\n")
        for line in report.summary(verdicts):
            print(line)
        snapshot = renewed(stored, now, verdicts)
        if kept := comparison.lacking(stored, now.cells):
            fate = "kept" if snapshot.setting == stored.setting else "dropped"
            print(f"{fate}: {len(kept)} cells that {run} does not have: {report.listed(kept)}")
    else:
        print(f"new: {len(now.cells)} cells")
    if not yes:
        print(f"\nnothing written: add --yes to write {file}")
        return
    baseline.write(snapshot, file)
    print(f"\nwrote {file}")
