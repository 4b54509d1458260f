"""``synact-bench train-sae``: train the SAE of a testbed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from synact_bench.cli.options import SITE, SITE_WORDS, run_options, takes_run_options
from synact_bench.core.errors import RecordError, SynactError
from synact_bench.run import lookup

EXAMPLES = """
Examples:

  synact-bench train-sae --testbed mine.toml --out my-sae

  synact-bench train-sae --model my-model.gguf --hook blocks.3.hook_resid_pre --out my-sae

  synact-bench train-sae --snapshots 8 --out my-sae
"""


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("train-sae", epilog=EXAMPLES)(train_sae)


@takes_run_options(only=SITE, words=SITE_WORDS)
def train_sae(
    out: Annotated[
        Path, typer.Option("--out", help="New folder for weights, config and card.")
    ] = Path("sae"),
    samples: Annotated[
        int, typer.Option(min=1, help="Activations seen in training, with repetition.")
    ] = 2_000_000,
    activations: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Most train activations to capture: fewer take less time and memory; by default "
            "all that the text gives.",
        ),
    ] = None,
    d_sae: Annotated[
        int | None,
        typer.Option("--d-sae", min=1, help="Number of latents; by default eight times d_model."),
    ] = None,
    context: Annotated[
        int,
        typer.Option(min=2, help="Tokens of a training window, the first of which is left out."),
    ] = 32,
    batch: Annotated[int, typer.Option(min=1, help="Activations of a training step.")] = 2048,
    l1: Annotated[float, typer.Option("--l1", help="L1 coefficient.")] = 3.0,
    seed: Annotated[int, typer.Option(help="Of initialisation and order.")] = 0,
    snapshots: Annotated[
        int,
        typer.Option(
            min=0,
            help="SAEs to keep along training, in snapshots/step-N, evenly on a logarithmic scale "
            "from a 32nd of the steps to the last.",
        ),
    ] = 0,
    **given: Any,
) -> None:
    """Train a standard SAE on a testbed's train documents and print its card."""
    if out.exists():
        raise RecordError("already exists", where=str(out), fix="choose a new folder")
    if samples < batch:
        raise SynactError(
            f"{samples} activations make no step of {batch}",
            where="--samples",
            fix="give more samples, or a smaller --batch",
        )
    declared = lookup.declared(run_options(given), opens_sae=False)
    from synact_bench.models import train_sae as training  # noqa: PLC0415  (loads the model libraries)

    settings = training.SaeSettings(
        d_sae=d_sae,
        samples=samples,
        activations=activations,
        context=context,
        batch=batch,
        l1_coefficient=l1,
        seed=seed,
        snapshots=snapshots,
    )
    card = training.train(declared, settings, out)
    print(card.model_dump_json(indent=2))
