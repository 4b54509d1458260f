"""Boards of toy cells, made with few replicates: their last digits do not matter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, partial
from typing import Any

import pytest

from synact_bench.audit.audit import Audit, audit
from synact_bench.core.experiments import EXPERIMENTS, HOLDOUT, LADDER, REAL
from synact_bench.paths import diagnostic
from synact_bench.reports.board import Board, BoardRow, build
from synact_bench.results.store import Cell
from synact_bench.scoring import comparison
from synact_bench.scoring.floor import noise_floors
from tests.helpers import cells

REPLICATES = 40
CONTROLLED = ("gaussian", "isotropic")
"""Controls of the toy audit that a generator makes."""
ROWS = (*cells.FEW, HOLDOUT, "isotropic", "mine")
"""Rows of the toy audit."""
RISING = dict(zip(LADDER, (0.5, 0.54, 0.6, 0.65, 0.7), strict=True))
"""Where the steps of a ladder's curves lie: the higher the dose, the farther from real."""


@contextmanager
def short_floors() -> Iterator[None]:
    """Noise floors of few replicates."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(comparison, "noise_floors", partial(noise_floors, replicates=REPLICATES))
        yield


def built(given: Iterable[Cell]) -> Board:
    """A board in a fraction of the time that ``build`` takes."""
    with short_floors():
        return build(given, replicates=REPLICATES)


def audited(given: Iterable[Cell]) -> Audit:
    """An audit in a fraction of the time that ``audit`` takes."""
    with short_floors():
        return audit(given, replicates=REPLICATES)


@cache
def whole() -> Board:
    """The board of ``cells.whole_board()``, made once."""
    return built(cells.whole_board())


@cache
def few() -> Board:
    """The board of ``cells.FEW``, made once."""
    return built(cells.whole_board(cells.FEW))


def row_of(board: Board, name: str) -> BoardRow:
    """The row called ``name``."""
    return next(row for row in board.rows if row.name == name)


def ladder(centres: Mapping[str, float]) -> list[Cell]:
    """Rungs whose steps lie at the given centres."""
    given: list[Cell] = []
    with pytest.MonkeyPatch.context() as patch:
        for name, centre in centres.items():
            patch.setitem(cells.CENTRES, name, centre)
            dose: dict[str, Any] = {"dose": float(name.removeprefix("ladder-"))}
            given += cells.whole_board([name], parameters=dose)
    return given


@cache
def whole_audit() -> Audit:
    """An audit of rows, ladder and further paths, made once."""
    further = [
        cells.cell(name, experiment.name, path)
        for experiment in EXPERIMENTS.values()
        for path in diagnostic(experiment)
        for name in (*REAL, *CONTROLLED)
    ]
    return audited([*cells.whole_board(ROWS), *further, *ladder(RISING)])


@cache
def grid_boards() -> tuple[Board, Board]:
    """Two testbeds with the same rows but one each: two rows change places, one is flagged."""
    rows = (*cells.CENTRES, "near", "mid", "far", "echo")
    flagged: dict[str, Any] = {"seen": cells.inspection("near-duplicate")}
    with pytest.MonkeyPatch.context() as patch:
        for name, centre in {"near": 0.52, "mid": 0.61, "far": 0.66, "echo": 0.56}.items():
            patch.setitem(cells.CENTRES, name, centre)
        shallow = built(cells.whole_board(rows, testbed="shallow@1"))
        patch.setitem(cells.CENTRES, "near", 0.67)
        patch.setitem(cells.CENTRES, "far", 0.54)
        deep = [*cells.whole_board([*rows[:-1], "late"], testbed="deep@1")]
        deep += cells.whole_board(["echo"], testbed="deep@1", **flagged)
    return shallow, built(deep)
