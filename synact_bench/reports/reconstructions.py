"""The board of reconstructions: what their errors do, beside steps as long elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import ClassVar

import numpy as np

from synact_bench.core.curves import SCORED
from synact_bench.core.errors import RecordError
from synact_bench.core.experiments import RECONSTRUCTIONS
from synact_bench.metrics import MetricSettings
from synact_bench.metrics.base import Floats, kl_curves
from synact_bench.metrics.kl_curve_gap import OFFSET
from synact_bench.metrics.plateau_width import plateau_width
from synact_bench.paths.beyond import (
    BESIDE_COVARIANCE,
    BESIDE_ISOTROPIC,
    BESIDE_REAL,
    EXTENT,
    THROUGH,
)
from synact_bench.reports.archive import outdated
from synact_bench.reports.comparable import BoardSetting, Cells, arrange, setting
from synact_bench.reports.json_export import to_json
from synact_bench.reports.origin import Origin, origin
from synact_bench.reports.scored_cells import BOOTSTRAP_SEED
from synact_bench.results.record import Conventional, GeneratorIdentity, Row
from synact_bench.results.store import Cell
from synact_bench.scoring import CellName, Estimate, Resampling
from synact_bench.scoring.path_means import mean_over, ratio_of_means
from synact_bench.scoring.ranking import Ranking, rank
from synact_bench.scoring.resampling import REPLICATES

(EXPERIMENT,) = RECONSTRUCTIONS
OWN = CellName(EXPERIMENT, THROUGH.name)
"""The cell of the path through the reconstruction."""
BESIDE: Mapping[str, CellName] = MappingProxyType(
    {
        "covariance": CellName(EXPERIMENT, BESIDE_COVARIANCE.name),
        "isotropic": CellName(EXPERIMENT, BESIDE_ISOTROPIC.name),
        "real": CellName(EXPERIMENT, BESIDE_REAL.name),
    }
)
"""Cells of paths of the same lengths from the same bases, by direction."""
RANKED_BY = "covariance"
"""Direction that rows are ranked beside: a random one, as an activation varies. Isotropic ones lie
mostly where no activation varies, and what is common in no activation may well do nothing."""
MULTIPLES = tuple(round(EXTENT * each, 2) for each in SCORED)
"""Scored points, in lengths of the error."""
AT = MULTIPLES.index(1.0)
"""Which of them is the reconstruction itself."""
POINTS = (0.0, *SCORED)
MEASURABLE = 0.01
"""Median error, as a share of the distance between real activations, below which a row is not
ranked: next to nothing is changed by so short a step, in whatever direction."""


@dataclass(frozen=True, eq=False)
class ReconstructionRow:
    """One way to reconstruct, scored on the bases that have a path in all of its cells.

    Attributes:
        identity: of the generator.
        card: how it is shown.
        n: bases scored.
        dropped: bases left out: their reconstruction coincides with them.
        error: median length of the error, as a share of the median distance between two real
            activations; None where every base was left out, and so are all others.
        kl: mean KL at the reconstruction, in nats.
        excess: by direction, mean over bases of log2 of the ratio of kl at the reconstruction to kl
            as far away in the other direction: above 0 the error changes more.
        along: by direction, the same at every scored multiple of the error.
        plateau: by direction, mean plateau width toward the reconstruction over that in the other
            direction: below 1 the output changes sooner.
        flags: rules of collapse that it breaks.
        unranked: why it has no rank; empty where it has, or where there are too few documents.
        ranks: by ``excess``, ``kl`` and ``plateau``; empty for an unranked row.
        kept: numbers in the fitted state; None where they were not counted.
        conventional: what the field reports of the reconstructions, of all bases; None where it
            was not measured.
    """

    identity: GeneratorIdentity
    card: Row
    n: int
    dropped: int
    error: float | None
    kl: Estimate | None
    excess: Mapping[str, Estimate]
    along: Mapping[str, Mapping[str, Estimate]]
    plateau: Mapping[str, Estimate]
    flags: tuple[str, ...]
    unranked: str
    ranks: Mapping[str, int]
    kept: int | None
    conventional: Conventional | None
    derived: ClassVar[tuple[str, ...]] = ("name",)

    @property
    def name(self) -> str:
        """Name of the row."""
        return self.identity.name


@dataclass(frozen=True, eq=False)
class ReconstructionBoard:
    """Comparable cells of the reconstruction track, scored.

    Attributes:
        setting: how all of them were measured.
        documents: that the bases come from.
        replicates: of the bootstrap; 0 where there are too few documents.
        rows: by rank, then by rising excess; unranked ones last.
        origin: with what the cells were computed.
    """

    setting: BoardSetting
    documents: int
    replicates: int
    rows: tuple[ReconstructionRow, ...]
    origin: Origin

    def to_json(self) -> str:
        """Canonical JSON: sorted keys, floats to 6 significant digits, equal bytes when equal."""
        return to_json(self)


def build(cells: Iterable[Cell], *, replicates: int = REPLICATES) -> ReconstructionBoard:
    """Score stored cells of the reconstruction track, and rank their rows among each other.

    Raises:
        RecordError: there is no such cell, one was measured with what has changed since, they
            cannot stand on one board, a row lacks one, or a curve is not finite.
    """
    own = [each for each in cells if each.name in (OWN, *BESIDE.values())]
    _refuse_outdated(own)
    arranged = arrange(own, required=())
    documents = sorted(
        {one for rows in arranged.values() for cell in rows.values() for one in cell.table.document}
    )
    rng = np.random.default_rng(BOOTSTRAP_SEED)
    resampling = Resampling.bootstrap(documents, rng=rng, replicates=replicates)
    names = sorted({name for rows in arranged.values() for name in rows})
    rows = [_row(name, arranged, resampling) for name in names]
    rankings = _rankings([row for row in rows if not row.unranked]) if replicates else {}
    return ReconstructionBoard(
        setting=setting(arranged),
        documents=len(documents),
        replicates=len(resampling.counts),
        rows=tuple(sorted((_placed(row, rankings) for row in rows), key=_place)),
        origin=origin(arranged),
    )


def _refuse_outdated(cells: Iterable[Cell]) -> None:
    for cell in cells:
        reasons = outdated(cell.record)
        if reasons:
            raise RecordError(
                f"is outdated: {'; '.join(reasons)}",
                where=cell.record.identity.stem,
                fix="measure it again with 'synact-bench run --track reconstruction'",
            )


def _row(name: str, cells: Cells, resampling: Resampling) -> ReconstructionRow:
    own, *beside = (_found(name, cell, cells) for cell in (OWN, *BESIDE.values()))
    record = own.record
    shared = own.table.base
    for each in beside:
        shared = np.intersect1d(shared, each.table.base)
    flags = () if record.inspection is None else record.inspection.flags
    row = ReconstructionRow(
        identity=record.identity.generator,
        card=record.row,
        n=len(shared),
        dropped=record.identity.bases - len(shared),
        error=None,
        kl=None,
        excess={},
        along={},
        plateau={},
        flags=flags,
        unranked="every reconstruction coincides with its base",
        ranks={},
        kept=record.kept,
        conventional=record.conventional,
    )
    if not len(shared):
        return row
    return _scored(row, own, dict(zip(BESIDE, beside, strict=True)), shared, resampling)


def _scored(
    row: ReconstructionRow,
    own: Cell,
    beside: Mapping[str, Cell],
    bases: np.ndarray[tuple[int], np.dtype[np.int64]],
    resampling: Resampling,
) -> ReconstructionRow:
    """The row with its numbers, of these bases."""
    chosen = np.isin(own.table.base, bases)
    facts = MetricSettings(**own.record.metric_facts.model_dump())
    documents = own.table.where(chosen).document
    error = float(np.median(own.table.geometry["distance"][chosen])) / facts.absolute_length
    kl, width = _answers(own, bases, facts)
    along: dict[str, dict[str, Estimate]] = {}
    plateau: dict[str, Estimate] = {}
    for direction, cell in beside.items():
        other, wide = _answers(cell, bases, facts)
        excess = np.log2((kl + OFFSET) / (other + OFFSET))
        along[direction] = {
            f"{multiple:g}": mean_over(excess[:, place], documents, resampling)
            for place, multiple in enumerate(MULTIPLES)
        }
        plateau[direction] = ratio_of_means(width, wide, documents, resampling)
    short = f"its errors are shorter than {MEASURABLE:.0%} of the distance between activations"
    flagged = f"flagged: {', '.join(row.flags)}" if row.flags else ""
    return replace(
        row,
        error=error,
        kl=mean_over(kl[:, AT], documents, resampling),
        excess={direction: each["1"] for direction, each in along.items()},
        along=along,
        plateau=plateau,
        unranked=flagged or (short if error < MEASURABLE else ""),
    )


def _answers(
    cell: Cell, bases: np.ndarray[tuple[int], np.dtype[np.int64]], facts: MetricSettings
) -> tuple[Floats, Floats]:
    """KL at the scored points, ``[paths, points]``, and plateau widths, ``[paths]``.

    Widths are read off the scored points of every base alike.
    """
    curves = cell.table.where(np.isin(cell.table.base, bases)).curves.at(POINTS)
    try:
        return kl_curves(curves)[:, 1:], plateau_width(curves, facts).values
    except ValueError as error:
        raise RecordError(
            str(error), where=cell.record.identity.stem, fix="measure it again"
        ) from error


def _found(name: str, cell: CellName, cells: Cells) -> Cell:
    if name not in cells.get(cell, {}):
        raise RecordError(
            f"no cell of {name} to score it with",
            where="/".join(cell),
            fix="measure it with 'synact-bench run --track reconstruction'",
        )
    return cells[cell][name]


def _rankings(rows: Iterable[ReconstructionRow]) -> dict[str, Ranking]:
    """The rows' order by each score; what is lower the better is turned."""
    scores: dict[str, dict[str, Estimate]] = {"excess": {}, "kl": {}, "plateau": {}}
    for row in rows:
        assert row.kl is not None
        scores["excess"][row.name] = _turned(row.excess[RANKED_BY])
        scores["kl"][row.name] = _turned(row.kl)
        scores["plateau"][row.name] = row.plateau[RANKED_BY]
    known = {
        score: {name: each for name, each in own.items() if len(each.replicates)}
        for score, own in scores.items()
    }
    return {score: rank(own) for score, own in known.items() if len(own) > 1}


def _turned(estimate: Estimate) -> Estimate:
    return Estimate(-estimate.value, -estimate.replicates)


def _placed(row: ReconstructionRow, rankings: Mapping[str, Ranking]) -> ReconstructionRow:
    ranks = {score: each.ranks.get(row.name) for score, each in rankings.items()}
    return replace(row, ranks={score: each for score, each in ranks.items() if each is not None})


def _place(row: ReconstructionRow) -> tuple[float, float, str]:
    excess = row.excess.get(RANKED_BY)
    return row.ranks.get("excess", np.inf), np.inf if excess is None else excess.value, row.name
