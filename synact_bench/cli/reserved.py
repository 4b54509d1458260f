"""Names that no submission can have, and the cells that it is scored with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

from synact_bench.results.store import Cell, Store
from synact_bench.submissions.checks import Reference
from synact_bench.testbeds import spec
from synact_bench.testing.rules.identity import TAKEN


def taken(records: Iterable[Path] = ()) -> Mapping[str, str]:
    """Names of built-in rows and of the rows in folders of stored cells, with whose each is."""
    names = {
        path.stem.rsplit("--", 3)[0]: "a published row"
        for folder in records
        for path in sorted(folder.glob("*--*.json"))
    }
    return {**names, **TAKEN}


def open_testbeds() -> tuple[str, ...]:
    """Testbeds that submissions are taken for: those whose draws of real are shipped."""
    folders = (spec.baselines() / name / "reference" for name in spec.catalog())
    return tuple(folder.parent.name for folder in folders if folder.is_dir())


def published(folder: Path | None = None) -> Reference:
    """Cells by testbed: those in ``folder``, or where there is none the shipped reference."""

    @cache
    def cells(testbed: str) -> Sequence[Cell]:
        return tuple(Store(folder or spec.baselines() / testbed / "reference").cells())

    return cells
