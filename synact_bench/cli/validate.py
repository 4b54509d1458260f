"""``synact-bench validate``: is a submission what it says it is?"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from synact_bench.cli.options import ReferenceOption
from synact_bench.cli.reserved import reference as references
from synact_bench.cli.reserved import taken
from synact_bench.results.store import Cell
from synact_bench.scoring.departure import displayed
from synact_bench.submissions import agreement, checks, folder
from synact_bench.submissions.card_file import CardFile
from synact_bench.submissions.refusal import SubmissionError
from synact_bench.testbeds import spec

EXAMPLES = """
Examples:

  synact-bench validate leaderboard/submissions/smollm2-135m/my-method.json

  synact-bench validate leaderboard/submissions
"""


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("validate", epilog=EXAMPLES)(validate)


def validate(
    files: Annotated[
        list[Path],
        typer.Argument(help="JSON files of submissions, or the folder of all testbeds' folders."),
    ],
    reference: ReferenceOption = None,
    records: Annotated[
        list[Path] | None,
        typer.Option("--records", help="Folder of stored cells whose names are taken; repeatable."),
    ] = None,
) -> None:
    """Recompute all that a submission states; exit 1 and a line a file if any is refused."""
    known = taken(records or ())
    given: dict[str, dict[str, str]] = {}
    refused = 0
    try:
        wanted = _expanded(files)
    except SubmissionError as error:
        print(f"synact-bench: {error}", file=sys.stderr)
        raise typer.Exit(1) from error
    for file in wanted:
        try:
            stated, cells = checks.accept(
                *folder.files(file),
                reference=references(reference),
                taken={**known, **folder.others(file)},
            )
            name, testbed = stated.generator.name, cells[0].record.identity.testbed
            folder.check_stem(file, name)
            folder.check_folder(file, testbed)
            beside = given.setdefault(testbed, {})
            agreement.check_name(name, beside)
        except SubmissionError as error:
            refused += 1
            print(f"synact-bench: {error.of(file)}", file=sys.stderr)
            continue
        beside[name] = f"the submission {file}"
        print(f"{file}: {summary(stated, cells)}")
    if refused:
        raise typer.Exit(1)


def _expanded(given: Sequence[Path]) -> list[Path]:
    """Files, and those in folders.

    Raises:
        SubmissionError: a folder holds something else than submissions.
    """
    found: list[Path] = []
    for path in given:
        found += folder.everywhere(path, spec.catalog()) if path.is_dir() else [path]
    if not found:
        print("no submissions")
    return found


def summary(stated: CardFile, cells: Sequence[Cell]) -> str:
    """Name, score and flags, on a line."""
    overall = stated.scores.overall
    if overall.value is None:
        score = "no overall realism"
    elif overall.low is None or overall.high is None:
        score = "too few documents for a score"
    else:
        low, value, high = map(displayed, (overall.low, overall.value, overall.high))
        score = f"overall {value:.2f} [{low:.2f}, {high:.2f}]"
    broken = agreement.flags(cell.record for cell in cells)
    flags = f", flagged {', '.join(broken)}" if broken else ""
    generator, identity = stated.generator, cells[0].record.identity
    where = f"{identity.testbed} ({identity.preset})"
    return f"{generator.name} {generator.version} on {where}: {score}{flags}"
