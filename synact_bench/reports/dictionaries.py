"""Dictionaries of one hook, ranked by how real the compositions of their latents look."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from synact_bench.core.errors import RecordError
from synact_bench.core.experiments import REAL
from synact_bench.reports.board import Board, BoardRow
from synact_bench.reports.comparable import BoardSetting
from synact_bench.reports.json_export import to_json
from synact_bench.results.latents import Latents
from synact_bench.results.store import Cell
from synact_bench.results.table import CellTable
from synact_bench.scoring import CellName, Realism
from synact_bench.scoring.curve_scale import CurveScale
from synact_bench.scoring.decisions import Decision, decisions
from synact_bench.scoring.ranking import rank
from synact_bench.scoring.realism import known, median_realism

RECONSTRUCTION = "sae-reconstruction"
"""The control that a dictionary makes of real activations, shown beside its compositions."""
OWN = ("testbed", "testbed_digest")
"""Facts of a setting in which the boards of two dictionaries differ."""


@dataclass(frozen=True, eq=False)
class Scored:
    """A dictionary and its board.

    Attributes:
        name: what it is called among the others.
        latents: what it is like on the train pool.
        board: of its compositions, condensed.
        real: every table that rows are compared with, by cell and row: draws of real activations,
            which no dictionary makes.
    """

    name: str
    latents: Latents
    board: Board
    real: Mapping[tuple[CellName, str], CellTable]

    @classmethod
    def of(cls, name: str, latents: Latents, board: Board, cells: Iterable[Cell]) -> Scored:
        """A board and the cells that it was built from, of which draws of real alone are kept."""
        real = {}
        for cell in cells:
            identity = cell.record.identity
            if identity.generator.name in REAL:
                key = identity.cell, identity.generator.name
                real[key] = cell.table
        return cls(name, latents, board.condensed(), real)


@dataclass(frozen=True, eq=False)
class DictionaryRow:
    """A dictionary, scored.

    Attributes:
        name: what it is called.
        testbed: ``name@version`` of the testbed that it makes.
        sae: where it comes from.
        latents: what it is like on the train pool.
        compositions: overall realism@2 of each composing generator, by name; of too few documents
            none has a number.
        median: of ``compositions``.
        reconstruction: overall realism of its reconstructions of real activations.
        flags: rules of copying and collapse that a composition breaks, by its name; only of those
            that break any.
        rank: None where a composition is flagged or has no realism, and for every dictionary where
            there are too few documents to compare them.
    """

    name: str
    testbed: str
    sae: tuple[str, ...]
    latents: Latents
    compositions: Mapping[str, Realism]
    median: Realism
    reconstruction: Realism
    flags: Mapping[str, tuple[str, ...]]
    rank: int | None


@dataclass(frozen=True, eq=False)
class Dictionaries:
    """Dictionaries of one hook in their order.

    Attributes:
        setting: how their boards were measured, the testbed being that of the first.
        documents: that the bases come from.
        replicates: of the bootstrap; 0 where there are too few documents.
        rows: by rank, then falling median, then name; unranked ones last.
        detectable: difference that a comparison of two alone would find with probability 0.8.
        decisions: of every pair of those that are ranked, the largest difference first.
    """

    setting: BoardSetting
    documents: int
    replicates: int
    rows: tuple[DictionaryRow, ...]
    detectable: float | None
    decisions: tuple[Decision, ...] = ()

    def to_json(self) -> str:
        """Canonical JSON: sorted keys, floats to 6 significant digits, equal bytes when equal."""
        return to_json(self)


def compare(scored: Sequence[Scored], compositions: Collection[str]) -> Dictionaries:
    """Rank dictionaries by the median overall realism of the same compositions.

    Boards that were measured alike draw the same documents in each replicate, so that medians are
    paired by document.

    Raises:
        RecordError: the boards were not measured alike, or lack one of the generators; the message
            says which and why.
    """
    first, *others = scored
    for other in others:
        _require_alike(first, other)
        _require_same_generators(first, other, compositions)
    rows = [_row(each, compositions) for each in scored]
    values = known({row.name: row.median for row in rows if not row.flags})
    values = values if first.board.replicates else {}
    ranking = rank(values)
    placed = [dataclasses.replace(row, rank=ranking.ranks.get(row.name)) for row in rows]
    return Dictionaries(
        setting=first.board.setting,
        documents=first.board.documents,
        replicates=first.board.replicates,
        rows=tuple(sorted(placed, key=_place)),
        detectable=ranking.detectable,
        decisions=decisions(values, documents=first.board.documents),
    )


def _row(scored: Scored, compositions: Collection[str]) -> DictionaryRow:
    rows = {name: _found(scored, name) for name in compositions}
    enough = bool(scored.board.replicates)
    parts = {name: _realism(row, enough=enough) for name, row in rows.items()}
    return DictionaryRow(
        name=scored.name,
        testbed=scored.board.setting.testbed,
        sae=scored.board.origin.saes,
        latents=scored.latents,
        compositions=parts,
        median=median_realism(parts),
        reconstruction=_realism(_found(scored, RECONSTRUCTION), enough=enough),
        flags={name: row.flags for name, row in rows.items() if row.flags and enough},
        rank=None,
    )


def _realism(row: BoardRow, *, enough: bool) -> Realism:
    if enough or row.realism.estimate is None:
        return row.realism
    return Realism(None, "too few documents")


def _found(scored: Scored, name: str) -> BoardRow:
    for row in scored.board.rows:
        if row.name == name:
            return row
    raise RecordError(
        f"has no row of {name}", where=f"the board of {scored.name}", fix="run the benchmark first"
    )


def _require_alike(first: Scored, other: Scored) -> None:
    """Refuse two boards that were not measured alike, of the same real activations to the bit."""
    for field in dataclasses.fields(BoardSetting):
        facts = [getattr(each.board.setting, field.name) for each in (first, other)]
        if field.name not in OWN and facts[0] != facts[1]:
            raise _unlike(
                first, other, f"{field.name} is {facts[0]} in one, {facts[1]} in the other"
            )
    for key in sorted(first.real.keys() | other.real.keys()):
        if first.real.get(key) != other.real.get(key):
            (experiment, path), row = key
            raise _unlike(
                first,
                other,
                f"{row} ({experiment}, {path} path) has other numbers in one than in the other: "
                "text, model, machine or library versions differ",
            )
    for cell in sorted(first.board.scales.keys() | other.board.scales.keys()):
        scales = [_exact(each.board.scales.get(cell)) for each in (first, other)]
        if scales[0] != scales[1]:
            raise _unlike(first, other, f"the scale of {'/'.join(cell)} is not the same in both")


def _exact(scale: CurveScale | None) -> CurveScale | None:
    """What realism is computed with: its error, which two documents do not have, is no part."""
    return None if scale is None else dataclasses.replace(scale, gamma_error=0.0)


def _require_same_generators(first: Scored, other: Scored, names: Iterable[str]) -> None:
    for name in (*names, RECONSTRUCTION):
        if _found(first, name).identity != _found(other, name).identity:
            raise _unlike(first, other, f"{name} is another generator in one than in the other")


def _unlike(first: Scored, other: Scored, what: str) -> RecordError:
    return RecordError(
        f"{what}: the dictionaries cannot be compared",
        where=f"the boards of {first.name} and {other.name}",
        fix="delete one of their folders of runs and measure both the same way",
    )


def _place(row: DictionaryRow) -> tuple[float, float, str]:
    return row.rank or float("inf"), row.median.behind, row.name
