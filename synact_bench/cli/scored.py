"""What ``synact-bench run`` does once its options are read: measure, then show the board."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from synact_bench.cli import custom, dictionaries
from synact_bench.cli.measuring import measured_board
from synact_bench.core.errors import FailedRowsError, SynactError
from synact_bench.generators import COMPOSITIONS
from synact_bench.reports.printed import printed
from synact_bench.run.request import DEFAULT_PRESET, Request
from synact_bench.testbeds.spec import Setup


def request(wanted: Setup, **asked_for: Any) -> Request:
    """What is asked of a testbed; what is measured of it before, and found, is said.

    Raises:
        SynactError: as ``Request.resolve``.
    """
    return custom.opened(wanted, partial(Request.resolve, **asked_for))


def show(wanted: Setup, request_of: Callable[[Setup], Request]) -> None:
    """Measure what is missing of one testbed, and print its board.

    Raises:
        FailedRowsError: rows could not be measured; the board is of the others, if there are any.
        SynactError: it cannot be opened, or a cell not be measured.
    """
    asked = request_of(wanted)
    for line in asked.remarks():
        print(line)
    made, _, wrote, failed = measured_board(asked, note=_seed(asked))
    rows = [name for name in asked.rows if name not in failed]
    print(f"\n{printed(made, rows or None)}")
    print(f"\n{wrote}")
    if failed:
        raise FailedRowsError(failed)


def rank(wanted: Sequence[Setup], request_of: partial[Request]) -> None:
    """Measure the compositions, or the generators named, with each of several SAEs; rank the SAEs.

    Args:
        wanted: the testbeds that they make.
        request_of: ``request`` with what was asked for.

    Raises:
        SynactError: a seed is to be drawn, or as ``dictionaries.rank``.
    """
    given = request_of.keywords
    if given["official"]:
        raise SynactError(
            "each SAE would be given a seed of its own",
            where="--official and several --sae",
            fix="leave --official out",
        )
    preset, generators = given["preset"], given["generators"]
    dictionaries.rank(
        wanted,
        partial(
            request_of,
            preset=DEFAULT_PRESET if preset is None else preset,
            generators=generators or tuple(COMPOSITIONS),
        ),
    )


def _seed(request: Request) -> str:
    """Whether an official seed is new; nothing of other runs, whose folder names theirs."""
    if request.split != "official":
        return ""
    return f"official seed {'drawn' if request.new_seed else 'reused'}, "
