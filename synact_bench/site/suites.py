"""Suites of boards: stored cells grouped by how they were measured, each group scored together."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from synact_bench.core.errors import RecordError
from synact_bench.core.untrusted.places import DEVICES
from synact_bench.reports.archive import Archived, part
from synact_bench.reports.board import Board, scored
from synact_bench.reports.boards import Boards
from synact_bench.reports.comparable import arrange
from synact_bench.reports.declared import suite_of
from synact_bench.reports.grid import Grid, grid
from synact_bench.results.board_cache import BoardCache
from synact_bench.results.packed_testbeds import PackedTestbeds
from synact_bench.results.store import Cell
from synact_bench.scoring.resampling import REPLICATES
from synact_bench.site.cell_facts import BoardFacts
from synact_bench.site.groups import Groups, grouped, grouped_packs
from synact_bench.site.terms import Terms, in_words, telling
from synact_bench.testbeds.suites import Suite

PLAIN = re.compile(r"[a-z0-9][a-z0-9.-]{0,60}")
"""Names that a file of the site can have as they are, unless they are like the next."""
LIKE_A_DIGEST = re.compile(r"(.*-)?[0-9a-f]{8}")
"""How names end that are made of others: no name is taken for one."""
ALONE = "a single testbed was measured like this"


@dataclass(frozen=True, eq=False)
class MeasuredBoard:
    """A board with what its cells say.

    Attributes:
        key: of the testbed among those of the site: it names files.
        title: of the testbed, told from those of other suites.
        board: its rows, scored.
        facts: of the cells that it was built from.
    """

    key: str
    title: str
    board: Board
    facts: BoardFacts


@dataclass(frozen=True, eq=False)
class MeasuredSuite:
    """Boards that were measured alike.

    Attributes:
        key: of the site's own, unique.
        title: in a few words, unique.
        summary: what a built-in suite is declared to be; empty for any other testbeds.
        terms: that they share.
        boards: one a testbed.
        grid: their means; None without.
        apart: why there are none; empty where there are.
    """

    key: str
    title: str
    summary: str
    terms: Terms
    boards: tuple[MeasuredBoard, ...]
    grid: Grid | None
    apart: str


class ArchivedHere(NamedTuple):
    """A row that is no longer scored, and the board that it would stand on; None without one."""

    row: Archived
    board: MeasuredBoard | None


class MeasuredSuites(NamedTuple):
    """All that stored cells give."""

    suites: tuple[MeasuredSuite, ...]
    archive: tuple[ArchivedHere, ...]


def measured(cells: Iterable[Cell], *, replicates: int = REPLICATES) -> MeasuredSuites:
    """Score stored cells, suite by suite: that of most testbeds first, then of most bases.

    The order of the cells decides nothing: testbeds stand by name.

    Raises:
        RecordError: cells of one testbed cannot stand on one board, or there is none to score.
    """
    groups, archive = grouped(cells)
    return _measured(groups, archive, replicates, None)


def measured_packs(
    packs: PackedTestbeds, *, replicates: int = REPLICATES, cache: BoardCache | None = None
) -> MeasuredSuites:
    """The same of packs, of which one testbed's cells at a time are held.

    Args:
        packs: of any testbeds.
        replicates: of the bootstrap.
        cache: of what was made of packs before.

    Raises:
        RecordError: as ``measured``.
    """
    groups, archive = grouped_packs(packs, cache)
    return _measured(groups, archive, replicates, cache)


def _measured(
    groups: Groups, archive: Iterable[Archived], replicates: int, cache: BoardCache | None
) -> MeasuredSuites:
    of_testbed: dict[str, list[Terms]] = {}
    for terms, own in groups.items():
        for name in own:
            of_testbed.setdefault(name, []).append(terms)
    taken: set[str] = set()
    found: list[tuple[Terms, tuple[MeasuredBoard, ...]]] = []
    for terms in sorted(groups, key=lambda each: (-len(groups[each]), -each.bases, each)):
        boards = []
        together = Boards(groups[terms], replicates, cache)
        together.build_missing()
        for name in groups[terms]:
            board = together.board(name)
            facts = together.once("site", name, partial(_facts, together, name, board))
            fields = telling(of_testbed[name])
            key = _key("-".join((name, *(str(getattr(terms, each)) for each in fields))), taken)
            title = f"{name} ({in_words(terms, fields)})" if fields else name
            boards.append(MeasuredBoard(key, title, board, facts))
        found.append((terms, tuple(boards)))
    suites = tuple(_suites(found))
    here = [
        ArchivedHere(row, made)
        for suite in suites
        for made in suite.boards
        for row in made.board.archive
    ]
    return MeasuredSuites(suites, (*here, *(ArchivedHere(row, None) for row in archive)))


def of_board(board: Board, cells: Sequence[Cell]) -> MeasuredSuites:
    """A board that is scored already, as the only one there is.

    Args:
        board: built from the cells.
        cells: measured on the same terms.
    """
    name, facts = board.setting.name, _facts_of(board, cells)
    made = MeasuredBoard(_key(name, set()), name, board, facts)
    suites = tuple(_suites([(Terms.of(cells[0].record), (made,))]))
    return MeasuredSuites(suites, tuple(ArchivedHere(row, made) for row in board.archive))


def _facts(boards: Boards, testbed: str, board: Board) -> BoardFacts:
    return _facts_of(board, boards.cells[testbed])


def _facts_of(board: Board, cells: Iterable[Cell]) -> BoardFacts:
    return BoardFacts.of(board, scored(arrange(part(cells)[0])))


def data_place(key: str, name: str) -> str:
    """Where the curves of a row lie, on the testbed of a key."""
    return f"data/rows/{key}/{slug(name)}.js"


def slug(name: str) -> str:
    """A name as that of a file: as it is where it can be, else what can be kept, and a digest."""
    refused = name.endswith(".") or LIKE_A_DIGEST.fullmatch(name) or DEVICES.fullmatch(name)
    if PLAIN.fullmatch(name) and not refused:
        return name
    kept = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:40]
    return "-".join(filter(None, (kept, hashlib.sha256(name.encode()).hexdigest()[:8])))


def _key(name: str, taken: set[str]) -> str:
    """A name of files that no other testbed of the site has."""
    key = wanted = slug(name)
    number = 2
    while key in taken:
        key, number = slug(f"{wanted}-{number}"), number + 1
    taken.add(key)
    return key


def _suites(
    found: Sequence[tuple[Terms, tuple[MeasuredBoard, ...]]],
) -> Iterable[MeasuredSuite]:
    """The boards with their means; where they cannot be averaged, with the reason."""
    titles = [_title(*each) for each in found]
    for number, (terms, boards) in enumerate(found, start=1):
        title = titles[number - 1]
        alike = [other for (other, _), same in zip(found, titles, strict=True) if same == title]
        title = ", ".join(filter(None, (title, in_words(terms, telling(alike)))))
        means, reason = None, ALONE
        if len(boards) > 1:
            means, reason = _means(boards)
        suite = _declared(boards)
        summary = "" if suite is None else suite.summary
        yield MeasuredSuite(f"suite-{number}", title, summary, terms, boards, means, reason)


def _title(terms: Terms, boards: Sequence[MeasuredBoard]) -> str:
    """What a suite is called, if no other is called the same."""
    suite = _declared(boards)
    several = f"suite {suite.name}" if suite else f"{len(boards)} testbeds measured alike"
    several = several if len(boards) > 1 else boards[0].title
    return f"{several}, preset {terms.preset}"


def _declared(boards: Sequence[MeasuredBoard]) -> Suite | None:
    return suite_of([made.board.setting for made in boards])


def _means(boards: Sequence[MeasuredBoard]) -> tuple[Grid | None, str]:
    try:
        return grid([each.board for each in boards]), ""
    except RecordError as error:
        return None, f"{error.where}: {error.what}"
