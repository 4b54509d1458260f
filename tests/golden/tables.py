"""What each ``name@version`` stands for and the numbers it gives: computed, recorded, compared."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from synact_bench.definitions import experiment_digest, metric_digest, path_digest, rules_digest

from synact_bench.activations import RealActivations
from synact_bench.experiments import EXPERIMENTS, RULES
from synact_bench.harness.inspection import Inspector
from synact_bench.metrics import METRICS, PathMetric, SetMetric
from synact_bench.paths import PATHS, build
from synact_bench.testbeds.spec import catalog
from tests.golden.curves import KL_SETS, L2
from tests.helpers.curve_shapes import GRIDS, SETTINGS, curves_of, grid
from tests.helpers.toys import toy_dictionary, toy_real

HOME = Path(__file__).parent
DEFINITIONS, NUMBERS = "definitions.json", "metrics.json"
NUMBERED = ("metric", "path", "rules")
"""Kinds of definitions whose numbers are recorded: they tell a refactor from a change."""
COMMAND = "python -m tests.golden.renew"

Table = Mapping[str, Any]


def definitions() -> dict[str, str]:
    """The digest of everything that is declared, by ``kind name@version``."""
    return {
        **{f"metric {each.identity}": metric_digest(each) for each in METRICS.values()},
        **{f"experiment {each.identity}": experiment_digest(each) for each in EXPERIMENTS.values()},
        **{f"path {each.identity}": path_digest(each) for each in PATHS.values()},
        f"rules {RULES}": rules_digest(),
        **{f"testbed {each.identity}": each.digest for each in catalog().values()},
    }


def numbers() -> dict[str, Any]:
    """Every metric on every golden curve and grid, by ``name@version: curve, points``.

    A metric of single paths has its value, null where undefined, and whether it is censored; one
    of two sets has its value.
    """
    found: dict[str, Any] = {}
    for metric in METRICS.values():
        of = _of_paths if isinstance(metric, PathMetric) else _of_sets
        for points in GRIDS:
            for curve, value in of(metric, points).items():
                found[f"{metric.identity}: {curve}, {points} points"] = value
    return found | _of_geometry() | _of_rules()


def _of_geometry() -> dict[str, list[float]]:
    """Points of every path between fixed ends, by ``name@version: fraction``."""
    rng = np.random.default_rng(0)
    base, target, real_target, centre = (
        torch.from_numpy(rng.standard_normal((1, 4)).astype(np.float32)) for _ in range(4)
    )
    fractions = torch.tensor([0.0, 0.25, 1.0])
    found = {}
    for spec in PATHS.values():
        along = build(
            spec.name,
            base,
            target,
            real_target=real_target,
            length=2.0,
            median_norm=3.0,
            centre=centre[0],
        )
        for fraction, point in zip(fractions, along.points(fractions)[0], strict=True):
            found[f"{spec.identity}: at {fraction:g}"] = [round(each, 4) for each in point.tolist()]
    return found


def _of_rules() -> dict[str, list[Any]]:
    """What every rule says of fresh and of copied toy activations: value, threshold, flagged."""
    real = toy_real(n=1400).tensor
    train, test, fresh = real[:800], real[800:1200], real[1200:1300]
    subject = SimpleNamespace(
        train=RealActivations(train, ("a document",) * len(train)),
        dictionary=toy_dictionary(),
        test_pool=test,
    )
    inspector = Inspector(subject, SimpleNamespace(calibration=test[:300]))  # type: ignore[arg-type]
    half = (train[:100] + train[100:200]) / 2
    samples = {"fresh": fresh, "stored": train[:100], "peeked": test[-100:], "mixed": half}
    found: dict[str, list[Any]] = {}
    for name, sample in samples.items():
        seen = inspector.inspect(sample, shown=None, drawn=False)
        for each in seen.findings:
            numbers = [float(f"{one:.4g}") for one in (each.value, each.threshold or 0.0)]
            found[f"{RULES}: {each.rule}, {name}"] = [*numbers, each.flagged]
        found[f"{RULES}: collapsed, {name}"] = ["collapsed" in seen.flags]
    return found


def _of_paths(metric: PathMetric, points: int) -> dict[str, list[float | bool | None]]:
    rows = [shape(grid(points)) for shape in L2.values()]
    answer = metric.compute(curves_of(*rows, kl=metric.name.startswith("kl_")), SETTINGS)
    pairs = zip(answer.values.tolist(), answer.censored.tolist(), strict=True)
    return {
        name: [None if math.isnan(value) else value, censored]
        for name, (value, censored) in zip(L2, pairs, strict=True)
    }


def _of_sets(metric: SetMetric, points: int) -> dict[str, float]:
    def rows(shapes):
        return metric.ingredient(curves_of(*(each(grid(points)) for each in shapes), kl=True))

    return {
        name: metric.compute(rows(first), rows(second)) for name, (first, second) in KL_SETS.items()
    }


def recorded(file: str, home: Path = HOME) -> dict[str, Any]:
    """A table as it was last renewed; empty when it never was."""
    path = home / file
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def written(table: Table) -> str:
    """A table as text: an entry a line in the order of names, so that a change is easy to read."""
    lines = (f"  {json.dumps(name)}: {json.dumps(table[name])}" for name in sorted(table))
    return "{\n" + ",\n".join(lines) + "\n}\n"


def redefined(before: Table, now: Table) -> list[str]:
    """The names whose digest is not the recorded one."""
    return [name for name in sorted(now) if name in before and before[name] != now[name]]


def renumbered(before: Table, now: Table) -> list[str]:
    """What has another number than the recorded one, or none any more, in a version still there."""
    current = {_identity(name) for name in now}
    return [
        f"{name}: {json.dumps(value)} is recorded, now it is {json.dumps(now.get(name, 'gone'))}"
        for name, value in sorted(before.items())
        if _identity(name) in current and not _equal(value, now.get(name, "gone"))
    ]


def unnumbered(names: Sequence[str]) -> list[str]:
    """Those of the names that no golden number stands for: only experiments and testbeds."""
    return [name for name in names if name.split()[0] not in NUMBERED]


def unrecorded(before: Table, now: Table) -> list[str]:
    """The names that are not recorded."""
    return [name for name in sorted(now) if name not in before]


def _identity(name: str) -> str:
    return name.partition(":")[0]


def _equal(first: Any, second: Any) -> bool:
    """Equality, for floats within what the order of a sum may change."""
    if isinstance(first, list) and isinstance(second, list):
        return len(first) == len(second) and all(map(_equal, first, second))
    if isinstance(first, float) and isinstance(second, float):
        return math.isclose(first, second, rel_tol=1e-12, abs_tol=1e-12)
    return type(first) is type(second) and first == second
