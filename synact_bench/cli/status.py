"""``synact-bench status``: how far a run is, which units failed, and how to run just them."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from synact_bench.core.errors import RecordError
from synact_bench.core.printable import printable
from synact_bench.results.status import SCHEMA, RunStatus, folders

EXAMPLES = """
Examples:

  synact-bench status runs/smollm2-135m/quick/seed-0

  synact-bench status runs

Exit status: 1 if a unit failed or a run was stopped, else 0.
"""


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("status", epilog=EXAMPLES)(status)


def status(
    run: Annotated[Path, typer.Argument(help="Folder of a run, or of several.")],
    as_json: Annotated[
        bool,
        typer.Option("--json", help="Print the units that failed, as 'run --units' reads them."),
    ] = False,
) -> None:
    """Say how far a run is, which units failed, and how to run just them.

    Told from its log and the cells that are there.
    """
    found = [RunStatus.of(each) for each in folders(run)]
    if not found:
        raise RecordError(
            "there is no log of a run",
            where=str(run),
            fix="name the folder that 'synact-bench run' says it stores cells in; a run that was "
            "stopped before its first cell leaves none",
        )
    if as_json:
        print(json.dumps(_document(found), indent=2))
    else:
        print("\n\n".join("\n".join(_shown(each)) for each in found))
    raise typer.Exit(int(any(each.failed or each.stopped for each in found)))


def _document(found: Sequence[RunStatus]) -> dict[str, object]:
    testbeds = [
        {
            "folder": str(each.folder),
            "units": [
                {"id": unit.id, "row": unit.row, "cells": len(unit.cells), "error": unit.error}
                for unit in each.failed
            ],
        }
        for each in found
    ]
    return {"schema": SCHEMA, "testbeds": testbeds}


def _shown(found: RunStatus) -> Iterator[str]:
    """What is printed: a log may be a stranger's, whom a terminal would obey."""
    return (line if line.isprintable() else printable(line) for line in _lines(found))


def _lines(found: RunStatus) -> Iterator[str]:
    stored = sum(each.stored for each in found.units.values())
    yield (
        f"{found.folder}: {stored} of {len(found.units)} units stored, {len(found.failed)} "
        f"failed, {len(found.left)} left; last heard of at {found.last}"
    )
    if found.seconds:
        memory = "" if found.memory is None else f", {found.memory / 10**6:.0f} MB at most"
        rate = found.points / found.seconds
        yield f"measured for {found.seconds:.0f} s: {rate:.0f} points per second{memory}"
    for stopped in found.stopped:
        yield f"stopped: {stopped}"
    for each in found.failed:
        yield f"failed: {each.row}: {each.error}"
    asked = {tuple(each.arguments) for each in found.failed if each.arguments is not None}
    again = [shlex.join(["synact-bench", "run", *each]) for each in sorted(asked)]
    if len(again) == 1 and all(each.arguments is not None for each in found.failed):
        yield "to run just what failed, as it is (after a change of a plugin leave --units out):"
        yield f"  synact-bench status {shlex.quote(str(found.folder))} --json > failed.json"
        yield f"  {again[0]} --units failed.json"
    elif again:  # no one run has all of these units
        yield "to run what failed, and what else is left of the same runs:"
        yield from (f"  {each}" for each in again)
