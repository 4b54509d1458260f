"""``synact-bench freeze``: for maintainers, the measured facts of a testbed's declaration."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synact_bench.cli.board import stored
from synact_bench.results.files import write_atomically
from synact_bench.testbeds.drafts import Draft

if TYPE_CHECKING:
    from synact_bench.run.facts import TestbedFacts

EXAMPLES = """
Examples:

  synact-bench freeze my-testbed --fingerprint

  synact-bench freeze smollm2-135m --print
"""


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("freeze", epilog=EXAMPLES)(freeze)


def freeze(
    testbed: Annotated[
        str, typer.Argument(help="Testbed of the catalog, its declaration complete or not.")
    ],
    fingerprint: Annotated[
        bool, typer.Option("--fingerprint", help="Renew the shipped fingerprint first.")
    ] = False,
    overwrite: Annotated[
        bool,
        typer.Option(
            "--overwrite",
            help="Replace facts that are declared, too: the testbed then needs a new version.",
        ),
    ] = False,
    only_print: Annotated[
        bool,
        typer.Option(
            "--print",
            help="Print the measured facts; no scale, and the declaration stays as it is.",
        ),
    ] = False,
    cells: Annotated[
        list[Path] | None,
        typer.Option(
            "--from",
            help="A run's folder or pack. The scale is measured on its bases, and its draws of "
            "real activations are not run again.",
        ),
    ] = None,
) -> None:
    """Measure what a testbed's declaration freezes, facts and scale, and write it there.

    Facts that the file states itself stay as they are; its scale is measured again. Lines keep
    their order and comments.
    """
    draft = Draft.of(testbed)
    given = stored(cells) if cells else ()
    from synact_bench.run import facts  # noqa: PLC0415  (loads the model libraries)

    new = draft.chosen
    if fingerprint or _lacks_fingerprint(draft):
        draft, own = _fingerprinted(draft)
        new |= own
    # As a mere setup: what is declared may be a guess, and must not count against the SAE.
    opened = facts.Opened(draft.setup)
    measured = facts.measure(opened)
    print(measured.model_dump_json(indent=2))
    if only_print:
        return
    if overwrite or not draft.complete:
        new |= measured.declared
    else:
        for line in _others(draft, measured):
            print(line)
    scale = facts.scaled(draft.testbed(new), opened, cells=given).scale
    write_atomically(draft.place, draft.completed(new, scale).encode())
    for cell, each in scale.items():
        print(f"{cell}: Gamma {each.gamma:g} +- {each.gamma_error:g}, {each.bases} bases")
    print(f"wrote {draft.place}")


def _lacks_fingerprint(draft: Draft) -> bool:
    """Whether one is declared that is still to be written."""
    from synact_bench.models import fingerprint  # noqa: PLC0415  (loads the model libraries)

    return draft.setup.fingerprint is not None and not fingerprint.path(draft.setup).exists()


def _fingerprinted(draft: Draft) -> tuple[Draft, dict[str, object]]:
    """Write the fingerprint: the draft that declares it, and that fact where it is new."""
    from synact_bench.models import fingerprint  # noqa: PLC0415  (loads the model libraries)
    from synact_bench.models.language_model import LanguageModel  # noqa: PLC0415

    named = draft.stated.get("fingerprint", f"{draft.setup.name}/fingerprint.json")
    setup = draft.setup.model_copy(update={"fingerprint": named})
    model = LanguageModel.load(setup.model, centred=setup.weights == "centred")
    place = fingerprint.path(setup)
    write_atomically(place, (fingerprint.measure(setup, model).model_dump_json() + "\n").encode())
    print(f"wrote {place}")
    own = {} if "fingerprint" in draft.stated else {"fingerprint": named}
    return replace(draft, setup=setup), own


def _others(draft: Draft, measured: TestbedFacts) -> Iterable[str]:
    """Which declared facts are measured otherwise, a line each."""
    for name, value in measured.declared.items():
        declared = draft.stated.get(name, value)
        if declared != value:
            yield f"{name}: {declared} is declared and stays, {value} was measured (--overwrite)"
