"""Stored cells out of thin air: logistic curves, deterministic, no model."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable
from typing import Any

import numpy as np

from synact_bench.curves import Curves
from synact_bench.experiments import EXPERIMENTS, FLOOR, NATIVE, REFERENCE
from synact_bench.metrics import MetricSettings, metrics_for
from synact_bench.results.record import (
    CellIdentity,
    GeneratorIdentity,
    MetricFacts,
    Provenance,
    Record,
    Row,
)
from synact_bench.results.store import Cell, encode
from synact_bench.results.table import CellTable
from synact_bench.scoring.sample import measure

BASES = 24
POINTS = 17
SETTINGS = MetricSettings(tau=10.0, absolute_length=60.0)

CENTRES = {
    REFERENCE: 0.50,
    FLOOR: 0.51,
    NATIVE: 0.53,
    "gaussian": 0.70,
    "real-holdout": 0.505,
    "sae-reconstruction": 0.55,
    "synthetic-structured": 0.60,
    "isotropic": 0.85,
}
"""Where the step of each row's curves lies: farther from real is less real."""

CONTROLS = ("gaussian", "real-holdout", "isotropic")


def curves(name: str, experiment: str, path: str, *, paths: int, points: int = POINTS) -> Curves:
    """Logistic curves about the row's centre; the draw depends on nothing but the names."""
    rng = np.random.default_rng(zlib.crc32(f"{name}/{experiment}/{path}".encode()))
    fractions = np.linspace(0.0, 1.0, points)
    centre = CENTRES.get(name, 0.65) + 0.05 * rng.standard_normal((paths, 1))
    softness = 0.5 + abs(CENTRES.get(name, 0.65) - 0.5)
    shape = 1 / (1 + np.exp(-(fractions - centre) / (0.1 * softness)))
    rise = shape - shape[:, :1]
    height = 100.0 + 5.0 * rng.standard_normal((paths, 1))
    return Curves(fractions, (height * rise).astype(np.float32), (4 * rise).astype(np.float32))


def identity(name: str, experiment: str, path: str, **changed: Any) -> CellIdentity:
    """An identity; keywords replace its fields, or those of its generator."""
    own = GeneratorIdentity(
        name=name,
        version=changed.pop("version", "1"),
        parameters=changed.pop("parameters", {}),
        source_digest=changed.pop("source_digest", "a" * 64),
    )
    metrics = metrics_for(*(each.split("@")[0] for each in (experiment, path)))
    fields: dict[str, Any] = {
        "testbed": "toy@1",
        "testbed_digest": "b" * 64,
        "generator": own,
        "experiment": experiment if "@" in experiment else f"{experiment}@1",
        "path": path if "@" in path else f"{path}@1",
        "preset": "tiny",
        "bases": BASES,
        "points": POINTS,
        "seed": 0,
        "dtype": "float32",
        "engine": "adaptive@1",
        "trial": "d" * 64,
        "metrics": {each.name: each.version for each in metrics.values()},
    }
    return CellIdentity(**(fields | changed))


def provenance(**changed: Any) -> Provenance:
    """Provenance of a machine that does not exist."""
    fields: dict[str, Any] = {
        "created": "2024-05-01T12:00:00+00:00",
        "seconds": 1.5,
        "machine": "abacus, 2 cores, Linux x86_64",
        "threads": 2,
        "commit": "0123abcd",
        "dirty": False,
        "versions": {"numpy": "2.4.6", "torch": "2.13.0"},
        "model": "toy-model==1 cc",
        "sae": "dd",
        "text": "toy-text==1 ee",
    }
    return Provenance(**(fields | changed))


def cell(
    name: str,
    experiment: str = "sensitivity",
    path: str = "relative",
    *,
    dropped: int = 0,
    made: Provenance | None = None,
    card: dict[str, Any] | None = None,
    facts: dict[str, float] | None = None,
    **changed: Any,
) -> Cell:
    """A whole cell; keywords left over go to ``identity``."""
    own = identity(name, experiment, path, **changed)
    paths = own.bases - dropped
    table = _table(curves(name, experiment, path, paths=paths, points=own.points), own)
    real = name in (REFERENCE, FLOOR, NATIVE)
    row: dict[str, Any] = {
        "kind": "real" if real else "generator",
        "track": None if real else "conditioned" if name == "isotropic" else "unconditional",
        "control": real or name in CONTROLS,
    }
    settings = {"tau": SETTINGS.tau, "absolute_length": SETTINGS.absolute_length}
    record = Record(
        id=own.id,
        identity=own,
        row=Row(**(row | (card or {}))),
        status="ok" if paths else "empty",
        reason=None if paths else "every base coincides with its target",
        paths=paths,
        dropped=dropped,
        points_run=table.curves.points_run,
        metric_facts=MetricFacts(**(settings | (facts or {}))),
        table_sha256=hashlib.sha256(encode(table)).hexdigest(),
        provenance=made or provenance(),
    )
    return Cell(record, table)


def _table(swept: Curves, own: CellIdentity) -> CellTable:
    experiment, path = (each.split("@")[0] for each in (own.experiment, own.path))
    metrics = metrics_for(experiment, path)
    paths = len(swept)
    return CellTable(
        base=np.arange(paths),
        document=tuple(f"doc-{base}" for base in range(paths)),
        base_norm=np.linspace(40, 50, paths, dtype=np.float32),
        distance=np.linspace(55, 65, paths, dtype=np.float32),
        values=measure(swept, metrics=metrics, settings=SETTINGS).values,
        curves=swept,
    )


def whole_board(
    names: Iterable[str] = tuple(CENTRES),
    *,
    experiments: Iterable[str] = tuple(EXPERIMENTS),
    **changed: Any,
) -> list[Cell]:
    """Every cell of the named rows; ``real-native`` only where it is a reference."""
    return [
        cell(name, experiment, path, **changed)
        for name in names
        for experiment in experiments
        for path in EXPERIMENTS[experiment].paths
        if name != NATIVE or NATIVE in EXPERIMENTS[experiment].references
    ]
