"""``synact-bench schema``: the published form of a submission."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from synact_bench.results.files import write_atomically
from synact_bench.submissions.card_file import SCHEMA_FILE, json_schema


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("schema", epilog="Example:  synact-bench schema --out leaderboard/schema")(schema)


def schema(
    out: Annotated[
        Path | None, typer.Option("--out", help="Write it into this folder instead.")
    ] = None,
) -> None:
    """Print the JSON Schema of a submission, for maintainers and other tools."""
    if out is None:
        print(json_schema(), end="")
        return
    write_atomically(out / SCHEMA_FILE, json_schema().encode())
    print(f"wrote {out / SCHEMA_FILE}")
