"""The numbers that each ``name@version`` gives: computed, recorded, compared.

What no number stands for, the facts of experiments and testbeds, is held by digests.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch

from synact_bench.core.activations import RealActivations
from synact_bench.core.conventional import CONVENTIONAL
from synact_bench.core.experiments import (
    EXPERIMENTS,
    PRESETS,
    RECONSTRUCTIONS,
    RULES,
    Experiment,
    Preset,
)
from synact_bench.generators.flow_prior import (
    FLOW_DENOISED,
    FLOW_PRIOR,
    FLOW_RESTORED,
    card_of,
    shipped,
)
from synact_bench.metrics import METRICS, Metric, PathMetric, SetMetric
from synact_bench.paths import PATHS, build
from synact_bench.run.inspection import Inspector
from synact_bench.scoring import Estimate
from synact_bench.scoring.distances import mean_wasserstein1
from synact_bench.scoring.recovered import recovered
from synact_bench.similarity.frechet import Moments, frechet
from synact_bench.testbeds.spec import catalog
from tests.golden import made
from tests.golden.curves import KL_SETS, L2
from tests.helpers.curve_shapes import GRIDS, SETTINGS, curves_of, grid
from tests.helpers.toys import toy_dictionary, toy_real

HOME = Path(__file__).parent
DEFINITIONS, NUMBERS = "definitions.json", "numbers.json"
TIED = ("not-authentic", "mixed")
"""A rule asks which of two is nearer, and halfway between them rounding decides: not recorded."""
DESCRIBED = {"name", "version", "definition", "bounds", "direction", "tolerance", "curve", "order"}
"""Facts of a metric that change none of its numbers."""
COMMAND = "python -m tests.golden.renew"

Table = Mapping[str, Any]


def definitions() -> dict[str, str]:
    """The digest of the declared facts of experiments and testbeds, by ``kind name@version``."""
    return {
        **{f"experiment {each.identity}": _facts_digest(each) for each in EXPERIMENTS.values()},
        **{f"experiment {each.identity}": _facts_digest(each) for each in RECONSTRUCTIONS.values()},
        **{f"testbed {each.identity}": each.digest for each in catalog().values()},
        **{f"preset {each.name}": _preset_digest(each) for each in PRESETS.values()},
        **_weights(),
    }


def _preset_digest(preset: Preset) -> str:
    """SHA-256 over what decides a cell's numbers: a preset of other numbers has another name."""
    facts = [preset.bases, preset.refined, preset.points, preset.train_activations]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def _weights() -> dict[str, str]:
    """The digest of the weights that a pretrained row takes at each testbed that has some."""
    rows = (each.build().card for each in (FLOW_PRIOR, FLOW_DENOISED, FLOW_RESTORED))
    return {
        f"weights {card.name}@{card.version} {testbed.name}": card_of(folder).weights_sha256
        for card in rows
        for testbed in catalog().values()
        if (folder := shipped(testbed.site)) is not None
    }


def _facts_digest(experiment: Experiment) -> str:
    """SHA-256 over what decides a cell's numbers: which rows and paths are run is no part of it."""
    facts = {name: getattr(experiment, name) for name in ("name", "version", "scored")}
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def numbers() -> dict[str, Any]:
    """Every number that is held, by ``name@version: of what``.

    Every metric on every golden curve and grid: one of single paths has its value, null where
    undefined, and whether it is censored; one of sets has the distance of two. Further the facts
    that metrics declare, points on paths, verdicts of rules, what is drawn and what is generated.
    """
    found: dict[str, Any] = {}
    for metric in METRICS.values():
        found[f"{metric.identity}: declared"] = _declared(metric)
        of: Any = _of_paths if isinstance(metric, PathMetric) else _of_sets
        for points in GRIDS:
            for curve, value in of(metric, points).items():
                found[f"{metric.identity}: {curve}, {points} points"] = value
    return found | _of_geometry() | _of_rules() | _of_conventional() | made.numbers()


def _declared(metric: Metric) -> dict[str, Any]:
    """Facts of a metric that decide where, how and on which points it counts."""
    facts = {each.name: getattr(metric, each.name) for each in dataclasses.fields(metric)}
    plain = {
        name: sorted(value) if isinstance(value, frozenset) else value
        for name, value in facts.items()
        if not callable(value) and name not in DESCRIBED
    }
    return dict(sorted(plain.items()))


def _of_geometry() -> dict[str, list[float]]:
    """Points of every path between fixed ends, by ``name@version: fraction``."""
    rng = np.random.default_rng(0)
    base, target, real_target, centre, gaussian, isotropic = (
        torch.from_numpy(rng.standard_normal((1, 4)).astype(np.float32)) for _ in range(6)
    )
    fractions = torch.tensor([0.0, 0.25, 1.0])
    found = {}
    for spec in PATHS.values():
        along = build(
            spec.name,
            base,
            target,
            real_target=real_target,
            gaussian=gaussian,
            isotropic=isotropic,
            length=2.0,
            median_norm=3.0,
            centre=centre[0],
        )
        for fraction, point in zip(fractions, along.points(fractions)[0], strict=True):
            found[f"{spec.identity}: at {fraction:g}"] = [round(each, 4) for each in point.tolist()]
    return found


@cache
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
            if (each.rule, name) == TIED:
                continue
            numbers = [float(f"{one:.4g}") for one in (each.value, each.threshold or 0.0)]
            found[f"{RULES}: {each.rule}, {name}"] = [*numbers, each.flagged]
        found[f"{RULES}: collapsed, {name}"] = ["collapsed" in seen.flags]
    return found


def _of_conventional() -> dict[str, float]:
    """Fréchet distance of toy activations, and what a cost recovers."""
    real = toy_real(n=1000).tensor
    train, fresh = RealActivations(real[:800], ("a document",) * 800), real[800:]
    moments = Moments.of(train.mean.double().numpy(), train.covariance.numpy())
    samples = {"fresh": fresh, "scaled": 1.5 * fresh, "few": fresh[:4]}
    found = {name: frechet(each.numpy(), moments).value for name, each in samples.items()}
    share = recovered(Estimate(0.5), Estimate(2.0))
    assert share is not None
    return {
        **{f"{CONVENTIONAL}: frechet, {name}": float(f"{x:.4g}") for name, x in found.items()},
        f"{CONVENTIONAL}: recovered, a quarter": share.value,
    }


def _of_paths(metric: PathMetric, points: int) -> dict[str, list[float | bool | None]]:
    rows = [shape(grid(points)) for shape in L2.values()]
    answer = metric.compute(curves_of(*rows, kl=metric.curve == "kl"), SETTINGS)
    pairs = zip(answer.values.tolist(), answer.censored.tolist(), strict=True)
    return {
        name: [None if math.isnan(value) else value, censored]
        for name, (value, censored) in zip(L2, pairs, strict=True)
    }


def _of_sets(metric: SetMetric, points: int) -> dict[str, float]:
    def rows(shapes):
        curves = curves_of(*(each(grid(points)) for each in shapes), kl=True)
        return metric.ingredient(curves, SETTINGS)

    return {
        name: mean_wasserstein1(rows(first), rows(second))
        for name, (first, second) in KL_SETS.items()
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
        if _identity(name) in current
        and not _equal(value, now.get(name, "gone"), within=_rounding(name))
    ]


def unrecorded(before: Table, now: Table) -> list[str]:
    """The names that are not recorded."""
    return [name for name in sorted(now) if name not in before]


def _identity(name: str) -> str:
    return name.partition(":")[0]


def _rounding(name: str) -> float:
    """How far two numbers may be apart: as float32 may part them, or the order of a sum."""
    return made.CLOSE if name.startswith(made.KINDS) else 1e-12


def _equal(first: Any, second: Any, *, within: float) -> bool:
    if isinstance(first, list) and isinstance(second, list):
        same = partial(_equal, within=within)
        return len(first) == len(second) and all(map(same, first, second))
    if isinstance(first, float) and isinstance(second, float):
        return math.isclose(first, second, rel_tol=1e-12, abs_tol=within)
    return type(first) is type(second) and first == second
