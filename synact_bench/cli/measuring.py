"""What several verbs do with what is measured: show its progress, and say where it is written."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path

import typer

from synact_bench.cli.progress import PrintedBar
from synact_bench.core.errors import FailedRowsError, SynactError
from synact_bench.evaluation.run import RunOutcome
from synact_bench.results.files import ReadOnlyError
from synact_bench.run.progress import Parts
from synact_bench.run.request import Request


class Printing:
    """Says on standard output what is measured."""

    def say(self, line: str) -> None:
        """Print it at once."""
        print(line, flush=True)

    def warn(self, line: str) -> None:
        """Print it."""
        self.say(line)

    def bar(self, parts: Parts) -> PrintedBar:
        """A bar where there is a terminal, lines elsewhere."""
        return PrintedBar(parts)


PRINTING = Printing()


def refuse_measuring(context: typer.Context, names: Collection[str]) -> None:
    """With ``--from`` nothing is measured: an option about it would be ignored.

    Args:
        context: what was given on the command line.
        names: parameters that say what is measured, or where and how.

    Raises:
        SynactError: one was given.
    """
    for parameter in context.command.params:
        if parameter.name not in names:
            continue
        source = context.get_parameter_source(parameter.name)
        if source is not None and source.name == "COMMANDLINE":
            raise SynactError(
                "says what to measure or where, and --from measures nothing",
                where=parameter.opts[0],
                fix="drop one of the two",
            )


def raise_failed(failed: Mapping[str, Mapping[str, SynactError]]) -> None:
    """Say which rows failed on which of several boards.

    Args:
        failed: why, by what the board is of, then by name of the row.

    Raises:
        FailedRowsError: one did.
    """
    told = {f"{row} on {name}": why for name, rows in failed.items() for row, why in rows.items()}
    if told:
        raise FailedRowsError(told)


def failed_rows(failed: Collection[str], request: Request) -> Iterator[str]:
    """How many rows failed, and how to measure them alone, a line each; nothing if none did."""
    if failed:
        rows = {*request.made, *failed}
        yield f"\nnot measured: {len(failed)} of {len(rows)} rows ({', '.join(failed)})"
        yield "once they are fixed the same command measures them alone; why, and once more:"
        yield f"  synact-bench status {shlex.quote(str(request.folder))}"


def where_page(request: Request, outcome: RunOutcome) -> str:
    """Lines that say where the pages of a run are, the one to open last, or why there are none.

    Where a single row was asked for, that is its own.
    """
    if outcome.unwritten is not None:
        return unwritten(outcome.unwritten)
    from synact_bench.reports import publish  # noqa: PLC0415  (loads matplotlib, as writing did)
    from synact_bench.site import single  # noqa: PLC0415

    folder = request.folder
    names = [name for name in request.rows if name not in outcome.failed]
    shown = [row.name for row in outcome.board.rows if row.name in names]
    own = single.of_row(folder, shown[0]) if len(names) == len(shown) == 1 else single.first(folder)
    return f"wrote {folder / publish.PAGE} and the page of this run:\n{own}"


def wrote(files: Sequence[Path], write: Callable[[], object], *, required: bool = False) -> str:
    """Write what is shown too, unless its folder may only be read.

    Args:
        files: to be named.
        write: writes them.
        required: whether that place was asked for, so that it is an error if it may not be written.

    Returns:
        A line that says where they are, or why they are not.

    Raises:
        ReadOnlyError: a folder that was asked for may not be written.
        RecordError: the disk is full or fails.
    """
    try:
        write()
    except ReadOnlyError as error:
        if required:
            raise
        return unwritten(error)
    return "wrote " + ", ".join(map(str, files))


def unwritten(error: ReadOnlyError) -> str:
    """A line that says why files are not written."""
    return f"not written: {error.where}: {error.what}"
