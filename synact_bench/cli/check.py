"""``synact-bench check``: whether a generator keeps the contract, and how to mend it."""

from __future__ import annotations

from typing import Annotated

import typer
from tabulate import tabulate

from synact_bench.generators import discovery
from synact_bench.harness import options
from synact_bench.submissions import hygiene
from synact_bench.submissions.refusal import SubmissionError
from synact_bench.testbeds import spec
from synact_bench.testing import Ground, Report, check_generator
from synact_bench.testing.cost import Cost
from synact_bench.testing.ground import BASES

EXAMPLES = """
Examples:

  synact-bench check my_method.py

  synact-bench check my-method --testbed smollm2-135m
"""
WIDTH = 72
"""Characters of a line of advice."""


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("check", epilog=EXAMPLES)(check)


def check(
    target: Annotated[str, typer.Argument(help=options.TARGET)],
    testbed: Annotated[
        str | None,
        typer.Option(
            "--testbed",
            help="Check on this testbed's activations and SAE instead of tiny random ones.",
        ),
    ] = None,
) -> None:
    """Check that a generator keeps every rule of the contract; exit code 1 if it does not."""
    ground = None if testbed is None else _real(testbed)
    report = check_generator(target, on=ground, raises=False)
    print(_table(report))
    print(f"\n{report.where}: {report.summary}")
    print(_costs(report.cost) if report.cost else f"cost not measured: {report.uncosted}")
    if not report.passed:
        raise typer.Exit(1)
    unfit = _unfit(target)
    if unfit:
        print(f"'synact-bench submit' would refuse it: {unfit}")


def _unfit(target: str) -> str:
    """Why the card may not be published; empty if it may."""
    try:
        hygiene.check_card(discovery.find(target)().card.model_dump(mode="json"))
    except SubmissionError as error:
        return str(error)
    return ""


def _real(testbed: str) -> Ground:
    """Pool, SAE and test activations of a testbed.

    Raises:
        SynactError: there is none of this name, or it cannot be opened.
    """
    declared = spec.find(testbed)
    from synact_bench.testbeds.subject import Subject  # noqa: PLC0415  (loads the model libraries)

    subject = Subject.open(declared)
    base = subject.activations(subject.test.take(range(BASES)))
    return Ground(subject.train, subject.dictionary, base)


def _table(report: Report) -> str:
    rows = [(each.rule.name, each.verdict, each.advice) for each in report.outcomes]
    headers = ("rule", "verdict", "what was seen, and how to mend it")
    text: str = tabulate(rows, headers, tablefmt="simple", maxcolwidths=[None, None, WIDTH])
    return text


def _costs(cost: Cost) -> str:
    return (
        f"fit {cost.fit_seconds:.3g} s; generate {1000 * cost.seconds:.3g} ms and "
        f"{cost.bytes / 1000:.3g} kB a sample (d_model {cost.d_model})"
    )
