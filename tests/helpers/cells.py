"""Stored cells out of thin air: logistic curves, deterministic, no model."""

from __future__ import annotations

import dataclasses
import hashlib
import zlib
from collections.abc import Iterable
from typing import Any

import numpy as np

from synact_bench.core.conventional import CONVENTIONAL, PLACE
from synact_bench.core.curves import SCORED, Curves, joined
from synact_bench.core.experiments import (
    ADAPTIVE,
    DESIGN,
    EXPERIMENTS,
    FLOORS,
    HOLDOUT,
    NATIVE,
    REAL,
    REFERENCE,
    RULES,
)
from synact_bench.metrics import MetricSettings, events_of
from synact_bench.paths import PATHS
from synact_bench.results.record import (
    CellIdentity,
    Conventional,
    GeneratorIdentity,
    Inspection,
    MetricFacts,
    Provenance,
    Record,
    Reported,
    Row,
    RuleRecord,
)
from synact_bench.results.store import Cell, encode
from synact_bench.results.table import CellTable

BASES = 24
"""Each of a document of its own: enough of them for intervals."""
POINTS = 51
SETTINGS = MetricSettings(tau=10.0, absolute_length=60.0)

CENTRES = {
    REFERENCE: 0.50,
    **dict.fromkeys(FLOORS, 0.50),
    HOLDOUT: 0.50,
    NATIVE: 0.53,
    "sae-reconstruction": 0.55,
    "synthetic-structured": 0.60,
    "synthetic-structured-other": 0.58,
    "gaussian": 0.70,
    "isotropic": 0.85,
}
"""Where the step of each row's curves lies: farther from real is less real."""

DRAWS = (*REAL, HOLDOUT, NATIVE)
"""Rows that no generator makes."""
CONDITIONED = ("isotropic", "synthetic-structured")
FEW = (*REAL, "gaussian")
"""A small board: what gives the scale, and one row on it."""


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


def coarse_beyond(swept: Curves, refined: int) -> Curves:
    """The same with the scored fractions alone of all paths but the first ``refined``."""
    first, further = swept[:refined], swept[refined:].at((0.0, *SCORED))
    return joined(first, further)


def identity(name: str, experiment: str, path: str, **changed: Any) -> CellIdentity:
    """An identity; keywords replace its fields, or those of its generator."""
    own = GeneratorIdentity(
        name=name,
        version=changed.pop("version", "1"),
        parameters=changed.pop("parameters", {}),
        source_digest=changed.pop("source_digest", "a" * 64),
    )
    fields: dict[str, Any] = {
        "testbed": "toy@1",
        "testbed_digest": "b" * 64,
        "generator": own,
        "experiment": experiment if "@" in experiment else EXPERIMENTS[experiment].identity,
        "path": path if "@" in path else PATHS[path].identity,
        "preset": "tiny",
        "bases": BASES,
        "points": POINTS,
        "seed": 0,
        "dtype": "float32",
        "engine": ADAPTIVE,
        "design": DESIGN,
        "rules": RULES,
    }
    fields |= changed
    return CellIdentity(**({"refined": fields["bases"]} | fields))


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


def planned_cells(generators: int) -> int:
    """Cells of a board: those that the design draws, and those of so many generators."""
    return sum((len(each.draws) + generators) * len(each.paths) for each in EXPERIMENTS.values())


def inspection(*flags: str) -> Inspection:
    """What was seen of a row's activations that breaks these rules."""
    rules = {"near-duplicate": 0.01, "data-copying": 0.0}
    findings = [
        RuleRecord(
            rule=rule,
            value=0.5 if rule in flags else expected,
            expected=expected,
            threshold=12.5,
            p=None if rule == "data-copying" else 0.5,
            flagged=rule in flags,
        )
        for rule, expected in rules.items()
    ]
    return Inspection(
        findings=tuple(findings),
        spread={"effective_rank": 5.5, "distinct_latents": None},
        lowest_real_spread={"effective_rank": 5.0, "distinct_latents": None},
        two_sample={"n": 24, "kid": -0.25},
        flags=flags,
    )


def conventional(distance: float = 1.0, cost: float = 2.0, /, **changed: Any) -> Conventional:
    """What is reported of a row of the toy board, written at the last position.

    Args:
        distance: Fréchet distance over its floor.
        cost: KL, of which the loss rises by a quarter.
        changed: fields that are something else.
    """
    loss = cost / 4
    fields: dict[str, Any] = {
        "definition": CONVENTIONAL,
        "frechet": about(distance),
        "frechet_floor": 12.5,
        "frechet_n": BASES,
        "kl": about(cost),
        "delta_loss": about(loss),
        "delta_loss_following": None,
        "ce_recovered": about(1 - loss / 2.0),
        "ce_clean": 3.25,
        "ce_ablated": 5.25,
        "known": BASES - 1,
    }
    return Conventional(**(fields | changed))


def about(value: float) -> Reported:
    """A number with an interval about it."""
    return Reported(value=value, low=value - 0.25, high=value + 0.25)


def reported(given: Iterable[Cell], **by_row: Conventional) -> list[Cell]:
    """The cells, with what is reported of each row in the one that holds it; dashes are ``_``."""
    own = {name.replace("_", "-"): each for name, each in by_row.items()}
    return [
        Cell(each.record.model_copy(update={"conventional": own[name]}), each.table)
        if (name := each.record.identity.generator.name) in own and each.name == PLACE
        else each
        for each in given
    ]


def cell(
    name: str,
    experiment: str = "sensitivity",
    path: str = "relative",
    *,
    dropped: int = 0,
    documents: int = BASES,
    made: Provenance | None = None,
    card: dict[str, Any] | None = None,
    facts: dict[str, float] | None = None,
    seen: Inspection | None = None,
    record: dict[str, Any] | None = None,
    **changed: Any,
) -> Cell:
    """A whole cell; ``record`` replaces fields of its record, keywords left over its identity's."""
    own = identity(name, experiment, path, **changed)
    paths = own.bases - dropped
    swept = curves(name, *own.cell, paths=paths, points=own.points)
    if own.refined < paths:
        swept = coarse_beyond(swept, own.refined)
    table = _table(swept, documents=documents)
    row: dict[str, Any] = {"kind": "draw", "track": None}
    if name not in DRAWS:
        track = "conditioned" if name in CONDITIONED else "unconditional"
        row = {"kind": "generator", "track": track}
    settings = {"tau": SETTINGS.tau, "absolute_length": SETTINGS.absolute_length}
    fields: dict[str, Any] = {
        "id": own.id,
        "identity": own,
        "row": Row(**(row | (card or {}))),
        "status": "ok" if paths else "empty",
        "reason": None if paths else "every base coincides with its target",
        "paths": paths,
        "dropped": dropped,
        "points_run": table.curves.points_run,
        "split": "release",
        "events": events_of(*own.cell),
        "inspection": None if name in REAL else seen or inspection(),
        "metric_facts": MetricFacts(**(settings | (facts or {}))),
        "table_sha256": hashlib.sha256(encode(table)).hexdigest(),
        "provenance": made or provenance(),
    }
    return Cell(Record(**(fields | (record or {}))), table)


def _table(swept: Curves, *, documents: int) -> CellTable:
    paths = len(swept)
    return CellTable(
        base=np.arange(paths),
        document=tuple(f"doc-{base % documents}" for base in range(paths)),
        geometry={
            "distance": np.linspace(55, 65, paths, dtype=np.float32),
            "norm": np.linspace(40, 50, paths, dtype=np.float32),
            "cosine": np.linspace(-1, 1, paths, dtype=np.float32),
            "mahalanobis": np.linspace(3, 5, paths, dtype=np.float32),
        },
        curves=swept,
    )


def partly_run(given: Cell, *, share: float = 0.4, shaken: int | None = None) -> Cell:
    """The cell as though some points of its whole curves were interpolated.

    Args:
        given: of which every point, or the scored points alone, were run.
        share: of the points that are run, beside the start and the scored ones.
        shaken: seed of arbitrary numbers in the place of those interpolated; None leaves them.
    """
    curves = given.table.curves
    rng = np.random.default_rng(zlib.crc32(given.record.identity.stem.encode()))
    always = np.rint(np.array((0.0, *SCORED)) * (len(curves.fractions) - 1)).astype(int)
    run = rng.random(curves.l2.shape) < share
    run[:, always] = True
    run &= curves.run
    l2, kl = curves.l2.copy(), curves.kl.copy()
    if shaken is not None:
        filled = ~run & curves.run
        other = np.random.default_rng(shaken).uniform(0, 500, (2, filled.sum()))
        l2[filled], kl[filled] = other
    changed = Curves(curves.fractions, l2, kl, run)
    record = given.record.model_copy(update={"points_run": changed.points_run})
    return Cell(record, dataclasses.replace(given.table, curves=changed))


def whole_board(
    names: Iterable[str] = tuple(CENTRES),
    *,
    experiments: Iterable[str] = tuple(EXPERIMENTS),
    further: Iterable[str] = (),
    **changed: Any,
) -> list[Cell]:
    """Every cell of the named rows; a drawn row only where its experiment draws it.

    With those of ``further`` paths, which no score is made of.
    """
    return [
        cell(name, experiment, path, **changed)
        for name in names
        for experiment in experiments
        for path in (*EXPERIMENTS[experiment].paths, *further)
        if name not in DRAWS or name in EXPERIMENTS[experiment].draws
    ]


HOSTILE = "a|b<img src=x>[c](d)`*_$"
"""What an author may write who wants a board to show something else."""


def hostile() -> list[Cell]:
    """Every cell of a row in which all that its author can write is markup."""
    whole = inspection(HOSTILE)
    findings = (whole.findings[0].model_copy(update={"rule": HOSTILE}),)
    return whole_board(
        [HOSTILE],
        seen=whole.model_copy(update={"findings": findings}),
        card={"authors": (HOSTILE,), "reference": HOSTILE, "summary": HOSTILE},
        made=provenance(created=HOSTILE, machine=HOSTILE, model=HOSTILE, commit=HOSTILE),
        version=HOSTILE,
        parameters={HOSTILE: HOSTILE},
    )
