"""``synact-bench train-prior``: a flow prior for a testbed, of its own train documents."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from synact_bench.cli.options import SITE, SITE_WORDS, run_options, takes_run_options
from synact_bench.core.errors import RecordError
from synact_bench.core.precision import Precision
from synact_bench.run import lookup

EXAMPLES = """
Examples:

  synact-bench train-prior --testbed smollm2-135m-layer10 --out prior

  synact-bench train-prior --model my-model.gguf --hook blocks.9.hook_resid_pre --out my-prior
"""


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("train-prior", epilog=EXAMPLES)(train_prior)


@takes_run_options(only=SITE, words=SITE_WORDS)
def train_prior(
    out: Annotated[
        Path, typer.Option("--out", help="New folder for weights, card and checkpoints.")
    ] = Path("prior"),
    steps: Annotated[int, typer.Option(min=1, help="Steps of training.")] = 3000,
    batch: Annotated[int, typer.Option(min=1, help="Activations of a step.")] = 1024,
    width: Annotated[int, typer.Option(min=1, help="Of the network's hidden layers.")] = 768,
    activations: Annotated[
        int, typer.Option(min=1, help="Most train activations to capture.")
    ] = 504_000,
    checkpoint: Annotated[
        list[int] | None,
        typer.Option(
            "--checkpoint", min=1, help="Step after which weights are kept too; repeatable."
        ),
    ] = None,
    precision: Annotated[
        Precision, typer.Option(help="Of training: mixed is faster where bfloat16 is.")
    ] = "float32",
    seed: Annotated[int, typer.Option(help="Of initialisation, order and noise.")] = 0,
    **given: Any,
) -> None:
    """Train a flow prior on a testbed's train documents and print its card."""
    if out.exists():
        raise RecordError("already exists", where=str(out), fix="choose a new folder")
    declared = lookup.declared(run_options(given), opens_sae=False)
    from synact_bench.generators.flow_matching import PriorSettings  # noqa: PLC0415  (loads torch)
    from synact_bench.run import prior_training  # noqa: PLC0415  (loads the model libraries)

    settings = PriorSettings(
        width=width,
        steps=steps,
        batch=batch,
        activations=activations,
        checkpoints=tuple(checkpoint or ()),
        precision=precision,
        seed=seed,
    )
    card = prior_training.train(declared, settings, out)
    print(card.model_dump_json(indent=2))
