"""Names that no submission can have, and the cells that it is scored with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

from synact_bench.core.experiments import HOLDOUT
from synact_bench.results import published
from synact_bench.results.store import Cell
from synact_bench.submissions.checks import Reference
from synact_bench.submissions.scores import NEEDED
from synact_bench.testbeds import spec
from synact_bench.testing.rules.identity import TAKEN


def taken(records: Iterable[Path] = ()) -> Mapping[str, str]:
    """Names of built-in rows and of the rows in packs and folders of cells, with whose each is."""
    return {**dict.fromkeys(published.names(records), "a published row"), **TAKEN}


def open_testbeds() -> tuple[str, ...]:
    """Built-in testbeds that submissions are taken for: those with published cells."""
    return tuple(name for name in spec.catalog() if name in published.testbeds())


def reference(place: Path | None = None) -> Reference:
    """Cells that a row is scored with, by testbed: those in ``place``, or the published ones."""

    @cache
    def cells(testbed: str) -> Sequence[Cell]:
        return tuple(published.cells([place or published.of(testbed)], rows=(*NEEDED, HOLDOUT)))

    return cells
