"""``synact-bench freeze``: for maintainers, the measured facts behind a testbed's declaration."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import tomli_w
import typer

from synact_bench.cli.board import stored
from synact_bench.core.errors import SynactError
from synact_bench.results.files import write_atomically
from synact_bench.testbeds import spec
from synact_bench.testbeds.spec import Testbed

SCALE = "[scale."
"""How the tables of a scale begin: the last of a declaration."""


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("freeze", epilog="Example:  synact-bench freeze smollm2-135m")(freeze)


def freeze(
    testbed: Annotated[str, typer.Argument(help="Testbed to measure.")],
    fingerprint: Annotated[
        bool, typer.Option("--fingerprint", help="Renew the shipped fingerprint first.")
    ] = False,
    scale: Annotated[
        bool, typer.Option("--scale", help="Renew the declared scale of realism instead.")
    ] = False,
    cells: Annotated[
        list[Path] | None,
        typer.Option(
            "--from",
            help="With --scale: a run's folder or pack. The scale is measured on its bases, and "
            "its draws of real activations are not run again.",
        ),
    ] = None,
) -> None:
    """Measure what a testbed's declaration freezes: tau, distances, norms, c*, and print it."""
    declared = spec.find(testbed)
    if scale:
        _freeze_scale(declared, cells)
        return
    if cells:
        raise SynactError(
            "cells are of use to the scale alone", where="--from", fix="give --scale with it"
        )
    from synact_bench.models import fingerprint as fingerprints  # noqa: PLC0415
    from synact_bench.models.language_model import LanguageModel  # noqa: PLC0415
    from synact_bench.run import facts  # noqa: PLC0415  (loads the model libraries)

    if fingerprint:
        model = LanguageModel.load(declared.model, centred=declared.weights == "centred")
        measured = fingerprints.measure(declared, model)
        place = fingerprints.path(declared)
        write_atomically(place, (measured.model_dump_json() + "\n").encode())
        print(f"wrote {place}")
    # As a mere setup: what is declared may be a guess, and must not count against the SAE.
    print(facts.measure(facts.Opened(declared.setup)).model_dump_json(indent=2))


def _freeze_scale(declared: Testbed, places: list[Path] | None) -> None:
    """Put a scale measured now in place of the declared one, at the end of the declaration."""
    from synact_bench.run import facts  # noqa: PLC0415  (loads the model libraries)

    cells = stored(places) if places else ()
    measured = facts.scaled(declared, facts.Opened(declared), cells=cells)
    place = spec.place(declared.name)
    tables = tomli_w.dumps(measured.model_dump(mode="json", include={"scale"}, exclude_none=True))
    text, _, _ = place.read_text(encoding="utf-8").partition(SCALE)
    write_atomically(place, f"{text.rstrip()}\n\n{tables}".encode())
    for cell, each in measured.scale.items():
        print(f"{cell}: Gamma {each.gamma:g} +- {each.gamma_error:g}, {each.bases} bases")
    print(f"wrote {place}")
