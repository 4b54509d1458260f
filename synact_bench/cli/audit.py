"""``synact-bench audit``: what speaks for a board, out of stored cells."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from synact_bench.audit import audit as audits
from synact_bench.audit import page as audit_page
from synact_bench.cli.board import stored
from synact_bench.cli.options import SubmissionsOption
from synact_bench.results.files import write_atomically

EXAMPLES = """
Examples:

  synact-bench run --preset standard --diagnostic

  synact-bench audit runs/smollm2-135m/standard/seed-0
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
) -> None:
    """Report split halves, ladder, robustness and the trivial explanation; nothing is run."""
    found = audit_page.page(audits.audit(stored(folders, submissions)))
    print(found)
    if out is not None:
        write_atomically(out / "AUDIT.md", found.encode())
        print(f"wrote {out / 'AUDIT.md'}")
