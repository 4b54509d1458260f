"""Units of work: the cells of one row on one testbed, which one worker measures at a time.

Opening a testbed costs more than a cell, and fitting a generator serves all its cells.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from synact_bench.core.errors import SynactError
from synact_bench.results.summary import Summary
from synact_bench.run.plan import CellPlan


@dataclass(frozen=True, eq=False)
class Unit:
    """Cells of one row on one testbed.

    Attributes:
        row: its name.
        plans: all cells of the row that are wanted there, at least one.
    """

    row: str
    plans: tuple[CellPlan, ...]

    @cached_property
    def _stems(self) -> list[str]:
        return [each.identity.stem for each in self.plans]

    @cached_property
    def id(self) -> str:
        """``testbed/row/digest``: the digest is of what its cells are, wherever they are measured.

        A unit of another preset, seed, version or source of a plugin has another.
        """
        digest = hashlib.sha256("\n".join(sorted(self._stems)).encode()).hexdigest()[:12]
        return "/".join((self.plans[0].testbed.name, self.row, digest))

    @cached_property
    def points(self) -> int:
        """Of its cells, those interpolated among them."""
        return sum(each.points for each in self.plans)

    def absent(self, stored: Mapping[str, Summary]) -> list[CellPlan]:
        """Its cells that no stored record speaks of, or that were measured for fewer events.

        Told by what records say: that a table is whole is found when it is read.

        Args:
            stored: by stem.
        """
        found = zip(self.plans, map(stored.get, self._stems), strict=True)
        return [each for each, cell in found if cell is None or not _serves(cell, each)]


def units_of(plans: Iterable[CellPlan]) -> list[Unit]:
    """Units of the plans of one testbed, in the order of their rows."""
    rows: dict[str, list[CellPlan]] = {}
    for each in plans:
        rows.setdefault(each.entry.name, []).append(each)
    return [Unit(row, tuple(found)) for row, found in rows.items()]


def _serves(cell: Summary, plan: CellPlan) -> bool:
    """Whether its points were chosen for the events of a plan at least."""
    return not cell.events or {*plan.events} <= {*cell.events}


def chosen(units: Sequence[Unit], wanted: Collection[str]) -> list[Unit]:
    """The units of these ids, in their own order.

    Raises:
        SynactError: one is none of theirs.
    """
    named = {*wanted}
    strangers = named - {each.id for each in units}
    if strangers:
        raise SynactError(
            f"names {len(strangers)} units that this run has not",
            where="--units",
            fix="give the options that the plan was made with; after a change of a plugin or of "
            "this package leave --units out",
        )
    return [each for each in units if each.id in named]
