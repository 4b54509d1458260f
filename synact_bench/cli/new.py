"""``synact-bench new``: a plugin package to start from."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from synact_bench import scaffold
from synact_bench.core.tracks import Track

EXAMPLES = """
Examples:

  synact-bench new my-method

  synact-bench new my-method --out plugins --track conditioned
"""


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("new", epilog=EXAMPLES)(new)


def new(
    name: Annotated[
        str, typer.Argument(help="Lower-case words joined by dashes, at most 32 characters.")
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder to make the package's folder in.")] = (
        Path()
    ),
    track: Annotated[
        Track,
        typer.Option(
            "--track",
            help="conditioned: the generator is shown a real activation for each it makes; "
            "reconstruction: it is shown the base itself, and approximates it.",
        ),
    ] = "unconditional",
) -> None:
    """Write a plugin package that runs: generator, tests, pyproject.toml, README, CI workflow."""
    plugin = scaffold.PluginName(name)
    folder = scaffold.write(plugin, out=out, track=track)
    generator = folder / plugin.module / "generator.py"
    print(f"wrote {folder}")
    print(f"the method to replace: {generator}")
    # As this was called: what is found on the path may be of another environment.
    called, python = shlex.quote(sys.argv[0]), shlex.quote(sys.executable)
    print(f"check it:  {called} check {shlex.quote(str(generator))}")
    asked = " ".join(filter(None, ("run", scaffold.run_options(track), "--generator")))
    print(f"score it:  {called} {asked} {shlex.quote(str(generator))}")
    print(
        f"as an installed plugin:  cd {shlex.quote(str(folder))} && "
        f'{python} -m pip install -e ".[dev]" && {python} -m pytest'
    )
