"""What ``synact-bench run --track reconstruction`` does: measure, then show the track's board."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from synact_bench.cli import custom
from synact_bench.cli.measuring import PRINTING, raise_failed, unwritten
from synact_bench.core.errors import SynactError
from synact_bench.core.experiments import RECONSTRUCTIONS
from synact_bench.evaluation.reconstructions import run
from synact_bench.reports.reconstructions_page import PAGE, printed
from synact_bench.results.files import ReadOnlyError
from synact_bench.run.opening import open_request
from synact_bench.run.options import RunOptions


def refuse_controls(options: RunOptions) -> None:
    """Refuse what says nothing of this track.

    Raises:
        SynactError: it is asked for.
    """
    if options.diagnostic:
        raise SynactError(
            "measures controls of realism, which reconstructions have none of",
            where="--diagnostic beside --track reconstruction",
            fix="drop one of the two",
        )


def show(options: Sequence[RunOptions]) -> None:
    """Measure what is missing with each of some dictionaries, and print a board for each.

    Args:
        options: what is asked for, with one SAE each, or none for the testbed's own.

    Raises:
        FailedRowsError: rows could not be measured; the boards are of the others.
        SynactError: an option says nothing of this track, or as ``open_request`` and ``run``.
    """
    refuse_controls(options[0])
    opening = partial(open_request, experiments=RECONSTRUCTIONS, scaled=False)
    failed: dict[str, dict[str, SynactError]] = {}
    for each in options:
        request = custom.opened(each, open_as=opening)
        for line in request.remarks():
            print(line)
        outcome = run(request, PRINTING)
        name = custom.shown(request.testbed)
        print(f"\n{name}\n\n{printed(outcome.board)}")
        print(f"\n{_where(request.folder, outcome.unwritten)}", flush=True)
        failed[name] = dict(outcome.failed)
    raise_failed(failed)


def _where(folder: Path, refused: ReadOnlyError | None) -> str:
    """Lines that say where the board is, its page last, or why there is none."""
    if refused is not None:
        return unwritten(refused)
    from synact_bench.site import single  # noqa: PLC0415  (loaded as it was written)

    return f"wrote {folder / PAGE} and the page of this run:\n{single.first(folder)}"
