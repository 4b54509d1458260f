"""The board: every row's scores, and the ranks that they support."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from synact_bench.core.errors import RecordError
from synact_bench.core.experiments import (
    CONTROLS,
    HOLDOUT,
    LADDER,
    OPTIONAL_DRAWS,
    REAL,
    WRONG_PROMPT,
)
from synact_bench.core.tracks import Track
from synact_bench.reports.applicability import Applicability, applicability
from synact_bench.reports.archive import Archived, part
from synact_bench.reports.comparable import BoardSetting, Cells, arrange, setting
from synact_bench.reports.control_checks import (
    Order,
    Place,
    control_orders,
    control_places,
    massive,
)
from synact_bench.reports.conventional import conventional
from synact_bench.reports.json_export import to_json
from synact_bench.reports.origin import Origin, origin
from synact_bench.reports.rankings import TRACKS, TrackRanking, group, track_ranking
from synact_bench.reports.scored_cells import BOOTSTRAP_SEED, PARTS, WANTED, ScoredCells
from synact_bench.results.record import Conventional, GeneratorIdentity, Inspection, Row
from synact_bench.results.store import Cell
from synact_bench.scoring import CellName, Comparison, Estimate, Realism, Scores
from synact_bench.scoring.comparison import mean_distances
from synact_bench.scoring.curve_scale import CurveScale
from synact_bench.scoring.curve_scores import CurveScore
from synact_bench.scoring.failures import WorstCell, failures_of
from synact_bench.scoring.ranking import Ranking
from synact_bench.scoring.resampling import REPLICATES

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "BOOTSTRAP_SEED",
    "PARTS",
    "TRACKS",
    "WANTED",
    "Board",
    "BoardRow",
    "TrackRanking",
    "build",
    "compared",
    "scored",
]


@dataclass(frozen=True, eq=False)
class BoardRow:
    """A generator or control, scored.

    Attributes:
        identity: name, version, parameters and source of the generator.
        card: how it is shown.
        n: paths in its smallest cell.
        dropped: pairs left out, over all its cells, because base and target coincide.
        score: realism@2: overall, by cell, by experiment, by part.
        metrics: by cell, the named metrics beside those of real; they explain and are no score.
        distances: by metric, mean over its cells of the distance from real, lower is better.
        worst: the cell in which it is farthest from real, and what gives it away there; None where
            there are too few documents.
        inspections: by experiment, what was measured of copying and collapse.
        rank: in its track, by overall realism; None for a control, a flagged row, or one without
            overall realism, and for every row where nothing can be ranked: too few documents, or
            no other row.
        part_ranks: by part, likewise.
        metric_ranks: by metric, by distance from real, likewise; none by a metric that does not
            apply on the testbed, or of too few documents: those of refined bases are fewer.
        kept: numbers in the generator's fitted state; None where they were not counted.
    """

    identity: GeneratorIdentity
    card: Row
    n: int
    dropped: int
    score: CurveScore
    metrics: Scores
    distances: Mapping[str, Estimate]
    worst: tuple[CellName, WorstCell] | None
    inspections: Mapping[str, Inspection]
    rank: int | None
    part_ranks: Mapping[str, int]
    metric_ranks: Mapping[str, int]
    kept: int | None = None
    derived: ClassVar[tuple[str, ...]] = ("name", "control", "flags")

    @property
    def name(self) -> str:
        """Name of the row."""
        return self.identity.name

    @property
    def control(self) -> bool:
        """Whether it is there to check or to explain the others, and has no rank."""
        return self.name in (*CONTROLS, *OPTIONAL_DRAWS, WRONG_PROMPT)

    @property
    def flags(self) -> tuple[str, ...]:
        """Rules of copying and collapse that it breaks in any experiment."""
        return tuple(sorted({flag for each in self.inspections.values() for flag in each.flags}))

    @property
    def realism(self) -> Realism:
        """Overall realism@2: 1 real, 0 Gaussian."""
        return self.score.overall

    def condensed(self) -> BoardRow:
        """The same without replicates, except of the overall realism."""
        return replace(
            self,
            score=self.score.condensed(),
            metrics=_condensed(self.metrics),
            distances={name: each.condensed() for name, each in self.distances.items()},
        )


@dataclass(frozen=True, eq=False)
class Board:
    """Comparable cells, scored.

    Attributes:
        setting: how all of them were measured.
        documents: that the bases come from.
        replicates: of the bootstrap; 0 where there are too few documents.
        rows: by track, then rank, then falling realism; unranked ones last; controls after all
            tracks.
        reference: named metrics of the draws of real activations that others are compared with.
        scales: what turns an energy distance into a realism, by cell.
        frozen: whether these are facts of the testbed; else they are measured from the board's own
            cells and held fixed.
        unscored: why a cell could not be scored for any row.
        no_event: why the named metrics have nothing to look for; None where they have.
        applicability: which named metrics tell even Gaussian samples from real on the testbed.
        outliers: whether some real activations are massive.
        tracks: rankings by track; none of a track in which nothing can be ranked.
        orders: of the controls, all kept or undecided.
        places: of the controls whose realism is known beforehand.
        conventional: what the field reports of rows and of the draws of real, by name; those that
            were measured by the present definition.
        archive: rows measured with definitions that have changed since.
        origin: with what the cells were computed.
    """

    setting: BoardSetting
    documents: int
    replicates: int
    rows: tuple[BoardRow, ...]
    reference: Mapping[str, Scores]
    scales: Mapping[CellName, CurveScale]
    frozen: bool
    unscored: Mapping[CellName, str]
    no_event: str | None
    applicability: Applicability
    outliers: bool
    tracks: Mapping[Track, TrackRanking]
    orders: tuple[Order, ...]
    places: tuple[Place, ...]
    conventional: Mapping[str, Conventional]
    archive: tuple[Archived, ...]
    origin: Origin
    unless_empty: ClassVar[tuple[str, ...]] = ("conventional",)

    @property
    def ran(self) -> tuple[BoardRow, ...]:
        """Rows that were run: all but the one that is derived from another's curves."""
        return tuple(row for row in self.rows if row.name != WRONG_PROMPT)

    def condensed(self) -> Board:
        """The same without replicates, except of the overall realism, which is averaged further.

        A large board takes a tenth of the memory, and shows the same; rows cannot be compared
        further by anything else.
        """
        return replace(
            self,
            rows=tuple(row.condensed() for row in self.rows),
            reference={name: _condensed(each) for name, each in self.reference.items()},
        )

    def to_json(self) -> str:
        """Canonical JSON: sorted keys, floats to 6 significant digits, equal bytes when equal."""
        return to_json(self)

    def to_frame(self, rows: Sequence[str] = ()) -> pd.DataFrame:
        """A line a row, of all or of those named: see ``board_frame.frame``.

        Raises:
            UnknownNameError: there is no such row.
        """
        from synact_bench.reports import board_frame  # noqa: PLC0415  (loads pandas)

        return board_frame.frame(self, rows)

    def to_latex(self, rows: Sequence[str] = ()) -> str:
        """The same as a LaTeX table: see ``board_frame.latex``.

        Raises:
            UnknownNameError: there is no such row.
        """
        from synact_bench.reports import board_frame  # noqa: PLC0415  (loads pandas)

        return board_frame.latex(self.to_frame(rows))


def build(
    cells: Iterable[Cell],
    *,
    replicates: int = REPLICATES,
    among: Iterable[str] = (),
    judged: Collection[str] = (),
) -> Board:
    """Score stored cells against the real ones among them, and rank the rows.

    Args:
        cells: of one testbed.
        replicates: of the bootstrap.
        among: documents of other boards that this one will be averaged with: the bootstrap then
            draws from those of all of them.
        judged: controls that need not be above any other, since what makes them is being judged.

    Raises:
        RecordError: the cells cannot stand on one board, or its controls are out of order; the
            message names the fact and the cells.
    """
    current, archived = part(cells)
    arranged = scored(arrange(current))
    curves, comparison = ScoredCells.of(arranged), compared(arranged)
    resampling = curves.bootstrap(replicates, among=among)
    names = {name for rows in arranged.values() for name in rows} - {*REAL}
    names |= {WRONG_PROMPT} & {name for rows in curves.samples.values() for name in rows}
    scores, sums = curves.scored(names, resampling=resampling)
    scores |= {name: curves.unmeasured() for name in names - scores.keys()}
    metrics = comparison.scores(resampling, rows=[*names, *REAL])
    applicable = applicability(arranged)
    outliers = massive(arranged)
    orders = control_orders(scores, comparison, resampling, outliers=outliers, judged=judged)
    enough = bool(len(resampling.counts))
    worst = {name: each.worst for name, each in scores.items() if each.worst is not None}
    told = failures_of(curves.references, curves.samples, worst) if enough else {}
    rows = [
        _row(name, arranged, scores[name], metrics.get(name, {}), told.get(name))
        for name in sorted(names)
    ]
    gammas = {cell: each.gamma for cell, each in curves.scales.items() if cell in WANTED}
    tracks = {}
    for track in TRACKS if enough else ():
        ranked = {row.name: row for row in rows if _ranked(row, track)}
        if len(ranked) > 1:
            tracks[track] = track_ranking(
                {name: row.score for name, row in ranked.items()},
                {name: row.distances for name, row in ranked.items()},
                sums,
                curves.between,
                gammas,
                applicable,
            )
    return Board(
        setting=setting(arranged),
        documents=len(curves.documents),
        replicates=len(resampling.counts),
        rows=tuple(sorted((_placed(row, tracks) for row in rows), key=_place)),
        reference={name: metrics[name] for name in REAL if name in metrics},
        scales=curves.scales,
        frozen=curves.frozen,
        unscored=curves.unscored,
        no_event=comparison.no_event,
        applicability=applicable,
        outliers=outliers,
        tracks=tracks,
        orders=orders,
        places=control_places(scores),
        conventional=conventional(arranged),
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
    """Samples of the named metrics of arranged cells, and the draws they are compared with."""
    samples = {
        name: {row: cell.sample for row, cell in rows.items()} for name, rows in cells.items()
    }
    return Comparison(samples, REAL, seed=BOOTSTRAP_SEED)


def _condensed(scores: Scores) -> Scores:
    return {
        cell: {name: each.condensed() for name, each in own.items()} for cell, own in scores.items()
    }


def _ranked(row: BoardRow, track: Track) -> bool:
    return (
        not row.control
        and row.card.track == track
        and not row.flags
        and row.realism.estimate is not None
    )


def _row(
    name: str,
    cells: Cells,
    score: CurveScore,
    metrics: Scores,
    told: WorstCell | None,
) -> BoardRow:
    source = HOLDOUT if name == WRONG_PROMPT else name
    records = [rows[source].record for rows in cells.values() if source in rows]
    newest = max(records, key=lambda record: record.provenance.created)
    identity, card, inspections = newest.identity.generator, newest.row, records
    if name == WRONG_PROMPT:
        identity = identity.model_copy(update={"name": WRONG_PROMPT})
        summary = "curves of real-holdout, dealt to bases of other documents; no model is run"
        card, inspections = card.model_copy(update={"summary": summary}), []
    return BoardRow(
        identity=identity,
        card=card,
        n=min(record.paths for record in records),
        dropped=sum(record.dropped for record in records),
        score=score,
        metrics=metrics,
        distances=mean_distances(metrics, cells=WANTED),
        worst=None if score.worst is None or told is None else (score.worst, told),
        inspections={
            record.identity.experiment.split("@")[0]: record.inspection
            for record in inspections
            if record.inspection is not None
        },
        rank=None,
        part_ranks={},
        metric_ranks={},
        kept=newest.kept,
    )


def _placed(row: BoardRow, tracks: Mapping[Track, TrackRanking]) -> BoardRow:
    ranking = tracks.get(row.card.track) if row.card.track else None
    if ranking is None or row.name not in ranking.overall.ranks:
        return row

    def ranks(rankings: Mapping[str, Ranking]) -> dict[str, int]:
        found = {name: each.ranks.get(row.name) for name, each in rankings.items()}
        return {name: rank for name, rank in found.items() if rank is not None}

    return replace(
        row,
        rank=ranking.overall.ranks[row.name],
        part_ranks=ranks(ranking.parts),
        metric_ranks=ranks(ranking.by_metric),
    )


def _place(row: BoardRow) -> tuple[int, float, float, str]:
    """By track and rank, then by falling overall realism; what has none last."""
    place = group(row.card.track, control=row.control)
    return place, row.rank or float("inf"), row.realism.behind, row.name
