"""The table of one cell: a row per path, with its ends and curves."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synact_bench.core.curves import Curves
from synact_bench.core.untrusted.faults import FaultError

GEOMETRY = ("distance", "norm", "cosine", "mahalanobis")
"""Columns ``[paths]`` about a path's ends: distance from base to target and norm of the end that is
scored, both in activation units; cosine of base and target about the mean of real activations;
Mahalanobis distance of the scored end from that mean, in standard deviations."""


@dataclass(frozen=True, eq=False)
class CellTable:
    """What was measured on each path.

    Attributes:
        base: row of the prompt in the preset's list of bases, ``[paths]``; pairs cells.
        document: document the prompt was cut from, ``[paths]``.
        geometry: what regressions try to explain scores with, by name (see ``GEOMETRY``).
        curves: l2 and kl at every point, or where they were run alone.
    """

    base: NDArray[np.int64]
    document: tuple[str, ...]
    geometry: Mapping[str, NDArray[np.float32]]
    curves: Curves

    def where(self, kept: NDArray[np.bool_]) -> CellTable:
        """The paths marked in ``kept`` ``[paths]``."""
        if kept.all():
            return self
        return CellTable(
            base=self.base[kept],
            document=tuple(np.array(self.document, dtype=object)[kept]),
            geometry={name: each[kept] for name, each in self.geometry.items()},
            curves=self.curves[kept],
        )

    def __eq__(self, other: object) -> bool:
        """Whether every number of both is the same."""
        if not isinstance(other, CellTable):
            return NotImplemented
        return (
            self.document == other.document
            and self.geometry.keys() == other.geometry.keys()
            and all(map(_same, _numbers(self), _numbers(other)))
        )

    __hash__ = None  # type: ignore[assignment]  # as of whatever is compared by content


def _same(first: NDArray[Any], second: NDArray[Any]) -> bool:
    return np.array_equal(first, second, equal_nan=True)


def _numbers(table: CellTable) -> Iterator[NDArray[Any]]:
    yield table.base
    yield from (table.geometry[name] for name in sorted(table.geometry))
    curves = table.curves
    yield from (curves.fractions, curves.l2, curves.kl, curves.run)


def to_arrow(table: CellTable) -> pa.Table:
    """The table as Arrow columns; ``fractions`` goes into the schema's metadata, as JSON."""
    points = len(table.curves.fractions)
    columns = {
        "base": pa.array(table.base),
        "document": pa.array(table.document, pa.string()),
    }
    columns |= {name: pa.array(table.geometry[name]) for name in GEOMETRY}
    for name, curve in (("l2", table.curves.l2), ("kl", table.curves.kl)):
        flat = pa.array(curve.reshape(-1), pa.float32())
        columns[name] = pa.FixedSizeListArray.from_arrays(flat, points)
    if table.curves.measured is not None:
        flat = pa.array(table.curves.measured.reshape(-1))
        columns["measured"] = pa.FixedSizeListArray.from_arrays(flat, points)
    # Text, because Parquet's metadata must be UTF-8 for other readers; JSON keeps every bit.
    fractions = json.dumps(table.curves.fractions.tolist())
    return pa.table(columns).replace_schema_metadata({"fractions": fractions})


def from_arrow(stored: pa.Table) -> CellTable:
    """The inverse of ``to_arrow``; further columns, which older tables have, are left out.

    Raises:
        KeyError: a column or the fractions are missing.
        ValueError: the fractions or the curves are not what ``to_arrow`` writes.
    """
    refuse_other_types(stored)
    fractions = np.array(json.loads((stored.schema.metadata or {})[b"fractions"]), np.float64)

    def column(name: str) -> Any:
        return stored[name].combine_chunks().to_numpy(zero_copy_only=False)

    def curve(name: str) -> Any:
        flat = stored[name].combine_chunks().flatten().to_numpy(zero_copy_only=False)
        return flat.reshape(len(stored), len(fractions))

    return CellTable(
        base=column("base"),
        document=tuple(stored["document"].to_pylist()),
        geometry={name: column(name) for name in GEOMETRY},
        curves=Curves(
            fractions=fractions,
            l2=curve("l2"),
            kl=curve("kl"),
            measured=curve("measured") if "measured" in stored.column_names else None,
        ),
    )


def refuse_other_types(stored: pa.Table) -> None:
    """Refuse columns of values that no path has: they would be found where they are used.

    Raises:
        FaultError: a column holds something else than numbers or texts, or lacks some.
    """
    kinds = {"base": pa.types.is_integer, "document": _is_text}
    kinds |= dict.fromkeys(GEOMETRY, pa.types.is_floating)
    kinds |= dict.fromkeys(("l2", "kl"), _is_list_of_floats)
    for name, fits in kinds.items():
        if name not in stored.column_names:
            continue
        if not fits(stored[name].type) or (
            name in {"base", "document"} and stored[name].null_count
        ):
            raise FaultError(f"column {name} does not hold what it should")


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _is_list_of_floats(kind: pa.DataType) -> bool:
    lists = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list)
    return any(each(kind) for each in lists) and bool(pa.types.is_floating(kind.value_type))
