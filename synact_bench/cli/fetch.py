"""``synact-bench fetch``: bring a testbed's assets into the cache."""

from __future__ import annotations

from typing import Annotated

import typer

from synact_bench.assets import packages
from synact_bench.run import lookup


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("fetch", epilog="Example:  synact-bench fetch smollm2-135m")(fetch)


def fetch(
    testbed: Annotated[
        str,
        typer.Argument(help="Testbed to be fetched: a built-in name or a .toml file."),
    ],
) -> None:
    """Say what a testbed needs, fetch what is missing and check it.

    Later runs need no network, except for text that is streamed.
    """
    declared = lookup.setup(testbed)
    from synact_bench.assets.downloads import downloads  # noqa: PLC0415  (loads sae_lens)
    from synact_bench.models.subject import Subject  # noqa: PLC0415  (loads the model libraries)

    for each in downloads(declared):
        print(each, flush=True)
    subject = Subject.open(declared)
    print(
        f"{declared.identity}: ready in {packages.cache_folder()}: {len(subject.train)} train "
        f"activations, {len(subject.test)} test prompts, {len(subject.dictionary.alive)} of "
        f"{subject.dictionary.d_sae} latents alive"
    )
