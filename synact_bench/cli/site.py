"""``synact-bench site``: the boards as pages to look at, out of stored cells."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from synact_bench.assets import npm_packages
from synact_bench.cli.board import packed_testbeds, stored
from synact_bench.cli.options import SubmissionsOption
from synact_bench.generators import module_of
from synact_bench.results import published
from synact_bench.results.board_cache import BoardCache
from synact_bench.site import render, written
from synact_bench.site.collect import collect, collect_packs

EXAMPLES = """
Examples:

  synact-bench site --out site

  synact-bench site --from runs/mine/suite/seed-0 --out site

  synact-bench site runs/early/quick/seed-0 runs/late/quick/seed-0 --out site
"""


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("site", epilog=EXAMPLES)(site)


def site(
    out: Annotated[Path, typer.Option("--out", help="Folder to write the site to.")],
    folders: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Packs, or folders of stored cells; by default those that are published.",
            show_default=False,
        ),
    ] = None,
    further: Annotated[
        list[Path] | None,
        typer.Option("--from", help="A further pack, or folder of stored cells; repeatable."),
    ] = None,
    submissions: SubmissionsOption = None,
) -> None:
    """Write a static site of all testbeds and rows from stored cells; nothing is run.

    It is opened from disk: OUT/index.html. No page loads anything from elsewhere.
    """
    plotting = npm_packages.files(render.PACKAGE, render.PLOTTING)
    places = folders or [published.of(each) for each in published.testbeds()]
    places = [*places, *(further or [])]
    packs = packed_testbeds(places, submissions or ())
    if not packs:
        found = collect(stored(places, submissions or ()), module_of=module_of)
    else:
        found = collect_packs(packs, module_of=module_of, cache=BoardCache())
    files = render.contents(found, plotting)
    written.write(files, out)
    print(f"{len(files)} files, {sum(map(len, files.values())) / 1e6:.1f} MB")
    print(f"wrote {out / 'index.html'}")
