"""``synact-bench reproduce``: does what a paper reports hold here?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from synact_bench.cli import custom
from synact_bench.cli.board import stored
from synact_bench.cli.measuring import PRINTING, refuse_measuring
from synact_bench.cli.options import DeviceOption, RunsOption
from synact_bench.core.errors import RecordError
from synact_bench.reports.comparable import by_testbed
from synact_bench.reproduction import report
from synact_bench.reproduction import request as requests
from synact_bench.reproduction.across import across
from synact_bench.reproduction.published import published
from synact_bench.reproduction.request import PAPER, wanted
from synact_bench.results.files import write_together
from synact_bench.run.lookup import setup
from synact_bench.run.measuring import measure
from synact_bench.run.options import HOME, OPTIONS

EXAMPLES = """
Examples:

  synact-bench reproduce paper --testbed gpt2-small --device cuda

  synact-bench reproduce paper --from runs/smollm2-135m/standard/seed-0

  synact-bench reproduce paper --from runs/early/suite/seed-0 --from runs/late/suite/seed-0
"""
PAPER_TESTBED = published().testbed
MEASURING = ("bases", "runs", "device")
"""Parameters that say what is measured, where and how."""


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    group = typer.Typer(no_args_is_help=True)
    group.callback(epilog=EXAMPLES)(_group)
    group.command("paper", epilog=EXAMPLES)(paper)
    app.add_typer(group, name="reproduce")


def _group() -> None:
    """Compare what a paper reports with cells of our own."""


def paper(
    context: typer.Context,
    testbed: Annotated[
        str | None,
        typer.Option(
            "--testbed",
            help=f"{OPTIONS['testbed'].help} By default {PAPER_TESTBED}, the paper's own: its "
            "numbers are compared. On any other, its findings are.",
        ),
    ] = None,
    bases: Annotated[
        int, typer.Option("--n", min=2, help="Prompts, and so paths in a cell.")
    ] = PAPER.bases,
    runs: RunsOption = HOME,
    device: DeviceOption = "cpu",
    folders: Annotated[
        list[Path] | None,
        typer.Option(
            "--from",
            help="Run nothing: judge the cells stored here; repeatable, and of several testbeds.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help="Folder of REPRODUCTION.md and reproduction.json; by default beside the cells of "
            "a run, and nowhere with --from.",
        ),
    ] = None,
) -> None:
    """Compare with arXiv 2409.15019; cells already stored are reused."""
    result: report.Page
    if folders:
        refuse_measuring(context, MEASURING)
        result = _stored(folders, testbed)
    else:
        declared = setup(testbed or PAPER_TESTBED)
        asked = custom.opened(
            requests.options(declared, bases, runs=runs, device=device),
            declared=declared,
            open_as=requests.open_request,
        )
        plans = wanted(asked)
        measure(plans, asked, PRINTING)
        result = report.reproduced(asked.store.cell(each.identity) for each in plans)
        out = out or asked.folder
    print(result.page)
    if out is not None:
        files = report.contents(result)
        write_together({out / name: content for name, content in files.items()})
        print("\nwrote " + " and ".join(str(out / name) for name in files))


def _stored(folders: list[Path], testbed: str | None) -> report.Page:
    """What stored cells say: of several testbeds, the findings on all of them.

    Raises:
        RecordError: they are of another testbed than the one asked for.
    """
    cells = stored(folders)
    if testbed is None and len(by_testbed(cells)) > 1:
        return across(cells)
    result = report.reproduced(cells)
    _refuse_other(result.setting.testbed, testbed)
    return result


def _refuse_other(found: str, asked: str | None) -> None:
    """Cells of another testbed than the one asked for are no answer.

    Raises:
        RecordError: they are.
    """
    if asked is not None and found.partition("@")[0] != setup(asked).name:
        raise RecordError(
            f"the cells are of {found}",
            where=f"--testbed {asked}",
            fix="leave it out, or give --from a folder of its cells",
        )
