"""``synact-bench audit-sae``: can the scores that compare SAEs be trusted to compare them?

Loading the libraries takes seconds: the options are looked at before, so that none is imported
here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from synact_bench.cli.options import option, run_options, takes_run_options
from synact_bench.core.errors import SynactError, UnknownNameError
from synact_bench.run.options import DEFAULT_TESTBED, RunOptions, refuse_mistakes

LENSES = ("reseed", "training", "size", "truth")
"""As in ``synact_bench.audit.sae_audit``."""
STEP = re.compile(r"step-(\d+)")
EXAMPLES = """
Examples:

  synact-bench train-sae --snapshots 8 --out good

  synact-bench train-sae --d-sae 1152 --out quarter

  synact-bench audit-sae --sae good --small quarter --snapshots good --preset standard

  synact-bench audit-sae --lens truth --preset standard
"""


@dataclass(frozen=True)
class Asked:
    """What is audited.

    Attributes:
        sae: the SAE that is reseeded, and expected above a smaller one.
        small: an SAE of fewer latents, trained the same way; None if there is none.
        snapshots: SAEs kept along one training, by step.
        seeds: how many.
        lenses: names of those to look through.
        out: folder of the page; None for one among the runs.
    """

    sae: str
    small: Path | None
    snapshots: Mapping[int, Path]
    seeds: int
    lenses: tuple[str, ...]
    out: Path | None


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("audit-sae", epilog=EXAMPLES)(audit_sae)


@takes_run_options(left_out=("sae", "seed", "official", "diagnostic", "as_trained"))
def audit_sae(
    sae: Annotated[str, option("sae")] = "default",
    small: Annotated[
        Path | None,
        typer.Option("--small", help="SAE of a quarter of the latents, trained the same way."),
    ] = None,
    snapshots: Annotated[
        Path | None,
        typer.Option(
            "--snapshots",
            help="Folder of SAEs kept along one training, step-N each, or of the SAE itself: as "
            "'synact-bench train-sae --snapshots' writes.",
        ),
    ] = None,
    seeds: Annotated[
        int, typer.Option("--seeds", min=2, help="Of the design, with which --sae is measured.")
    ] = 3,
    lens: Annotated[
        list[str] | None,
        typer.Option("--lens", help=f"One of {', '.join(LENSES)}; repeatable; by default all."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Folder of SAE-AUDIT.md; by default one of its own in --runs."),
    ] = None,
    **given: Any,
) -> None:
    """Audit SAE scores: reseed noise, along training, between sizes, known features.

    Cells already stored are reused.
    """
    options = run_options(given)
    refuse_mistakes(options)
    asked = Asked(
        sae=sae,
        small=small,
        snapshots=_steps(snapshots) if snapshots is not None else {},
        seeds=seeds,
        lenses=_lenses(lens or LENSES),
        out=out,
    )
    print(f"{_place(options)}: loading libraries, then looking for stored cells", flush=True)
    from synact_bench.cli import audited_saes  # noqa: PLC0415  (loads the libraries)

    audited_saes.show(options, asked)


def _lenses(named: Sequence[str]) -> tuple[str, ...]:
    for each in named:
        if each not in LENSES:
            raise UnknownNameError("lens", each, LENSES)
    return tuple(each for each in LENSES if each in named)


def _steps(folder: Path) -> dict[int, Path]:
    """Folders called ``step-N`` by step, rising.

    Raises:
        SynactError: there are fewer than two.
    """
    inner = folder / "snapshots"
    place = inner if inner.is_dir() else folder
    found = {
        int(step[1]): each
        for each in (place.iterdir() if place.is_dir() else ())
        if (step := STEP.fullmatch(each.name)) and each.is_dir()
    }
    if len(found) < 2:
        raise SynactError(
            f"holds {len(found) or 'no'} SAE called step-N, an order needs two",
            where=f"--snapshots {folder}",
            fix="name the folder that 'synact-bench train-sae --snapshots 8' wrote",
        )
    return dict(sorted(found.items()))


def _place(options: RunOptions) -> str:
    return options.model or str(options.testbed or DEFAULT_TESTBED)
