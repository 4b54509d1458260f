"""The board: every row's scores, and the ranks that they support."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from synact_bench.errors import RecordError
from synact_bench.experiments import (
    CONTROLS,
    EXPERIMENTS,
    LADDER,
    REAL,
    SCALE,
    ZERO,
)
from synact_bench.leaderboard.archive import Archived, part
from synact_bench.leaderboard.comparable import Cells, Setting, arrange, setting
from synact_bench.leaderboard.orders import Order, Place, control_orders, control_places
from synact_bench.leaderboard.origin import Origin, origin
from synact_bench.leaderboard.plain import to_json
from synact_bench.results.record import GeneratorIdentity, Inspection, Row, Track
from synact_bench.results.store import Cell
from synact_bench.scoring import (
    CellName,
    Comparison,
    Overall,
    Resampling,
    Roles,
    Scores,
    overalls,
)
from synact_bench.scoring.influence import Influence, first_place
from synact_bench.scoring.ranking import Ranking, rank
from synact_bench.scoring.resampling import REPLICATES

WANTED = tuple(
    CellName(experiment.name, path)
    for experiment in EXPERIMENTS.values()
    for path in experiment.paths
)
"""Cells that a row must have for an overall realism."""

TRACKS: tuple[Track, ...] = ("unconditional", "conditioned")
BOOTSTRAP_SEED = 20240915
"""Of the documents drawn in each replicate: one for all boards, so that they are reproducible."""


@dataclass(frozen=True, eq=False)
class BoardRow:
    """A generator or control, scored.

    Attributes:
        identity: name, version, parameters and source of the generator.
        card: how it is shown.
        n: paths in its smallest cell.
        dropped: pairs left out, over all its cells, because base and target coincide.
        scores: by cell, the scores by metric name.
        realism: their summary: overall, per headline metric, per experiment.
        inspections: by experiment, what was measured of copying and collapse.
        rank: in its track; None for a control, a flagged row, or one without overall realism, and
            for every row where there are too few documents to compare rows.
        metric_ranks: by headline metric, likewise.
    """

    identity: GeneratorIdentity
    card: Row
    n: int
    dropped: int
    scores: Scores
    realism: Overall
    inspections: Mapping[str, Inspection]
    rank: int | None
    metric_ranks: Mapping[str, int]

    @property
    def name(self) -> str:
        """Name of the row."""
        return self.identity.name

    @property
    def control(self) -> bool:
        """Whether its place is known beforehand."""
        return self.name in CONTROLS

    @property
    def flags(self) -> tuple[str, ...]:
        """Rules of copying and collapse that it breaks in any experiment."""
        return tuple(sorted({flag for each in self.inspections.values() for flag in each.flags}))


@dataclass(frozen=True, eq=False)
class TrackRanking:
    """The order within one track.

    Attributes:
        overall: ranks by overall realism.
        by_metric: by headline metric, ranks by its realism.
        influence: what leaving a few documents out does to the first place.
    """

    overall: Ranking
    by_metric: Mapping[str, Ranking]
    influence: Influence | None


@dataclass(frozen=True, eq=False)
class Board:
    """Comparable cells, scored.

    Attributes:
        setting: how all of them were measured.
        documents: that the bases come from.
        replicates: of the bootstrap; 0 where there are too few documents.
        rows: by track, then rank, then name; unranked ones last; controls after all tracks.
        reference: scores of the draws of real activations that others are compared with.
        tracks: rankings by track; none without replicates.
        orders: of the controls, all kept or undecided.
        places: of the controls whose realism is known beforehand.
        archive: rows measured with definitions that have changed since.
        origin: with what the cells were computed.
    """

    setting: Setting
    documents: int
    replicates: int
    rows: tuple[BoardRow, ...]
    reference: Mapping[str, Scores]
    tracks: Mapping[Track, TrackRanking]
    orders: tuple[Order, ...]
    places: tuple[Place, ...]
    archive: tuple[Archived, ...]
    origin: Origin

    def to_json(self) -> str:
        """Canonical JSON: sorted keys, floats to 6 significant digits, equal bytes when equal."""
        return to_json(self)


def build(cells: Iterable[Cell], *, replicates: int = REPLICATES) -> Board:
    """Score stored cells against the real ones among them, and rank the rows.

    Raises:
        RecordError: the cells cannot stand on one board, or its controls are out of order; the
            message names the fact and the cells.
    """
    current, archived = part(cells)
    arranged = scored(arrange(current))
    comparison = compared(arranged)
    resampling = bootstrap(comparison, replicates)
    scores = comparison.scores(resampling)
    realism = overalls(scores, cells=WANTED)
    orders = control_orders(realism, scores, comparison, resampling)
    names = [name for name in scores if name not in SCALE]
    cards = {name: _own(name, arranged) for name in names}
    tracks = {}
    for track in TRACKS if len(resampling.counts) else ():
        ranked = [name for name in names if _ranked(name, track, cards[name], realism[name])]
        if ranked:
            tracks[track] = _ranking(ranked, realism, comparison)
    rows = [_row(name, cards[name], scores[name], realism[name], tracks) for name in names]
    return Board(
        setting=setting(arranged),
        documents=len(resampling.documents),
        replicates=len(resampling.counts),
        rows=tuple(sorted(rows, key=_place)),
        reference={name: scores[name] for name in REAL if name in scores},
        tracks=tracks,
        orders=orders,
        places=control_places(realism),
        archive=archived,
        origin=origin(arranged),
    )


def scored(cells: Cells) -> Cells:
    """Arranged cells without those that only control the instrument.

    Raises:
        RecordError: there are no others.
    """
    kept = {
        name: {row: cell for row, cell in rows.items() if row not in LADDER}
        for name, rows in cells.items()
        if name in WANTED
    }
    if not kept:
        raise RecordError(
            "no cell that a score is made of", where="the board", fix="run the benchmark first"
        )
    return kept


def compared(cells: Cells) -> Comparison:
    """The samples of arranged cells and their roles."""
    samples = {
        name: {row: cell.sample for row, cell in rows.items()} for name, rows in cells.items()
    }
    return Comparison(samples, Roles(REAL, ZERO), seed=BOOTSTRAP_SEED)


def bootstrap(comparison: Comparison, replicates: int = REPLICATES) -> Resampling:
    """The documents of each replicate: the same for every board of the same documents."""
    rng = np.random.default_rng(BOOTSTRAP_SEED)
    return Resampling.bootstrap(comparison.documents, rng=rng, replicates=replicates)


def _own(name: str, cells: Cells) -> list[Cell]:
    return [rows[name] for rows in cells.values() if name in rows]


def _ranked(name: str, track: Track, own: Sequence[Cell], realism: Overall) -> bool:
    flagged = any(cell.record.inspection and cell.record.inspection.flags for cell in own)
    return (
        name not in CONTROLS
        and own[0].record.row.track == track
        and not flagged
        and realism.overall.estimate is not None
    )


def _ranking(
    names: Sequence[str], realism: Mapping[str, Overall], comparison: Comparison
) -> TrackRanking:
    values = {
        name: estimate for name in names if (estimate := realism[name].overall.estimate) is not None
    }
    by_metric = {}
    for metric in realism[names[0]].by_metric:
        parts = {name: realism[name].by_metric[metric].estimate for name in names}
        known = {name: each for name, each in parts.items() if each is not None}
        if known:
            by_metric[metric] = rank(known)
    order = sorted(values, key=lambda name: (-values[name].value, name))
    return TrackRanking(rank(values), by_metric, first_place(comparison, order, cells=WANTED))


def _row(
    name: str,
    own: Sequence[Cell],
    scores: Scores,
    realism: Overall,
    tracks: Mapping[Track, TrackRanking],
) -> BoardRow:
    records = [cell.record for cell in own]
    newest = max(records, key=lambda record: record.provenance.created)
    ranking = tracks.get(newest.row.track) if newest.row.track else None
    mine = ranking if ranking and name in ranking.overall.ranks else None
    return BoardRow(
        identity=newest.identity.generator,
        card=newest.row,
        n=min(record.paths for record in records),
        dropped=sum(record.dropped for record in records),
        scores=scores,
        realism=realism,
        inspections={
            record.identity.experiment.split("@")[0]: record.inspection
            for record in records
            if record.inspection is not None
        },
        rank=mine.overall.ranks[name] if mine else None,
        metric_ranks={
            metric: each.ranks[name]
            for metric, each in mine.by_metric.items()
            if name in each.ranks
        }
        if mine
        else {},
    )


def _place(row: BoardRow) -> tuple[int, float, float, str]:
    """By track, rank and name; without a rank by falling overall realism."""
    group = len(TRACKS) if row.control or not row.card.track else TRACKS.index(row.card.track)
    value = row.realism.overall.value
    behind = float("inf") if value is None else -value
    return group, row.rank or float("inf"), 0.0 if row.rank else behind, row.name
