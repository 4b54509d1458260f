"""The command line: one file a verb."""

from __future__ import annotations

import sys

import typer

from synact_bench.cli import board, fetch, freeze, listing, run, train_sae
from synact_bench.errors import SynactError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="Benchmark of synthetic activations: does a language model treat a made residual-stream "
    "activation as one of its own?",
)
for verb in (run, listing, board, train_sae, fetch, freeze):
    verb.add_to(app)


def main() -> None:
    """Run the command line; a mistake of the user is one line on standard error and exit code 2."""
    try:
        app()
    except SynactError as error:
        print(f"synact-bench: {error}", file=sys.stderr)
        raise SystemExit(2) from error
