"""Toy cells as the engine of version 1 measured them: five a row, and a draw for realism 0."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from synact_bench.core.experiments import EXPERIMENTS
from synact_bench.rescoring.first_version import FIRST_ENGINES, FIRST_WANTED, ZERO
from synact_bench.results.store import Cell
from tests.helpers import cells


def rows(names: Iterable[str], **changed: Any) -> list[Cell]:
    """Every cell of the named rows that version 1 was made of."""
    return [
        cells.cell(name, *place, **{"engine": FIRST_ENGINES[0]} | changed)
        for name in names
        for place in FIRST_WANTED
        if name not in cells.DRAWS or name in EXPERIMENTS[place.experiment].draws
    ]


def zeros(**changed: Any) -> list[Cell]:
    """The draw that stood for realism 0."""
    card = {"kind": "draw", "track": None}
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(cells.CENTRES, ZERO, cells.CENTRES["gaussian"])
        return rows([ZERO], card=card, record={"inspection": None}, **changed)
