"""Standings: realism and rank of a row, as the site shows them."""

from __future__ import annotations

from collections.abc import Mapping

from synact_bench.reports.board import PARTS, Board, BoardRow
from synact_bench.reports.confidence import TOO_FEW
from synact_bench.reports.declared import declared
from synact_bench.reports.flags import flag_words
from synact_bench.reports.grid import Grid, GridRow
from synact_bench.scoring import Realism
from synact_bench.scoring.departure import displayed
from synact_bench.site.model import Link, Rank, ShownScore, ShownStanding, TestbedColumn
from synact_bench.site.pages import Part
from synact_bench.site.suites import MeasuredBoard

UNRANKED = "no other row of its track to rank"


def score(realism: Realism) -> ShownScore:
    """A realism as displayed, or why there is none."""
    if realism.estimate is None:
        return ShownScore(None, reason=realism.reason or "")
    ends = realism.estimate.interval
    low, high = (None, None) if ends is None else map(displayed, ends)
    return ShownScore(displayed(realism.estimate.value), low, high)


def on_board(row: BoardRow, board: Board) -> ShownStanding:
    """A row on a board; of too few documents there is neither number nor flag to read."""
    if not board.replicates:
        return ShownStanding(ShownScore(None, reason=TOO_FEW), Rank(None, reason=TOO_FEW))
    ranking = board.tracks.get(row.card.track) if row.card.track else None
    ranks: Mapping[str, int] = ranking.overall.ranks if ranking else {}
    reason = "a control" if row.control else UNRANKED
    if row.flags and not row.control:
        reason = f"flagged: {', '.join(row.flags)}"
    rank = _rank(row.name, row.rank, ranks, row.realism.reason or reason)
    return ShownStanding(score(row.realism), rank, tuple(flag_words(row)))


def over_all(row: GridRow, grid: Grid) -> ShownStanding:
    """A row over all testbeds of a grid."""
    ranks = {
        each.name: each.overall.rank
        for each in grid.rows
        if each.track == row.track and each.overall.rank is not None
    }
    found = row.overall
    reason = found.reason or ""
    shown = score(Realism(found.realism) if found.realism else Realism(None, reason or UNRANKED))
    return ShownStanding(shown, _rank(row.name, found.rank, ranks, reason), found.flags)


def parts(row: BoardRow, board: Board) -> tuple[Part, ...]:
    """The groups of cells that are scored apart; none of too few documents."""
    if not board.replicates:
        return ()
    return tuple(
        Part(name, score(row.score.parts[name]), row.part_ranks.get(name))
        for name in PARTS
        if name in row.score.parts
    )


def column(made: MeasuredBoard) -> TestbedColumn:
    """A testbed as a column; what its declaration says, where it is built in."""
    found = declared(made.board.setting)
    layer, depth = None, None
    if found is not None:
        layer, depth = found.write_layer, found.write_layer / (found.read_layer + 1)
    return TestbedColumn(made.key, Link(made.title, f"testbeds/{made.key}.html"), layer, depth)


def kind(row: BoardRow | GridRow) -> str:
    """The track of a row, or that it is a control."""
    track = row.card.track if isinstance(row, BoardRow) else row.track
    return "control" if row.control or track is None else track


def _rank(name: str, place: int | None, ranks: Mapping[str, int], reason: str) -> Rank:
    if place is None:
        return Rank(None, of=len(ranks), reason=reason)
    tied = tuple(each for each, other in ranks.items() if other == place and each != name)
    return Rank(place, of=len(ranks), tied=tied)
