"""Snapshots of cells out of thin air, and small changes of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from synact_bench.metrics.base import Floats, PathValues
from synact_bench.regression.snapshot import CellNumbers, Snapshot
from tests.helpers.cells import CENTRES, whole_board

ROWS = tuple(name for name in CENTRES if name not in ("isotropic", "gaussian"))


def snapshot(*rows: str, **changed: Any) -> Snapshot:
    """The cells of some rows."""
    return Snapshot.of(whole_board(rows or ROWS, **changed), where="here")


def with_values(
    numbers: CellNumbers, metric: str, change: Callable[[Floats], Floats]
) -> CellNumbers:
    """One metric of a cell changed."""
    values = change(numbers.sample.values[metric].values.copy())
    changed = PathValues(values, np.isnan(values))
    sample = dataclasses.replace(numbers.sample, values={**numbers.sample.values, metric: changed})
    return dataclasses.replace(numbers, sample=sample)


def everywhere(
    stored: Snapshot, row: str, change: Callable[[CellNumbers], CellNumbers]
) -> Snapshot:
    """Every cell of one row changed."""
    cells = {
        key: change(numbers) if key[0] == row else numbers for key, numbers in stored.cells.items()
    }
    return dataclasses.replace(stored, cells=cells)


def another_version(numbers: CellNumbers, version: str = "2") -> CellNumbers:
    """The same numbers from a generator of another version."""
    generator = numbers.generator.model_copy(update={"version": version})
    return dataclasses.replace(numbers, generator=generator)
