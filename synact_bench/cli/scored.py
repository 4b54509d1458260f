"""What ``synact-bench run`` does once its options are read: measure, then show the board."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from synact_bench.cli import across, custom, dictionaries
from synact_bench.cli.measuring import PRINTING, failed_rows, where_page
from synact_bench.core.errors import FailedRowsError, SynactError
from synact_bench.core.experiments import DEFAULT_PRESET
from synact_bench.evaluation.run import run
from synact_bench.generators import COMPOSITIONS
from synact_bench.reports.board import Board
from synact_bench.reports.printed import printed
from synact_bench.run.options import RunOptions
from synact_bench.run.request import Request


def show(options: RunOptions) -> None:
    """Measure what is missing of one testbed, and print its board.

    Raises:
        FailedRowsError: rows could not be measured; the board is of the others, if there are any.
        SynactError: it cannot be opened, or a cell not be measured.
    """
    request = custom.opened(options)
    for line in request.remarks():
        print(line)

    def shown(board: Board, failed: Collection[str]) -> None:
        rows = [name for name in request.rows if name not in failed]
        print(f"\n{printed(board, rows or None)}\n", flush=True)
        print("drawing figures and pages", flush=True)

    outcome = run(request, PRINTING, note=_seed(request), show=shown)
    print(where_page(request, outcome))
    for line in failed_rows(outcome.failed, request):
        print(line)
    if outcome.failed:
        raise FailedRowsError(outcome.failed)


def rank(options: Sequence[RunOptions]) -> None:
    """Measure the compositions, or the generators named, with each of several SAEs; rank the SAEs.

    Args:
        options: what is asked for, with one SAE each.

    Raises:
        SynactError: a seed is to be drawn, or as ``dictionaries.rank``.
    """
    refuse_own_seeds(options[0])
    dictionaries.rank([of_compositions(each) for each in options])


def refuse_own_seeds(options: RunOptions) -> None:
    """Refuse to draw a seed for each of several SAEs.

    Raises:
        SynactError: that is asked for.
    """
    if options.official:
        raise SynactError(
            "each SAE would be given a seed of its own",
            where="--official and several --sae",
            fix="drop --official",
        )


def of_compositions(options: RunOptions) -> RunOptions:
    """What is asked for where SAEs are ranked: the compositions, if no generator is named."""
    return replace(
        options,
        preset=options.preset or DEFAULT_PRESET,
        generators=options.generators or tuple(COMPOSITIONS),
    )


def average(options: RunOptions, suite: str) -> None:
    """Measure what is missing on each testbed of a suite, and print the means.

    Args:
        options: what is asked for, without a testbed.
        suite: name or ``.toml`` file.

    Raises:
        SynactError: there is no such suite, or as ``across.score``.
    """
    across.score(across.of_suite(options, suite), out=None)


def _seed(request: Request) -> str:
    """Whether an official seed is new; nothing of other runs, whose folder names theirs."""
    if request.split != "official":
        return ""
    return f"official seed {'drawn' if request.new_seed else 'reused'}, "
