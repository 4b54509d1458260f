"""``synact-bench train-sae``: train the SAE of a testbed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from synact_bench.errors import RecordError
from synact_bench.testbeds import spec

EXAMPLES = """
Example:  synact-bench train-sae smollm2-135m --out my-sae
"""


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("train-sae", epilog=EXAMPLES)(train_sae)


def train_sae(
    testbed: Annotated[str, typer.Argument(help="Testbed whose write hook and text are used.")],
    out: Annotated[
        Path, typer.Option("--out", help="New folder for weights, config and card.")
    ] = Path("sae"),
    samples: Annotated[int, typer.Option(help="Activations seen in training.")] = 2_000_000,
    d_sae: Annotated[int, typer.Option("--d-sae", help="Number of latents.")] = 4608,
    l1: Annotated[float, typer.Option("--l1", help="L1 coefficient.")] = 3.0,
    seed: Annotated[int, typer.Option(help="Of initialisation and order.")] = 0,
) -> None:
    """Train a standard SAE on a testbed's train documents and print its card."""
    declared = spec.find(testbed)
    if out.exists():
        raise RecordError("already exists", where=str(out), fix="choose a new folder")
    from synact_bench.testbeds import training  # noqa: PLC0415  (loads the model libraries)

    settings = training.SaeSettings(d_sae=d_sae, samples=samples, l1_coefficient=l1, seed=seed)
    card = training.train(declared, settings, out)
    print(card.model_dump_json(indent=2))
