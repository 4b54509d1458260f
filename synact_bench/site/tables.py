"""The table of a suite: every row on every testbed, and who is ahead."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial

from synact_bench.core.precision import LABELS
from synact_bench.reports.board import TRACKS, Board, BoardRow
from synact_bench.reports.grid_page import verdict as agreement
from synact_bench.reports.rankings import group
from synact_bench.reports.verdicts import verdict
from synact_bench.site import behind as behinds
from synact_bench.site.behind import significantly_better
from synact_bench.site.model import (
    Leader,
    Link,
    ShownStanding,
    SuiteTable,
    TableRow,
    TestbedColumn,
)
from synact_bench.site.standings import column, kind, on_board, over_all
from synact_bench.site.suites import MeasuredSuite, slug
from synact_bench.site.terms import Terms

Named = Mapping[str, ShownStanding]
"""Standings by name of the row."""


def table(suite: MeasuredSuite) -> SuiteTable:
    """The table of a suite."""
    columns = {each.key: column(each) for each in suite.boards}
    overall: dict[str, ShownStanding] = {}
    if suite.grid is not None:
        overall = {row.name: over_all(row, suite.grid) for row in suite.grid.rows}
    standings = {
        each.key: {row.name: on_board(row, each.board) for row in each.board.rows}
        for each in suite.boards
    }
    rows = _rows(suite)
    order = sorted(rows, key=lambda name: _place(rows[name], overall.get(name)))
    return SuiteTable(
        key=suite.key,
        title=suite.title,
        summary=suite.summary,
        measured=measured(suite.terms),
        columns=tuple(columns.values()),
        rows=tuple(
            TableRow(
                page=generator_link(name),
                kind=kind(rows[name]),
                overall=overall.get(name) if suite.grid is not None else None,
                standings={key: own[name] for key, own in standings.items() if name in own},
                summary=rows[name].card.summary,
            )
            for name in order
        ),
        mean=suite.apart,
        agreement=agreement(suite.grid).replace("*", "") if suite.grid else "",
        leaders=tuple(_leaders(suite, columns, overall, standings)),
    )


def generator_link(name: str) -> Link:
    """The page of a generator or control."""
    return Link(name, f"generators/{slug(name)}.html")


def _rows(suite: MeasuredSuite) -> dict[str, BoardRow]:
    """Every row of a suite, as it stands on the first board that has it."""
    found: dict[str, BoardRow] = {}
    for each in suite.boards:
        for row in each.board.rows:
            found.setdefault(row.name, row)
    return found


def _place(row: BoardRow, overall: ShownStanding | None) -> tuple[int, float, float]:
    """By track, then as it stands overall, where there is a mean, or on the first board."""
    value, rank = row.realism.value, row.rank
    if overall is not None:
        value, rank = overall.score.value, overall.rank.place
    behind = float("inf") if value is None else -value
    return group(row.card.track, control=row.control), float(rank or "inf"), behind


def measured(terms: Terms) -> str:
    """How testbeds were measured, in a sentence."""
    return (
        f"Preset {terms.preset}: {terms.bases} bases, {terms.refined} of them at {terms.points} "
        f"points, {terms.split} seed {terms.seed}, {LABELS[terms.dtype]}, {terms.engine} engine."
    )


def _leaders(
    suite: MeasuredSuite,
    columns: Mapping[str, TestbedColumn],
    overall: Named,
    standings: Mapping[str, Named],
) -> Iterable[Leader]:
    """Who is ahead over all testbeds, then on each of them, by track."""
    kinds = {name: kind(row) for name, row in _rows(suite).items()}
    for track in TRACKS:
        own = {name: each for name, each in overall.items() if kinds[name] == track}
        yield from _leader(None, track, own, lambda name, _: behinds.over_all(name, suite))
        for each in suite.boards:
            there = {
                name: found for name, found in standings[each.key].items() if kinds[name] == track
            }
            why = partial(_why, board=each.board)
            yield from _leader(columns[each.key], track, there, why)


def _leader(
    where: TestbedColumn | None,
    track: str,
    own: Named,
    why: Callable[[str, Mapping[str, int]], str],
) -> Iterable[Leader]:
    """Who is ahead; nothing where no row is ranked."""
    places = {name: each.rank.place for name, each in own.items() if each.rank.place is not None}
    if not places:
        return
    order = sorted(places, key=lambda name: (places[name], -(own[name].score.value or 0), name))
    first = [name for name in order if places[name] == 1]
    behind = next((name for name in order if places[name] > 1), None)
    yield Leader(
        where=where,
        track=track,
        first=tuple(map(generator_link, first)),
        second=None if behind is None else generator_link(behind),
        why="" if behind is None else why(behind, places),
    )


def _why(name: str, places: Mapping[str, int], board: Board) -> str:
    """Why a row is not first: how many are significantly better, and what the board says of it."""
    row = next(each for each in board.rows if each.name == name)
    return f"{significantly_better(places[name])}; {verdict(row, board)}"
