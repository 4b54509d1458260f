"""Conventional measures of a submission: possible, and those that its own paths give."""

from __future__ import annotations

import math

from synact_bench.core.conventional import CONVENTIONAL, MEASURES, PLACE
from synact_bench.results.record import Conventional, Reported
from synact_bench.results.store import Cell
from synact_bench.submissions.refusal import SubmissionError, shown
from synact_bench.testbeds import spec

SHARED = ("frechet_floor", "frechet_n", "ce_clean", "ce_ablated", "known")
"""Fields that do not depend on the row."""
CLOSE = 0.01
"""Relative difference that another machine's arithmetic, or the rounding of a pack, may make."""
SMALL = 1e-4
"""Absolute difference likewise, in nats or shares."""


def check(cell: Cell, field: str) -> None:
    """What one cell says of conventional measures, if anything.

    Of another definition than this version's nothing is known, and no board shows it.

    Args:
        cell: as it was read.
        field: of its record.

    Raises:
        SubmissionError: a number is impossible, or not what the others give; the message names it.
    """
    found, field = cell.record.conventional, f"{field}.conventional"
    if found is None:
        return
    if cell.name != PLACE:
        raise SubmissionError(f"is not null: only {'/'.join(PLACE)} has it", field=field)
    if found.definition != CONVENTIONAL:
        return
    for name in MEASURES:
        _check_ends(getattr(found, name), f"{field}.{name}")
    bases = cell.record.identity.bases
    for name in ("frechet_n", "known"):
        if getattr(found, name) > bases:
            raise SubmissionError(
                f"is {getattr(found, name)}, more than {bases} bases", field=f"{field}.{name}"
            )
    for name in ("frechet", "kl"):
        own: Reported | None = getattr(found, name)
        if own is not None and own.value < 0:
            raise SubmissionError(f"is {own.value:g}, below 0", field=f"{field}.{name}.value")
    _check_recovered(found, field)
    if _written_last(cell):
        kl = float(cell.table.curves.kl[:, -1].sum(dtype="float64")) / bases
        _close(found.kl.value, kl, f"{field}.kl.value", "its paths give")


def check_shared(found: Conventional | None, published: Conventional | None, field: str) -> None:
    """That what does not depend on the row is what a published row of the same cell has.

    Raises:
        SubmissionError: a number differs, or is missing on one side alone.
    """
    if found is None or published is None or found.definition != published.definition:
        return
    for name in SHARED:
        _close(
            getattr(found, name),
            getattr(published, name),
            f"{field}.conventional.{name}",
            "the published reference has",
        )


def _check_recovered(found: Conventional, field: str) -> None:
    """That the losses, and what they come to, are known together and agree."""
    lacking = [name for name in ("delta_loss", "ce_clean", "ce_ablated") if not _known(found, name)]
    if len(lacking) not in {0, 3} or (found.known == 0) != bool(lacking):
        raise SubmissionError(
            f"lacks {shown(lacking)} and knows {found.known} next tokens", field=field
        )
    expected = None
    if found.delta_loss and found.ce_clean is not None and found.ce_ablated is not None:
        whole = found.ce_ablated - found.ce_clean
        expected = 1 - found.delta_loss.value / whole if whole > 0 else None
    value = None if found.ce_recovered is None else found.ce_recovered.value
    _close(value, expected, f"{field}.ce_recovered", "its losses give")


def _known(found: Conventional, name: str) -> bool:
    return getattr(found, name) is not None


def _written_last(cell: Cell) -> bool:
    """Whether the answer is read where it is written, so that the curves end in the same KL."""
    testbed = spec.catalog().get(cell.record.identity.testbed.partition("@")[0])
    return testbed is not None and testbed.write_position == "last"


def _check_ends(found: Reported | None, field: str) -> None:
    if found is None:
        return
    if (found.low is None) != (found.high is None):
        raise SubmissionError("has one end of its interval alone", field=field)
    if found.low is not None and found.high is not None and not found.low <= found.high:
        raise SubmissionError(f"runs from {found.low:g} to {found.high:g}", field=field)


def _close(value: float | None, known: float | None, field: str, whose: str) -> None:
    same = value is known
    if value is not None and known is not None:
        same = math.isclose(value, known, rel_tol=CLOSE, abs_tol=SMALL)
    if not same:
        raise SubmissionError(f"is {shown(value)}, {whose} {shown(known)}", field=field)
