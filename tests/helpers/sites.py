"""The site of toy cells: several testbeds, a flagged row, an older version, hostile authors."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from synact_bench.results.store import Cell
from synact_bench.site import render
from synact_bench.site.collect import collect
from synact_bench.site.pages import WholeSite
from tests.helpers import cells
from tests.helpers.boards import REPLICATES, short_floors

MARKUP = "<script>hacked=1</script><img src=x onerror=hacked=1>'\"&{{7*7}}"
TURNED = "\u202erow \u05d0\u05d1\u05d2 \u0645\u0631\u062d\u0628\u0627"
LONG = "very-long-" + "x" * 300
HOSTILE = (MARKUP, TURNED, LONG)
"""What authors may call their rows, and write into every other field, who wish harm."""
CENTRES = {"near": 0.52, "twin": 0.52, "mid": 0.61, "far": 0.66, "echo": 0.56}
"""Where the steps of the toy rows lie; of two of them at the same place."""
LIBRARY = {name: f"/* {name} */".encode() for name in render.PLOTTING}
"""What stands for the plotting library where nothing is drawn."""


def stored() -> list[Cell]:
    """Cells of two testbeds measured alike, and of one measured on other terms."""
    seen: dict[str, Any] = {"seen": cells.inspection("near-duplicate")}
    rows = (*cells.CENTRES, *list(CENTRES)[:-1])
    with pytest.MonkeyPatch.context() as patch:
        for name, centre in CENTRES.items():
            patch.setitem(cells.CENTRES, name, centre)
        given = cells.whole_board(rows, testbed="shallow@1")
        given += cells.whole_board(rows, testbed="deep@1")
        for testbed in ("shallow@1", "deep@1"):
            given += cells.whole_board(["echo"], testbed=testbed, **seen)
        given += cells.whole_board((*cells.FEW, "near"), testbed="deep@1", bases=26)
        older = cells.provenance(created="2023-01-01T00:00:00+00:00")
        given += cells.whole_board(["mid"], testbed="deep@1", version="0", made=older)
        given += hostile()
    return given


def hostile() -> list[Cell]:
    """Rows of which every text is what their authors wished."""
    found: list[Cell] = []
    for name in HOSTILE:
        found += cells.whole_board(
            [name],
            testbed="shallow@1",
            card={"authors": (name,), "reference": name, "summary": name},
            made=cells.provenance(machine=name, model="toy-model==1 cc", commit=name),
            version=name,
            parameters={name: name},
        )
    return found


@cache
def toy() -> WholeSite:
    """The site of ``stored()``, made once."""
    with short_floors():
        return collect(stored(), replicates=REPLICATES)


@cache
def files() -> dict[str, bytes]:
    """Its files, with nothing that draws."""
    return render.contents(toy(), LIBRARY)
