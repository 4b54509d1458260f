"""The command line: one file a verb."""

from __future__ import annotations

import errno
import sys
from typing import NoReturn

import typer

from synact_bench.cli import (
    audit,
    baseline,
    board,
    check,
    compare,
    fetch,
    freeze,
    grid,
    listing,
    new,
    pack,
    reproduce,
    rescore,
    run,
    schema,
    submit,
    train_sae,
    validate,
)
from synact_bench.errors import SynactError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="Benchmark of synthetic activations: does a language model treat a made residual-stream "
    "activation as one of its own?",
)
VERBS = (
    *(run, grid, new, check, listing, submit, validate, board, pack, audit, rescore),
    *(reproduce, compare, baseline, train_sae, fetch, freeze, schema),
)
for verb in VERBS:
    verb.add_to(app)


_UNWRITABLE = {errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS}


def main() -> None:
    """Run the command line; a mistake of the user is one line on standard error and exit code 2."""
    try:
        app()
    except SynactError as error:
        _refuse(error)
    except OSError as error:
        # A full or locked disk can be met anywhere, in other packages too.
        if error.errno not in _UNWRITABLE:
            raise
        _refuse(
            SynactError(
                f"cannot be written: {error.strerror}",
                where=str(error.filename or "disk"),
                fix="make room or mend the permissions and run again: finished cells are kept",
            )
        )


def _refuse(error: SynactError) -> NoReturn:
    print(f"synact-bench: {error}", file=sys.stderr)
    raise SystemExit(2) from error
