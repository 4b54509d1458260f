"""``synact-bench submit``: measure a generator and write what is handed in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from synact_bench.cli.measuring import PRINTING
from synact_bench.cli.options import (
    DeviceOption,
    PresetOption,
    ReferenceOption,
    RunsOption,
    TestbedOption,
)
from synact_bench.cli.reserved import open_testbeds, taken
from synact_bench.cli.reserved import reference as references
from synact_bench.cli.validate import summary
from synact_bench.generators import contract, discovery
from synact_bench.generators.base import Generator
from synact_bench.results import published
from synact_bench.results.files import write_together
from synact_bench.results.store import Cell
from synact_bench.run.measuring import measure
from synact_bench.run.opening import open_request
from synact_bench.run.options import DEFAULT_TESTBED, RunOptions
from synact_bench.run.options import HOME as RUNS
from synact_bench.run.plan import CellPlan
from synact_bench.submissions import agreement, assembly, card_file, checks, folder, hygiene
from synact_bench.submissions.card_file import SCHEMA_FILE
from synact_bench.submissions.refusal import SubmissionError, shown
from synact_bench.testbeds import spec
from synact_bench.testing import check_generator

HOME = Path("leaderboard")
"""Of a checkout: the board, with the submissions to it and the schema that they have."""
EXAMPLES = """
Examples:

  synact-bench submit my_method.py:MyGenerator

  synact-bench submit my-method --out leaderboard/submissions/smollm2-135m
"""


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("submit", epilog=EXAMPLES)(submit)


def submit(
    target: Annotated[
        str,
        typer.Argument(help="Installed entry point, module:attr or path/to/file.py:Class."),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help="Folder of the two files; by default leaderboard/submissions/<testbed> of the "
            "checkout of the project.",
        ),
    ] = None,
    testbed: TestbedOption = DEFAULT_TESTBED,
    preset: PresetOption = "standard",
    reference: ReferenceOption = None,
    runs: RunsOption = RUNS,
    device: DeviceOption = "cpu",
) -> None:
    """Check a generator, measure it and write a submission; cells already stored are reused."""
    if testbed not in spec.catalog():
        raise SubmissionError(
            f"there is no built-in testbed {shown(testbed)}",
            field="--testbed",
            fix="score it with 'synact-bench run'; the published board is of built-in testbeds",
        )
    home = submissions_of(testbed) if out is None else out
    generator = checked(target)
    name = generator.card.name
    place = home / f"{name}.json"
    print(f"the submission goes to {place} and {place.with_suffix('.parquet').name}", flush=True)
    _refuse_place(generator, place, testbed)
    if reference is None and testbed not in open_testbeds():
        raise SubmissionError(
            f"takes no submissions, which are for the boards of {', '.join(open_testbeds())}",
            field=f"--testbed {testbed}",
            fix="leave it out, or score the generator there with 'synact-bench run' or 'grid'",
        )
    request = open_request(
        RunOptions(testbed=testbed, preset=preset, generators=(target,), runs=runs, device=device)
    )
    own = [each for each in request.plans if each.entry.name == name]
    rows = references(reference)
    _refuse_early(own, rows(request.testbed.name))
    measure(own, request, PRINTING)
    cells = [request.store.cell(each.identity) for each in own]
    stated, packed = assembly.assemble(cells, rows(request.testbed.name))
    content = card_file.dumps(stated)
    checks.compare(content, packed, reference=rows, taken=taken())
    pack = place.with_suffix(".parquet")
    write_together({pack: packed, place: content})
    print(summary(stated, cells))
    print(f"wrote {place} and {pack}")


def submissions_of(testbed: str) -> Path:
    """The folder of a testbed's submissions in the checkout that commands are typed in.

    Raises:
        SubmissionError: the working directory lies in none.
    """
    here = Path.cwd()
    for place in (here, *here.parents):
        if (place / HOME / "schema" / SCHEMA_FILE).is_file():
            return place / HOME / folder.HOME / testbed
    raise SubmissionError(
        "is no folder of a checkout of the project, whose leaderboard/submissions a submission is "
        "written to",
        field=str(here),
        fix="change to a checkout, or name a folder with --out",
    )


def checked(target: str) -> Generator:
    """A new generator that keeps the contract and may be published under its name.

    Every rule of the contract is tried on small random activations first; its output is checked
    once more on every call. One that asks for its setting may refuse activations of no model: it
    is checked by its calls alone.

    Raises:
        SynactError: there is no such generator, it breaks the contract, or its card may not be
            shown.
    """
    generator = discovery.find(target)()
    if not contract.asks_for_setting(generator):
        check_generator(target)
    hygiene.check_card(generator.card.model_dump(mode="json"))
    agreement.check_name(generator.card.name, taken())
    return generator


def _refuse_place(generator: Generator, place: Path, testbed: str) -> None:
    """What would be refused for its name, or written over another's, is not measured first.

    Raises:
        SubmissionError: the name is taken, or the file there is not of the same authors.
    """
    card = generator.card
    agreement.check_name(
        card.name,
        {
            **taken([published.of(testbed)] if testbed in published.testbeds() else []),
            **folder.others(place),
        },
    )
    former = folder.present(place)
    if former is None:
        return
    if (former.card.authors, former.card.reference) != (card.authors, card.reference):
        raise SubmissionError(
            f"is a submission of {shown(list(former.card.authors))} with the reference "
            f"{shown(former.card.reference)}, not of {shown(list(card.authors))} with "
            f"{shown(card.reference)}",
            field=str(place),
            fix="give the generator's card another name; if it is yours, move it away first",
        )
    print(f"replaces version {former.generator.version} in {place}")


def _refuse_early(own: Sequence[CellPlan], reference: Sequence[Cell]) -> None:
    """What cannot be compared in the end is not measured first."""
    for each in own:
        agreement.check_identity(each.identity, reference, field=each.label)
