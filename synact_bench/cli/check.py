"""``synact-bench check``: whether a generator keeps the contract, and how to fix it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from tabulate import tabulate

from synact_bench.cli.progress import Steps
from synact_bench.core.errors import TextError
from synact_bench.core.experiments import find_preset
from synact_bench.generators import discovery
from synact_bench.reports.flags import rule_words
from synact_bench.run.options import TARGET
from synact_bench.submissions import hygiene
from synact_bench.submissions.refusal import SubmissionError
from synact_bench.testbeds import spec
from synact_bench.testing import Fixture, Report, check_generator
from synact_bench.testing.check import STEPS
from synact_bench.testing.cost import Cost
from synact_bench.testing.fixtures import BASES

if TYPE_CHECKING:
    from synact_bench.models.subject import Subject

EXAMPLES = """
Examples:

  synact-bench check my_method.py

  synact-bench check my-method --testbed smollm2-135m
"""
FLAGGED_ON = "quick"
"""The preset of as many activations as flags are looked for in."""
WIDTH = 72
"""Characters of a line of advice."""


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("check", epilog=EXAMPLES)(check)


def check(
    target: Annotated[str, typer.Argument(help=TARGET)],
    testbed: Annotated[
        str | None,
        typer.Option(
            "--testbed",
            help="Check on this testbed's activations and SAE instead of random ones, and look for "
            "copying and collapse too.",
        ),
    ] = None,
) -> None:
    """Check that a generator keeps every rule of the contract; exit code 1 if it does not."""
    subject = None if testbed is None else _opened(testbed)
    report = _checked(target, subject)
    print(_table(report))
    print(f"\n{report.where}: {report.summary}")
    print(_costs(report.cost) if report.cost else f"cost not measured: {report.uncosted}")
    if not report.passed:
        raise typer.Exit(1)
    if subject is not None:
        print(_flags(target, subject))
    unfit = _unfit(target)
    if unfit:
        print(f"'synact-bench submit' would refuse it: {unfit}")


def _checked(target: str, subject: Subject | None) -> Report:
    """The report, with a step shown for each rule."""
    fixture = None if subject is None else _real(subject)
    steps = Steps(len(STEPS), printed=subject is not None)
    try:
        return check_generator(target, on=fixture, raises=False, started=steps.started)
    finally:
        steps.done()


def _unfit(target: str) -> str:
    """Why the card may not be published; empty if it may."""
    try:
        hygiene.check_card(discovery.find(target)().card.model_dump(mode="json"))
    except SubmissionError as error:
        return str(error)
    return ""


def _opened(testbed: str) -> Subject:
    """A testbed with its model, pool and SAE.

    Raises:
        SynactError: there is none of this name, or it cannot be opened.
    """
    declared = spec.find(testbed)
    count = declared.train_activations
    print(f"opening {testbed}: its model, {count} activations, its SAE", flush=True)
    from synact_bench.models.subject import Subject  # noqa: PLC0415  (loads the model libraries)

    return Subject.open(declared)


def _real(subject: Subject) -> Fixture:
    """Pool, SAE and test activations of a testbed."""
    base = subject.activations(subject.test.take(range(BASES)))
    return Fixture(subject.train, subject.dictionary, base, subject.setting)


def _flags(target: str, subject: Subject) -> str:
    """Each rule of copying and collapse with value and limit, by experiment; or why not."""
    from synact_bench.run import preview  # noqa: PLC0415  (loads the model libraries)

    preset = find_preset(FLAGGED_ON)
    print(f"\nlooking for copying and collapse in {preset.bases} activations", flush=True)
    try:
        found = preview.inspections(subject, discovery.find(target)(), preset)
    except TextError as error:
        return f"not looked for: {error.what}"
    rows = [
        (experiment, flag, "flagged" if flagged else "", words)
        for experiment, inspection in found.items()
        for flag, words, flagged in rule_words(inspection)
    ]
    text: str = tabulate(rows, ("experiment", "flag", "", "value and limit"), tablefmt="simple")
    return text


def _table(report: Report) -> str:
    rows = [(each.rule.name, each.verdict, each.advice) for each in report.outcomes]
    headers = ("rule", "verdict", "what was seen, and how to fix it")
    text: str = tabulate(rows, headers, tablefmt="simple", maxcolwidths=[None, None, WIDTH])
    return text


def _costs(cost: Cost) -> str:
    return (
        f"fit {cost.fit_seconds:.3g} s; generate {1000 * cost.seconds:.3g} ms and "
        f"{cost.bytes / 1000:.3g} kB a sample (d_model {cost.d_model})"
    )
