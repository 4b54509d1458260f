"""``synact-bench submit``: measure a generator and write what is handed in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from synact_bench.cli.measuring import PRINTING
from synact_bench.cli.options import DeviceOption, ReferenceOption, RunsOption, option
from synact_bench.cli.reserved import open_testbeds, taken
from synact_bench.cli.reserved import reference as references
from synact_bench.cli.validate import summary
from synact_bench.generators import contract, discovery
from synact_bench.generators.base import Generator
from synact_bench.results import published
from synact_bench.results.files import write_together
from synact_bench.run import shipped
from synact_bench.run.measuring import measure
from synact_bench.run.opening import open_request
from synact_bench.run.options import DEFAULT_TESTBED, RunOptions
from synact_bench.run.options import HOME as RUNS
from synact_bench.run.plan import CellPlan
from synact_bench.run.request import Request
from synact_bench.submissions import agreement, assembly, card_file, checks, folder, hygiene
from synact_bench.submissions.card_file import SCHEMA_FILE
from synact_bench.submissions.refusal import SubmissionError, shown
from synact_bench.testbeds import spec, suites
from synact_bench.testing import check_generator

STANDARD = "standard"
"""Preset of a submission that is scored with another reference than the published one."""
HOME = Path("leaderboard")
"""Of a checkout: the board, with the submissions to it and the schema that they have."""
EXAMPLES = """
Examples:

  synact-bench submit my_method.py:MyGenerator --suite standard

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
            help="Folder of the two files, of a suite a folder in it for each testbed; by default "
            "leaderboard/submissions/<testbed> of the checkout of the project.",
        ),
    ] = None,
    testbed: Annotated[str | None, option("testbed")] = None,
    suite: Annotated[
        str | None,
        typer.Option("--suite", help="Name of a suite: submit to each of its testbeds."),
    ] = None,
    preset: Annotated[
        str | None, option("preset", help="By default that of the testbed's published board.")
    ] = None,
    reference: ReferenceOption = None,
    runs: RunsOption = RUNS,
    device: DeviceOption = "cpu",
) -> None:
    """Check a generator, measure it and write a submission; cells already stored are reused."""
    testbeds = _testbeds(testbed, suite)
    if out is None:
        homes = [submissions_of(each) for each in testbeds]
    else:
        homes = [out] if suite is None else [out / each for each in testbeds]
    generator = checked(target)
    places = [home / f"{generator.card.name}.json" for home in homes]
    for each, place in zip(testbeds, places, strict=True):
        pack = place.with_suffix(".parquet")
        print(f"the submission goes to {place} and {pack.name}", flush=True)
        _refuse_place(generator, place, each)
        if reference is None and each not in open_testbeds():
            raise SubmissionError(
                f"takes no submissions, which are for the boards of {', '.join(open_testbeds())}",
                field=f"testbed {each}",
                fix="name one of these, or score the generator with 'synact-bench run' or 'grid'",
            )
    rows = references(reference)
    drafts = []
    for each, place in zip(testbeds, places, strict=True):
        chosen = preset or (shipped.preset_of(each) if reference is None else STANDARD)
        asked = RunOptions(
            testbed=each, preset=chosen, generators=(target,), runs=runs, device=device
        )
        drafts.append(_Draft.of(asked, generator, place, rows))
    for draft in drafts:  # what one of them would be refused for is told before any is measured
        draft.measure_and_write(rows)


@dataclass(frozen=True)
class _Draft:
    """A submission to be measured.

    Attributes:
        place: of its card file.
        request: that its cells are of.
        plans: its cells.
    """

    place: Path
    request: Request
    plans: Sequence[CellPlan]

    @classmethod
    def of(
        cls, options: RunOptions, generator: Generator, place: Path, rows: checks.Reference
    ) -> _Draft:
        """One of cells that can be compared with the reference in the end.

        Raises:
            SynactError: they cannot, or as ``open_request``.
        """
        request = open_request(options)
        own = [each for each in request.plans if each.entry.name == generator.card.name]
        found = rows(request.testbed.name)
        for each in own:
            agreement.check_identity(each.identity, found, field=each.label)
        request.roster.close()  # until it is measured, which may be long after the others
        return cls(place, request, own)

    def measure_and_write(self, rows: checks.Reference) -> None:
        """Measure what is missing of it, and write its two files once they are accepted.

        Raises:
            SynactError: it cannot be measured, is refused, or cannot be written.
        """
        measure(self.plans, self.request, PRINTING)
        cells = [self.request.store.cell(each.identity) for each in self.plans]
        stated, packed = assembly.assemble(cells, rows(self.request.testbed.name))
        content = card_file.dumps(stated)
        checks.compare(content, packed, reference=rows, taken=taken())
        pack = self.place.with_suffix(".parquet")
        write_together({pack: packed, self.place: content})
        print(summary(stated, cells))
        print(f"wrote {self.place} and {pack}")


def _testbeds(testbed: str | None, suite: str | None) -> tuple[str, ...]:
    """Those that are submitted to.

    Raises:
        SynactError: both are given, there is no such suite, or a testbed is not built in.
    """
    if suite is None:
        names: tuple[str, ...] = (testbed or DEFAULT_TESTBED,)
    elif testbed is None:
        names = suites.find(suite).testbeds
    else:
        raise SubmissionError(
            "names the testbeds that --testbed names one of",
            field="--suite",
            fix="drop one of them",
        )
    for each in names:
        if each not in spec.catalog():
            raise SubmissionError(
                f"there is no built-in testbed {shown(each)}",
                field="--testbed" if suite is None else f"--suite {suite}",
                fix="score it with 'synact-bench run'; the published boards are of built-in ones",
            )
    return names


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
