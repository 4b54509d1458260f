"""The page of a run of the reconstruction track: one file, with its curves as pictures."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from synact_bench.reports import reconstructions_page as words
from synact_bench.reports.comparable import Cells, arrange
from synact_bench.reports.reconstructions import (
    BESIDE,
    MULTIPLES,
    OWN,
    RANKED_BY,
    ReconstructionBoard,
)
from synact_bench.results.store import Cell
from synact_bench.scoring import CellName
from synact_bench.site import render, shown
from synact_bench.site.curves import cell_curves
from synact_bench.site.drawn import CellCurves
from synact_bench.site.model import Facts
from synact_bench.site.pictures import QUANTITIES, CurvePicture, frame
from synact_bench.site.tables import measured
from synact_bench.site.terms import Terms

INDEX = "index.html"
THROUGH = "through the reconstruction"
END = f"{MULTIPLES[-1]:g} times the error"
AT = f"{100 / MULTIPLES[-1]:.0f} % of the axis"
"""Where the reconstruction lies."""


@dataclass(frozen=True)
class WordTable:
    """A table of words: in every row a name, which heads it, and a cell for each header."""

    caption: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class ReconstructionPage:
    """What the page shows.

    Attributes:
        testbed: name of it.
        measured: how, in a sentence.
        few: what is said in place of any number of too few documents; empty where there are enough.
        verdicts: a line a row.
        notes: why rows have no rank, and of which bases are left out.
        tables: of scores, the headline first; of what ran where there are too few documents.
        at: where on the axis of the curves the reconstruction lies.
        pictures: curves by row, of those swept on the whole grid.
        cards: a table of what rows declare.
        facts: with what the board was measured.
    """

    testbed: str
    measured: str
    few: str
    verdicts: tuple[str, ...]
    notes: tuple[str, ...]
    tables: tuple[WordTable, ...]
    at: str
    pictures: tuple[tuple[str, tuple[CurvePicture, ...]], ...]
    cards: WordTable
    facts: Facts


def contents(board: ReconstructionBoard, cells: Sequence[Cell]) -> dict[str, bytes]:
    """The files of the page, by place relative to its folder.

    Args:
        board: built from the cells.
        cells: of one testbed, measured on the same terms.

    Raises:
        RecordError: the cells cannot stand on one board.
    """
    release = importlib.metadata.version("synact-bench")
    filled = render.fill("reconstructions", "", release=release, page=page(board, cells))
    return {**render.assets(plots=False), INDEX: filled.encode()}


def page(board: ReconstructionBoard, cells: Sequence[Cell]) -> ReconstructionPage:
    """Collect what the page shows of a board and its cells."""
    own = [each for each in cells if each.name in (OWN, *BESIDE.values())]
    arranged = arrange(own, required=())
    few = words.too_few(board) or ""
    drawn = ((row.name, tuple(_pictures(row.name, arranged))) for row in board.rows)
    return ReconstructionPage(
        testbed=board.setting.name,
        measured=f"{measured(Terms.of(own[0].record))[:-1]}; {board.documents} documents.",
        few=few,
        verdicts=() if few else tuple(words.verdicts(board)),
        notes=() if few else tuple(words.notes(board)),
        tables=(_ran(board),) if few else tuple(_scores(board)),
        at=AT,
        pictures=tuple((name, each) for name, each in drawn if each),
        cards=_table("What the rows are", board, _CARDS),
        facts=tuple(words.facts(board)),
    )


_CARDS: Mapping[str, words.Shown] = MappingProxyType(
    {
        "version": lambda row: row.identity.version,
        "how": lambda row: row.card.summary,
        "authors": lambda row: ", ".join(row.card.authors),
        "reference": lambda row: row.card.reference,
    }
)
_RAN: Mapping[str, words.Shown] = MappingProxyType(
    {"bases": lambda row: str(row.n), "left out": lambda row: str(row.dropped)}
)


def _table(
    caption: str, board: ReconstructionBoard, columns: Mapping[str, words.Shown]
) -> WordTable:
    """A line for each row of the board: its name heads it, whatever column would show it."""
    own = {name: cell for name, cell in columns.items() if name != words.NAME}
    rows = tuple((row.name, tuple(cell(row) for cell in own.values())) for row in board.rows)
    return WordTable(caption, tuple(own), rows)


def _ran(board: ReconstructionBoard) -> WordTable:
    return _table("What ran", board, _RAN)


def _scores(board: ReconstructionBoard) -> Iterable[WordTable]:
    yield _table(
        "Scores, with 95 % intervals over documents; the least excess first", board, words.COLUMNS
    )
    yield _table(
        f"Excess beside {RANKED_BY} along the path, at multiples of the error",
        board,
        words.along_columns(),
    )
    yield _table(
        "Plateau kept, over that in other directions: below 1 it is left sooner",
        board,
        words.plateau_columns(),
    )


def _pictures(name: str, cells: Cells) -> Iterable[CurvePicture]:
    """l2 and KL of a row along the four paths; nothing where none was swept on the whole grid."""
    lines = {said: BESIDE[each] for each, said in shown.BESIDE.items()} | {THROUGH: OWN}
    drawn = [(who, found) for who, cell in lines.items() if (found := _curves(name, cell, cells))]
    if not drawn or drawn[-1][0] != THROUGH:
        return
    for quantity, what in QUANTITIES.items():
        yield frame(what, drawn, quantity, end=END)


def _curves(name: str, cell: CellName, cells: Cells) -> CellCurves | None:
    return cell_curves(cell, cells[cell][name].table.curves)
