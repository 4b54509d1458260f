"""``synact-bench freeze``: for maintainers, the measured facts behind a testbed's declaration."""

from __future__ import annotations

from typing import Annotated

import typer

from synact_bench.results.files import write_atomically
from synact_bench.testbeds import spec


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("freeze", epilog="Example:  synact-bench freeze smollm2-135m")(freeze)


def freeze(
    testbed: Annotated[str, typer.Argument(help="Testbed to measure.")],
    fingerprint: Annotated[
        bool, typer.Option("--fingerprint", help="Renew the shipped fingerprint first.")
    ] = False,
) -> None:
    """Measure what a testbed's declaration freezes: tau, distances, norms, c*, and print it."""
    declared = spec.find(testbed)
    from synact_bench.harness import facts  # noqa: PLC0415  (loads the model libraries)
    from synact_bench.testbeds import fingerprint as fingerprints  # noqa: PLC0415
    from synact_bench.testbeds.language_model import LanguageModel  # noqa: PLC0415

    if fingerprint:
        model = LanguageModel.load(declared.model, centred=declared.weights == "centred")
        measured = fingerprints.measure(declared, model)
        place = fingerprints.path(declared)
        write_atomically(place, (measured.model_dump_json() + "\n").encode())
        print(f"wrote {place}")
    # As a mere setup: what is declared may be a guess, and must not be held against the SAE.
    print(facts.measure(declared.setup).model_dump_json(indent=2))
