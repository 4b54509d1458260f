"""``synact-bench rescore``: cells of an older engine under both versions of realism."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from synact_bench.cli.board import conclude
from synact_bench.cli.options import Check
from synact_bench.core.errors import SynactError
from synact_bench.rescoring.page import page
from synact_bench.rescoring.rescored import rescore as rescored
from synact_bench.results import published
from synact_bench.results.files import differing, write_atomically

FILE = "REALISM2.md"
EXAMPLE = """
Example:

  synact-bench rescore build/first/leaderboard/records/smollm2-135m.parquet
"""


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("rescore", epilog=EXAMPLE)(rescore)


def rescore(
    places: Annotated[
        list[Path], typer.Argument(help="Packs or folders of stored cells, one for each testbed.")
    ],
    out: Annotated[
        Path | None, typer.Option("--out", help=f"Write {FILE} into this folder.")
    ] = None,
    check: Check = False,
) -> None:
    """Score cells of an older engine by realism@1 and realism@2, side by side; nothing is run."""
    if check and out is None:
        raise SynactError(
            "compares stored cells with what is published", where="--check", fix="give --out too"
        )
    text = page([rescored(published.cells([place]), where=str(place)) for place in places])
    if out is None:
        print(text)
    elif check:
        found = differing({FILE: text.encode()}, out)
        conclude(found, out, what="page of both versions", renew="synact-bench rescore")
    else:
        write_atomically(out / FILE, text.encode())
        print(f"wrote {out / FILE}")
