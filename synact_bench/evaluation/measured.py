"""What every run does around its board: measure what can be, and write where that is allowed."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from copy import copy

from synact_bench.core.errors import FailedRowsError, NothingMeasuredError, SynactError
from synact_bench.results.files import ReadOnlyError
from synact_bench.run.measuring import Watch, measure
from synact_bench.run.request import Request


def failures(
    request: Request, watch: Watch, *, note: str = "", reported: bool = False
) -> Mapping[str, SynactError]:
    """Measure and store what is missing of a request, row by row.

    Args:
        request: what is wanted.
        watch: told what is measured.
        note: said before how many cells there are.
        reported: whether stored cells are given the conventional measures that they lack.

    Returns:
        Why rows could not be measured, by name; the cells of all others are stored.

    Raises:
        NothingMeasuredError: no row is left of those asked for.
        SynactError: as ``measure``.
    """
    failed: Mapping[str, SynactError] = {}
    try:
        measure(request.plans, request, watch, note=note, reported=reported)
    except FailedRowsError as error:
        if request.made <= error.failed.keys():
            raise NothingMeasuredError(error.failed) from error
        # Copies, without the tracebacks, which would keep the model that was run.
        failed = {name: copy(why) for name, why in error.failed.items()}
    watch.say("scoring")
    gc.collect()  # a model that was run is part of a cycle, and stays until it is looked for
    return failed


def refusal(write: Callable[[], object]) -> ReadOnlyError | None:
    """Write a board; why it is not written where its folder may only be read.

    Raises:
        RecordError: the disk is full or fails.
    """
    try:
        write()
    except ReadOnlyError as error:
        return error
    return None
