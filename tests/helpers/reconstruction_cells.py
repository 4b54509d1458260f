"""Stored cells of reconstructions out of thin air: parabolas of kl, straight lines of l2."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Collection
from typing import Any

import numpy as np

from synact_bench.core.curves import Curves
from synact_bench.core.experiments import RECONSTRUCTIONS
from synact_bench.results.store import Cell, encode
from tests.helpers import cells

(OWN, *BESIDE) = RECONSTRUCTIONS["reconstruction"].paths


def reconstruction(
    name: str = "mine",
    *,
    times: float = 2.0,
    sooner: float = 1.0,
    noise: float = 0.1,
    error: float = 20.0,
    without: Collection[int] = (),
    bases: int = cells.BASES,
    **changed: Any,
) -> list[Cell]:
    """The four cells of a row.

    Args:
        name: of the row.
        times: how many times as much kl its own path has as each of the others, in the middle.
        sooner: likewise of l2, on every base.
        noise: standard deviation of the logarithm of ``times`` over bases.
        error: length of its errors, activation units.
        without: bases that the path toward a real activation lacks.
        bases: of the preset.
        changed: further arguments of ``cells.cell``.
    """
    return [
        _cell(
            name,
            path,
            times=times if path == OWN else 1.0,
            sooner=sooner if path == OWN else 1.0,
            noise=noise if path == OWN else 0.0,
            error=error,
            without=without if path == "beside-real" else (),
            bases=bases,
            changed=changed,
        )
        for path in (OWN, *BESIDE)
    ]


def _cell(
    name: str,
    path: str,
    *,
    times: float,
    sooner: float,
    noise: float,
    error: float,
    without: Collection[int],
    bases: int,
    changed: dict[str, Any],
) -> Cell:
    (experiment,) = RECONSTRUCTIONS.values()
    own: dict[str, Any] = {"card": {"track": "reconstruction"}, "bases": bases} | changed
    made = cells.cell(name, experiment.identity, path, dropped=len(without), **own)
    kept = np.array([base for base in range(bases) if base not in without], dtype=np.int64)
    rng = np.random.default_rng(len(name))
    factor = times * np.exp(noise * rng.standard_normal((bases, 1)))
    fractions = made.table.curves.fractions
    size = np.linspace(0.5, 2.0, bases)[:, None]
    l2 = (25 * sooner * fractions).repeat(bases).reshape(-1, bases).T
    curves = Curves(
        fractions,
        l2[kept].astype(np.float32),
        (factor * size * fractions**2)[kept].astype(np.float32),
    )
    geometry = {**made.table.geometry, "distance": np.full(len(kept), error, np.float32)}
    table = dataclasses.replace(
        made.table,
        base=kept,
        document=tuple(f"doc-{base}" for base in kept),
        geometry=geometry,
        curves=curves,
    )
    digest = hashlib.sha256(encode(table)).hexdigest()
    return Cell(made.record.model_copy(update={"table_sha256": digest}), table)
