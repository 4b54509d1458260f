"""``synact-bench lp``: are directions privileged? The L^p exponent of a testbed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from synact_bench.cli.options import SITE, SITE_WORDS, run_options, takes_run_options
from synact_bench.run import lookup

EXAMPLES = """
Examples:

  synact-bench lp --testbed smollm2-135m-layer10

  synact-bench lp --testbed smollm2-135m-layer10 --prompts 12 --pairs 6 --angles 1 --out lp
"""


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("lp", epilog=EXAMPLES)(lp)


@takes_run_options(only=(*SITE, "device"), words=SITE_WORDS)
def lp(
    prompts: Annotated[int, typer.Option(min=2, help="Test prompts, one a document.")] = 48,
    pairs: Annotated[int, typer.Option(min=1, help="Pairs of each kind of direction.")] = 16,
    angles: Annotated[int, typer.Option(min=1, help="Mixtures of a pair.")] = 3,
    radius: Annotated[
        list[float] | None,
        typer.Option(
            "--radius",
            min=0,
            help="Length of the perturbations, over the median distance of two real activations; "
            "repeatable. Five from 0.25 to 1 by default.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of prompts and directions.")] = 0,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write lp.md and lp.json into this folder as well.")
    ] = None,
    **given: Any,
) -> None:
    """Fit the L^p exponent of responses to SAE, real, PCA and random directions."""
    options = run_options(given)
    declared = lookup.declared(options)
    from synact_bench.audit import lp_page  # noqa: PLC0415
    from synact_bench.core.pinned import pinned  # noqa: PLC0415  (loads torch)
    from synact_bench.models.subject import Subject  # noqa: PLC0415  (loads the model libraries)
    from synact_bench.reports import json_export  # noqa: PLC0415
    from synact_bench.results.files import write_atomically  # noqa: PLC0415
    from synact_bench.run import lp_exponent  # noqa: PLC0415

    fractions = tuple(sorted(radius)) if radius else lp_exponent.FRACTIONS
    settings = lp_exponent.LpSettings(
        prompts=prompts, pairs=pairs, angles=angles, fractions=fractions, seed=seed
    )
    with pinned():
        subject = Subject.open(declared, device=options.device)
        found = lp_exponent.measured(
            subject, settings, say=lambda line: print(f"measuring {line}", flush=True)
        )
    page = lp_page.page(
        found.exponents, title=found.testbed, said=found.said, lengths=settings.fractions
    )
    print(page)
    if out is not None:
        write_atomically(out / "lp.md", page.encode())
        write_atomically(out / "lp.json", json_export.to_json(found).encode())
        print(f"wrote {out / 'lp.md'} and {out / 'lp.json'}")
