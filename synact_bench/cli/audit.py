"""``synact-bench audit``: what speaks for a board, out of stored cells."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from synact_bench.audit import audit as audits
from synact_bench.audit import page as audit_page
from synact_bench.audit import separation, separation_page
from synact_bench.cli.board import stored
from synact_bench.cli.options import SubmissionsOption
from synact_bench.results.files import write_atomically

EXAMPLES = """
Examples:

  synact-bench run --preset standard --diagnostic

  synact-bench audit runs/smollm2-135m/standard/seed-0

  synact-bench audit runs/smollm2-135m/standard/seed-0 --paths
"""


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("audit", epilog=EXAMPLES)(audit)


def audit(
    folders: Annotated[list[Path], typer.Argument(help="Folders of stored cells.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="Write AUDIT.md into this folder as well.")
    ] = None,
    submissions: SubmissionsOption = None,
    paths: Annotated[
        bool,
        typer.Option(
            "--paths",
            help="Report instead what each path that no score is made of tells apart beside the "
            "scored ones; in PATHS.md.",
        ),
    ] = False,
) -> None:
    """Report split halves, ladder, robustness and the trivial explanation; nothing is run."""
    cells, name = stored(folders, submissions or ()), "PATHS.md" if paths else "AUDIT.md"
    if paths:
        found = separation_page.page(separation.separations(cells))
    else:
        found = audit_page.page(audits.audit(cells))
    print(found)
    if out is not None:
        write_atomically(out / name, found.encode())
        print(f"wrote {out / name}")
