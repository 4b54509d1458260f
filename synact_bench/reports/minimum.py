"""Minimum: the realism that rows of a board must reach, as continuous integration asks for it."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from synact_bench.core.errors import SynactError
from synact_bench.reports import formatting
from synact_bench.reports.board import Board, BoardRow
from synact_bench.reports.scored_cells import WANTED
from synact_bench.scoring import CellName, Realism
from synact_bench.scoring.departure import displayed, realism_of

PARTS: Mapping[str, tuple[CellName, ...]] = MappingProxyType(
    {
        "overall": WANTED,
        **{
            name: tuple(cell for cell in WANTED if name == cell.experiment)
            for name in dict.fromkeys(cell.experiment for cell in WANTED)
        },
        **{
            name: tuple(cell for cell in WANTED if name == cell.path)
            for name in dict.fromkeys(cell.path for cell in WANTED)
        },
    }
)
"""What can be asked for: everything, an experiment or a path, each with the cells it is made of."""
DIGITS = 4
"""Decimals of a realism that is compared with a limit, and printed so."""


@dataclass(frozen=True)
class Limit:
    """The least realism that is accepted.

    Attributes:
        part: a name of ``PARTS``.
        least: realism as a board prints it, above -1 and at most 1.
    """

    part: str
    least: float

    @classmethod
    def parse(cls, text: str, *, option: str) -> Limit:
        """What ``PART=REALISM`` asks for.

        Args:
            text: as it was given.
            option: that it was given to, for a message.

        Raises:
            SynactError: it is not of that form, there is no such part, or its realism is none.
        """
        part, equals, number = text.partition("=")
        where = f"{option} {text}"
        if not equals:
            raise SynactError(
                "is not PART=REALISM", where=where, fix="give one such as plateau=0.3"
            )
        if part not in PARTS:
            known = ", ".join(PARTS)
            raise SynactError(
                f"there is no part {part!r} of a score", where=where, fix=f"known: {known}"
            )
        try:
            least = float(number)
        except ValueError:
            least = math.nan
        if not -1 < least <= 1:
            raise SynactError(
                f"{number!r} is not a realism",
                where=where,
                fix="give a number above -1 and at most 1: 1 is real, 0 is Gaussian",
            )
        return cls(part, least)


@dataclass(frozen=True, eq=False)
class Shortfall:
    """A row that does not reach a limit.

    Attributes:
        row: its name.
        limit: that it does not reach.
        realism: that it has instead, or why it has none.
    """

    row: str
    limit: Limit
    realism: Realism

    def __str__(self) -> str:
        value, least = _shown(self.realism), f"{self.limit.least:g}"
        if value is None or self.realism.estimate is None:
            reason = self.realism.reason
            return f"{self.row}: no realism of {self.limit.part} ({reason}), at least {least} asked"
        ends = self.realism.estimate.interval
        around = (
            "" if ends is None else formatting.between((displayed(ends[0]), displayed(ends[1])))
        )
        words = " ".join(filter(None, (f"{value:.{DIGITS}f}", around)))
        return f"{self.row}: realism of {self.limit.part} is {words}, below {least}"


def shortfalls(board: Board, limits: Iterable[Limit], rows: Collection[str]) -> list[Shortfall]:
    """The rows that do not reach their limits, row by row.

    The number that the board prints is compared, to four decimals, and not the lower end of its
    interval: equal code and documents give an equal number, so the outcome does not flicker.

    Args:
        board: of enough documents to score anything.
        limits: each applies to every row.
        rows: names; one that the board lacks has no realism.
    """
    by_name = {row.name: row for row in board.rows}
    found = []
    for name in rows:
        for limit in limits:
            realism = _realism(by_name.get(name), limit.part)
            value = _shown(realism)
            if value is None or value < limit.least:
                found.append(Shortfall(name, limit, realism))
    return found


def _realism(row: BoardRow | None, part: str) -> Realism:
    if row is None:
        return Realism(None, "not on the board")
    return realism_of({cell: each.rho for cell, each in row.score.cells.items()}, PARTS[part])


def _shown(realism: Realism) -> float | None:
    """The number as the board bounds it, to as many decimals as are compared."""
    return None if realism.value is None else round(displayed(realism.value), DIGITS)
