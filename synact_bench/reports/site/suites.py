"""Suites of boards: stored cells grouped by how they were measured, each group scored together."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from synact_bench.core.errors import RecordError
from synact_bench.reports.archive import part
from synact_bench.reports.board import Board, scored
from synact_bench.reports.comparable import Cells, arrange
from synact_bench.reports.grid import Grid, grid, together
from synact_bench.results.store import Cell
from synact_bench.scoring.resampling import REPLICATES

PLAIN = re.compile(r"[a-z0-9][a-z0-9.-]{0,60}")
"""Names that a file of the site can have as they are."""
ALONE = "a single testbed was measured like this"


class Terms(NamedTuple):
    """How much was measured, and on which prompts: testbeds that share them are averaged."""

    preset: str
    bases: int
    refined: int
    points: int
    seed: int
    split: str
    dtype: str
    engine: str

    @classmethod
    def of(cls, cell: Cell) -> Terms:
        """Those of a cell; of its engine the name, since older versions are archived."""
        identity = cell.record.identity
        return cls(
            preset=identity.preset,
            bases=identity.bases,
            refined=identity.refined,
            points=identity.points,
            seed=identity.seed,
            split=cell.record.split,
            dtype=identity.dtype,
            engine=identity.engine.partition("@")[0],
        )


@dataclass(frozen=True, eq=False)
class MeasuredBoard:
    """A board with its cells.

    Attributes:
        key: of the testbed among those of the site: it names files.
        title: of the testbed, told from those of other suites.
        board: its rows, scored.
        cells: that it was built from, arranged.
    """

    key: str
    title: str
    board: Board
    cells: Cells


@dataclass(frozen=True, eq=False)
class MeasuredSuite:
    """Boards that were measured alike.

    Attributes:
        terms: that they share.
        boards: one a testbed.
        grid: their means; None without.
        apart: why there are none; empty where there are.
    """

    terms: Terms
    boards: tuple[MeasuredBoard, ...]
    grid: Grid | None
    apart: str


def measured(cells: Iterable[Cell], *, replicates: int = REPLICATES) -> tuple[MeasuredSuite, ...]:
    """Score stored cells, suite by suite: that of most testbeds first, then of most bases.

    Raises:
        RecordError: cells of one testbed cannot stand on one board, or there is none.
    """
    groups: dict[Terms, dict[str, list[Cell]]] = {}
    for cell in cells:
        testbed = cell.record.identity.testbed.partition("@")[0]
        groups.setdefault(Terms.of(cell), {}).setdefault(testbed, []).append(cell)
    if not groups:
        raise RecordError("there is no cell", where="the site", fix="run the benchmark first")
    order = sorted(groups, key=lambda each: (-len(groups[each]), -each.bases, each))
    names = [name for own in groups.values() for name in own]
    taken: set[str] = set()
    found = []
    for terms in order:
        boards = []
        own = groups[terms]
        for made, given in zip(together(own, replicates=replicates), own.values(), strict=True):
            name = made.setting.name
            title = name if names.count(name) == 1 else f"{name} ({terms.bases} bases)"
            arranged = scored(arrange(part(given)[0]))
            boards.append(MeasuredBoard(_key(title, taken), title, made, arranged))
        found.append(_suite(terms, tuple(boards)))
    return tuple(found)


def slug(name: str) -> str:
    """A name as that of a file: as it is where it can be, else what can be kept, and a digest."""
    if PLAIN.fullmatch(name):
        return name
    kept = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:40]
    return "-".join(filter(None, (kept, hashlib.sha256(name.encode()).hexdigest()[:8])))


def _key(title: str, taken: set[str]) -> str:
    """A name of files that no other testbed of the site has."""
    key = wanted = slug(title.replace(" (", "-").replace(" bases)", ""))
    number = 2
    while key in taken:
        key, number = f"{wanted}-{number}", number + 1
    taken.add(key)
    return key


def _suite(terms: Terms, boards: Sequence[MeasuredBoard]) -> MeasuredSuite:
    """The boards with their means; where they cannot be averaged, with the reason."""
    if len(boards) == 1:
        return MeasuredSuite(terms, tuple(boards), None, ALONE)
    try:
        return MeasuredSuite(terms, tuple(boards), grid([each.board for each in boards]), "")
    except RecordError as error:
        return MeasuredSuite(terms, tuple(boards), None, f"{error.where}: {error.what}")
