"""``synact-bench conventional``: does realism predict what else is reported?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from synact_bench.cli.grid import from_stored
from synact_bench.reports import correlation_page
from synact_bench.reports.correlation import correlations
from synact_bench.results.files import write_together

EXAMPLES = """
Examples:

  synact-bench conventional runs/smollm2-135m/standard/seed-0

  synact-bench conventional runs/early/standard/seed-0 runs/late/standard/seed-0 --out leaderboard
"""


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("conventional", epilog=EXAMPLES)(conventional)


def conventional(
    folders: Annotated[
        list[Path], typer.Argument(help="Packs, or folders of stored cells, of any testbeds.")
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Write CONVENTIONAL.md and conventional.json there as well."),
    ] = None,
) -> None:
    """Correlate realism with Fréchet distance, KL and loss at full substitution; nothing is run."""
    found = correlations(from_stored(folders))
    print(correlation_page.page(found))
    if out is not None:
        files = correlation_page.contents(found)
        write_together({out / name: content for name, content in files.items()})
        print(f"wrote {', '.join(str(out / name) for name in files)}")
