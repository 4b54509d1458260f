"""``synact-bench baseline``: renew what later runs are compared with."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from synact_bench.cli.options import run_options, takes_run_options
from synact_bench.core.errors import RecordError
from synact_bench.regression import baseline, comparison, report
from synact_bench.regression.renewal import renewed
from synact_bench.regression.snapshot import Snapshot
from synact_bench.regression.verdict import Severity
from synact_bench.run.options import CUSTOM_MODEL, refuse_mistakes

EXAMPLES = """
Examples:

  synact-bench baseline make baselines/my-method.json --generator my_method.py:MyGenerator

  synact-bench run --preset smoke --runs fresh

  synact-bench baseline renew baselines/smollm2-135m/smoke.json fresh/smollm2-135m/smoke/seed-0
"""


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    group = typer.Typer(no_args_is_help=True)
    group.callback(epilog=EXAMPLES)(_group)
    group.command("make", epilog=EXAMPLES)(make)
    group.command("renew", epilog=EXAMPLES)(renew)
    app.add_typer(group, name="baseline")


def _group() -> None:
    """Keep numbers that later runs are compared with."""


@takes_run_options(
    left_out=("runs", "official"),
    defaults={"preset": "smoke"},
    words={"model": {"help": CUSTOM_MODEL}},
)
def make(
    file: Annotated[Path, typer.Argument(help="Baseline file to write.")], **given: Any
) -> None:
    """Measure what the options ask for, and keep its numbers in FILE.

    Every cell is measured now and none is reused: one stored before would be of older code. What
    ``pytest --synact-compare FILE`` measures with the same options is compared with it.
    """
    if file.exists():
        raise RecordError(
            "is there already",
            where=str(file),
            fix=f"delete it first, or use 'synact-bench baseline renew {file} RUN'",
        )
    asked = run_options(given)
    refuse_mistakes(asked)
    print(f"{file}: loading libraries, then measuring", flush=True)
    from synact_bench.cli import custom  # noqa: PLC0415  (loads the libraries)
    from synact_bench.cli.measuring import PRINTING  # noqa: PLC0415
    from synact_bench.run.measuring import measure  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="synact-baseline-") as runs:
        request = custom.opened(replace(asked, runs=Path(runs)))
        measure(request.plans, request, PRINTING)
        cells = [request.store.cell(plan.identity) for plan in request.plans]
        baseline.write(Snapshot.of(cells, where=str(file)), file)
    print(f"wrote {file}: {len(cells)} cells")


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
        changed = [each for each in verdicts if each.severity is not Severity.SAME]
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
