"""The command line: one file a verb."""

from __future__ import annotations

import errno
import importlib
import importlib.metadata
import io
import logging
import os
import sys
from types import MappingProxyType
from typing import Annotated, Any, NamedTuple, NoReturn

import typer
from typer.core import TyperGroup
from typer.main import get_group

from synact_bench.cli import stopping
from synact_bench.core import disk
from synact_bench.core.errors import FailedRowsError, NothingMeasuredError, SynactError

INTERRUPTED = 130
"""Exit code of a command that is interrupted from the keyboard."""


class Verb(NamedTuple):
    """A verb, before anything of it is imported.

    Attributes:
        module: of this package, which adds it.
        summary: one line of the help that lists all verbs.
    """

    module: str
    summary: str


VERBS = MappingProxyType(
    {
        "run": Verb(
            "run", "Score generators on a testbed, on those of a suite, or several SAEs on one."
        ),
        "plan": Verb(
            "plan", "List the units that a run still lacks, with what they are likely to cost."
        ),
        "status": Verb(
            "status", "Say how far a run is, which units failed, and how to run just them."
        ),
        "grid": Verb("grid", "Score the same generators on several testbeds."),
        "new": Verb("new", "Write a plugin package that runs."),
        "check": Verb("check", "Check that a generator keeps every rule of the contract."),
        "list": Verb(
            "listing", "List testbeds, suites, presets, experiments, metrics and generators."
        ),
        "submit": Verb("submit", "Check a generator, measure it and write a submission."),
        "validate": Verb("validate", "Recompute all that a submission states."),
        "board": Verb("board", "Write LEADERBOARD.md, scores.json and figures from stored cells."),
        "plot": Verb("plot", "Draw a figure for a paper, as PDF, SVG or PNG, from stored cells."),
        "table": Verb(
            "table", "Write a board's rows as a table of LaTeX, Markdown or CSV from stored cells."
        ),
        "site": Verb("site", "Write a static site of all testbeds and rows from stored cells."),
        "pack": Verb(
            "pack",
            "Write the cells of a testbed as one Parquet file: curves at the points that were run.",
        ),
        "audit": Verb(
            "audit", "Report split halves, ladder, robustness and the trivial explanation."
        ),
        "conventional": Verb(
            "conventional",
            "Correlate realism with Fréchet distance, KL and loss at full substitution.",
        ),
        "audit-sae": Verb(
            "audit_sae",
            "Audit SAE scores: reseed noise, along training, between sizes, known features.",
        ),
        "lp": Verb(
            "lp", "Fit the L^p exponent of responses to SAE, real, PCA and random directions."
        ),
        "reproduce": Verb("reproduce", "Compare what a paper reports with cells of our own."),
        "compare": Verb(
            "compare", "Tell drift, regression and improvement of NOW against BEFORE apart."
        ),
        "baseline": Verb("baseline", "Keep numbers that later runs are compared with."),
        "train-sae": Verb(
            "train_sae", "Train a standard SAE on a testbed's train documents and print its card."
        ),
        "train-prior": Verb(
            "train_prior", "Train a flow prior on a testbed's train documents and print its card."
        ),
        "fetch": Verb("fetch", "Say what a testbed needs, fetch what is missing and check it."),
        "freeze": Verb(
            "freeze",
            "Measure what a testbed's declaration freezes.",
        ),
        "schema": Verb(
            "schema", "Print the JSON Schema of a submission, for maintainers and other tools."
        ),
    }
)
"""In the order in which help names them."""


class Verbs(TyperGroup):
    """The verbs, each imported when it is asked for: the libraries of some take seconds to load."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        """All of them, in order."""
        return list(VERBS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The verb, or None; then all are loaded, so that one of a like name can be suggested."""
        for name in [cmd_name] if cmd_name in VERBS else VERBS:
            if name not in self.commands:
                alone = typer.Typer(rich_markup_mode=None)
                importlib.import_module(f"synact_bench.cli.{VERBS[name].module}").add_to(alone)
                self.commands.update(get_group(alone).commands)
        return super().get_command(ctx, cmd_name)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        """A line a verb: help that lists them loads none."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, each.summary) for name, each in VERBS.items()])


app = typer.Typer(
    cls=Verbs,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="Benchmark of synthetic activations: does a language model treat a made residual-stream "
    "activation as one of its own?",
)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"synact-bench {importlib.metadata.version('synact-bench')}")
        raise typer.Exit


@app.callback()
def _verbs(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say it and exit.")
    ] = False,
) -> None:
    """Make a group of the verbs, which are not known yet."""


def main() -> None:
    """Run the command line; a mistake of the user is one line on standard error and exit code 2.

    Rows that failed while others were measured are a line each, and exit code 1; where all of
    them failed it is 2.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # "?" for what its encoding lacks
            stream.reconfigure(errors="replace")
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # it advises on where it caches fonts
    try:
        _run()
    except OSError as error:
        # A full or locked disk can be met anywhere, in other packages too.
        if error.errno not in disk.FULL | disk.READ_ONLY:
            raise
        _refuse(_inaccessible(error))


def _run() -> None:
    try:
        app()
    except (KeyboardInterrupt, SystemExit) as end:
        if isinstance(end, SystemExit) and end.code != INTERRUPTED:
            raise
        for line in stopping.words(end):
            print(f"synact-bench: {line}", file=sys.stderr)
        raise SystemExit(INTERRUPTED) from None
    except FailedRowsError as error:
        for name, why in error.failed.items():
            print(f"synact-bench: row {name} is not measured: {why}", file=sys.stderr)
        raise SystemExit(2 if isinstance(error, NothingMeasuredError) else 1) from error
    except SynactError as error:
        _refuse(error)
    finally:
        _write_out()


def _write_out() -> None:
    """Write out what was printed while it can still be said that it cannot be.

    Raises:
        OSError: the disk is full or fails.
    """
    stream = sys.stdout
    if stream is None or stream.closed:
        return
    try:
        stream.flush()
    except OSError as error:
        with open(os.devnull, "wb") as nothing:  # noqa: PTH123  (what is left is not tried again)
            os.dup2(nothing.fileno(), stream.fileno())
        if error.errno != errno.EPIPE:  # whoever read it has seen enough
            raise OSError(error.errno, error.strerror, "standard output") from error


def _inaccessible(error: OSError) -> SynactError:
    """A disk that cannot be written, or a file that may not be read or written."""
    writing = error.errno in disk.FULL | {errno.EROFS}
    return SynactError(
        f"cannot be {'written' if writing else 'accessed'}: {error.strerror}",
        where=str(error.filename or "disk"),
        fix="make room or fix the permissions and run again: finished cells are kept",
    )


def _refuse(error: SynactError) -> NoReturn:
    print(f"synact-bench: {error}", file=sys.stderr)
    raise SystemExit(2) from error
