"""The grid: the same rows on several testbeds, their means, and whether the orders agree."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, combinations

from synact_bench.core.tracks import Track
from synact_bench.reports.board import TRACKS, Board, BoardRow
from synact_bench.reports.comparable import BoardSetting
from synact_bench.reports.grid_terms import refuse_different, refuse_incomparable
from synact_bench.reports.json_export import to_json
from synact_bench.reports.rankings import group
from synact_bench.results.record import GeneratorIdentity
from synact_bench.scoring import Estimate
from synact_bench.scoring.estimate import mean
from synact_bench.scoring.ranking import rank
from synact_bench.scoring.reliability import Agreement, Decided, agreement, decided


@dataclass(frozen=True)
class Column:
    """A testbed of the grid.

    Attributes:
        setting: how its cells were measured.
        documents: that its bases come from.
        replicates: of its bootstrap; 0 where there are too few documents.
    """

    setting: BoardSetting
    documents: int
    replicates: int

    @property
    def name(self) -> str:
        """Of the testbed, without its version."""
        return self.setting.name


@dataclass(frozen=True, eq=False)
class Standing:
    """A row on one testbed.

    Attributes:
        realism: overall realism@2, 1 - rho, not bounded for display; None where there is none.
        rank: 1 + the number of rows of the grid and of its track that are significantly better.
        flags: rules of copying and collapse that it breaks there.
        reason: why there is no rank; None for one that has it.
    """

    realism: Estimate | None
    rank: int | None
    flags: tuple[str, ...] = ()
    reason: str | None = None


@dataclass(frozen=True, eq=False)
class GridRow:
    """A generator or control on every testbed.

    Attributes:
        identity: name, version, parameters and source: the same on every testbed.
        track: of the generator; None for a row that no generator makes.
        control: whether its place is known beforehand: it has no rank.
        standings: by the name of the testbed, of all of them.
        overall: over all testbeds: the mean of its realism there, with replicates over the
            documents of all, and its rank by that mean. A row that lacks one has neither.
    """

    identity: GeneratorIdentity
    track: Track | None
    control: bool
    standings: Mapping[str, Standing]
    overall: Standing

    @property
    def name(self) -> str:
        """Name of the row."""
        return self.identity.name

    @property
    def group(self) -> int:
        """Where it stands: with its track, or after all tracks with the controls."""
        return group(self.track, control=self.control)

    @property
    def known(self) -> bool:
        """Whether it has an overall realism on any testbed."""
        return any(each.realism is not None for each in self.standings.values())


@dataclass(frozen=True)
class Orders:
    """How far two testbeds order the ranked rows of one track alike.

    Attributes:
        first, second: names of the testbeds.
        track: of the rows.
        agreement: over the rows that both rank.
    """

    first: str
    second: str
    track: Track
    agreement: Agreement


@dataclass(frozen=True)
class Everywhere:
    """What all testbeds say of pairs of rows.

    Attributes:
        pairs: pairs of rows of one track that every testbed ranks.
        decided: of them, those of which one row is significantly better on every testbed.
        alike: of these, those of which it is the same row everywhere.
        reversed: pairs decided one way on one testbed and the other way on another, of all pairs
            that two testbeds rank.
    """

    pairs: int
    decided: int
    alike: int
    reversed: int


@dataclass(frozen=True, eq=False)
class Grid:
    """The same rows on several testbeds.

    Attributes:
        columns: the testbeds, in the order in which they were given.
        rows: by track, then in the order of the first testbed; controls after all tracks.
        orders: of every pair of testbeds, by track; none of a track that neither ranks.
        everywhere: what they come to.
    """

    columns: tuple[Column, ...]
    rows: tuple[GridRow, ...]
    orders: tuple[Orders, ...]
    everywhere: Everywhere

    @property
    def mark(self) -> str:
        """Eight digits that tell it from a grid of other testbeds, rows or settings."""
        chosen = [[each.setting for each in self.columns], [row.identity for row in self.rows]]
        return hashlib.sha256(to_json(chosen).encode()).hexdigest()[:8]

    def to_json(self) -> str:
        """Canonical JSON: sorted keys, floats to 6 significant digits, equal bytes when equal."""
        return to_json(self)


def grid(boards: Sequence[Board], *, rows: Iterable[str] | None = None) -> Grid:
    """Put boards of different testbeds beside each other.

    Means over testbeds have intervals if the boards' replicates stand for the same documents, as
    those that ``boards.together`` builds.

    Args:
        boards: one a testbed.
        rows: names of the generators to show; controls are always shown. None is every row that
            stands on any of the boards.

    Raises:
        RecordError: there are fewer than two boards, two are of one testbed, or were measured
            differently; or a row is another generator on another testbed.
    """
    refuse_incomparable(boards)
    wanted = None if rows is None else set(rows)
    found = {
        board.setting.name: {
            row.name: row
            for row in board.rows
            if wanted is None or row.control or row.name in wanted
        }
        for board in boards
    }
    refuse_different(found)
    ranked = {name: _ranked(own.values()) for name, own in found.items()}
    better = {
        name: {track: decided(values) for track, values in own.items()}
        for name, own in ranked.items()
    }
    orders = tuple(
        Orders(
            first,
            second,
            track,
            agreement(
                ranked[first][track],
                ranked[second][track],
                known=(better[first][track], better[second][track]),
            ),
        )
        for first, second in combinations(found, 2)
        for track in TRACKS
        if ranked[first][track] or ranked[second][track]
    )
    return Grid(
        columns=tuple(Column(each.setting, each.documents, each.replicates) for each in boards),
        rows=_rows(found, ranked, {each.setting.name: bool(each.replicates) for each in boards}),
        orders=orders,
        everywhere=_everywhere(list(ranked.values()), list(better.values()), orders),
    )


Ranked = Mapping[Track, Mapping[str, Estimate]]
"""By track, overall realism@2 of the rows that a testbed ranks: 1 - rho, in the order of rho."""


def _ranked(rows: Iterable[BoardRow]) -> Ranked:
    found: dict[Track, dict[str, Estimate]] = {track: {} for track in TRACKS}
    for row in rows:
        estimate = row.realism.estimate
        if row.rank is not None and row.card.track is not None and estimate is not None:
            found[row.card.track][row.name] = estimate
    return found


def _rows(
    found: Mapping[str, Mapping[str, BoardRow]],
    ranked: Mapping[str, Ranked],
    enough: Mapping[str, bool],
) -> tuple[GridRow, ...]:
    ranks = {
        name: dict(chain(*(rank(each).ranks.items() for each in own.values() if len(each) > 1)))
        for name, own in ranked.items()
    }
    first = {name: row for own in list(found.values())[::-1] for name, row in own.items()}
    names = dict.fromkeys(name for own in found.values() for name in own)
    standings = {
        name: {
            each: _standing(own.get(name), ranks[each].get(name), enough=enough[each])
            for each, own in found.items()
        }
        for name in names
    }
    means = {name: _mean(own.values()) for name, own in standings.items()}
    overall: dict[str, int] = {}
    for track in TRACKS:
        rivals = {
            name: each.realism
            for name, each in means.items()
            if each.realism is not None and each.reason is None
            if first[name].card.track == track and not first[name].control
        }
        overall |= rank(rivals).ranks if len(rivals) > 1 else {}
    rows = [
        GridRow(
            first[name].identity,
            first[name].card.track,
            first[name].control,
            standings[name],
            _ranked_mean(means[name], overall.get(name), control=first[name].control),
        )
        for name in names
    ]
    # A control that is part of one experiment alone has no overall realism on any testbed.
    shown = [row for row in rows if row.known or not row.control]
    return tuple(sorted(shown, key=lambda row: row.group))


def _standing(row: BoardRow | None, place: int | None, *, enough: bool) -> Standing:
    """Where too few documents were measured there is neither number nor flag to read."""
    if row is None:
        return Standing(None, None, reason="not measured")
    realism = row.realism
    if not enough:
        return Standing(None, None, reason=realism.reason or "too few documents")
    reason = None
    if place is None:
        unranked = "a control" if row.control else "no other row of its track to rank"
        flagged = f"flagged: {', '.join(row.flags)}" if row.flags else None
        reason = realism.reason or flagged or unranked
    return Standing(realism.estimate, place, row.flags, reason)


def _mean(standings: Collection[Standing]) -> Standing:
    """What a row's standings on all testbeds come to, without a rank."""
    flags = tuple(sorted({flag for each in standings for flag in each.flags}))
    known = [each.realism for each in standings if each.realism is not None]
    if len(known) < len(standings):
        lacking = f"measured on {len(known)} of {len(standings)} testbeds"
        return Standing(None, None, flags, lacking)
    return Standing(mean(known), None, flags, f"flagged: {', '.join(flags)}" if flags else None)


def _ranked_mean(standing: Standing, place: int | None, *, control: bool) -> Standing:
    alone = "a control" if control else "no other row of its track to rank"
    reason = standing.reason or (alone if place is None else None)
    return replace(standing, rank=place, reason=reason)


def _everywhere(
    ranked: Sequence[Ranked],
    decisions: Sequence[Mapping[Track, Decided]],
    orders: Iterable[Orders],
) -> Everywhere:
    pairs = both = alike = 0
    for track in TRACKS:
        common = set.intersection(*(set(each[track]) for each in ranked))
        better = [each[track] for each in decisions]
        for pair in map(frozenset, combinations(sorted(common), 2)):
            winners = [each.get(pair) for each in better]
            pairs += 1
            both += None not in winners
            alike += None not in winners and len(set(winners)) == 1
    reversals = {
        frozenset((each.first, each.second)) for one in orders for each in one.agreement.reversals
    }
    return Everywhere(pairs, both, alike, len(reversals))
