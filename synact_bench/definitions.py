"""Definition digests: what each ``name@version`` stands for, as a hash of what decides it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Set
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from synact_bench.experiments import RULES, Experiment
from synact_bench.metrics import Metric, metrics_for
from synact_bench.sources import Package

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

PROSE = frozenset({"summary", "definition"})
"""Fields of a declaration that people read and nothing computes with."""

BUILDERS = "synact_bench.paths"
"""Where the path called ``x`` has its builder, the function ``x``."""

ENDS, INSPECTION = "synact_bench.harness.ends", "synact_bench.harness.inspection"

_SOURCES = Package("synact_bench", Path(__file__).parent)


class NamedPath(Protocol):
    """What is read of a declared path: the declarations themselves cannot be had without torch."""

    @property
    def name(self) -> str:
        """How it is asked for."""

    @property
    def version(self) -> str:
        """Raised whenever its points change."""

    @property
    def identity(self) -> str:
        """``name@version``."""


def definition_digests(experiment: Experiment, path: NamedPath) -> dict[str, str]:
    """What the numbers of one cell are called, and what those names stand for.

    Returns:
        The digest of the experiment, of the path, of the rules of copying and collapse and of each
        metric defined on them, by ``<kind> <name>@<version>``: ``metric plateau_width@1``. Kinds
        are ``experiment``, ``path``, ``rules`` and ``metric``; testbeds have their own digest. Two
        records that agree on a name and not on its digest were measured by different definitions.

    Raises:
        SynactError: the package's source cannot be read.
    """
    found = {
        f"experiment {experiment.identity}": experiment_digest(experiment),
        f"path {path.identity}": path_digest(path),
    }
    found[f"rules {RULES}"] = rules_digest()
    for metric in metrics_for(experiment.name, path.name).values():
        found[f"metric {metric.identity}"] = metric_digest(metric)
    return found


def metric_digest(metric: Metric) -> str:
    """SHA-256 over a metric's declared facts and the source of what it computes with.

    Prose does not count, nor does source of the package that the metric does not use.

    Raises:
        SynactError: the source cannot be read.
    """
    return _digest(_facts(metric))


def experiment_digest(experiment: Experiment) -> str:
    """SHA-256 over an experiment's declared facts and the source that makes them so.

    Prose does not count. The source is what chooses the ends of paths, and what generators are
    shown.

    Raises:
        SynactError: the source cannot be read.
    """
    sources = {name: _SOURCES.digest(ENDS, name) for name in ("ends", "shown")}
    return _digest(_facts(experiment) | sources)


def rules_digest() -> str:
    """SHA-256 over the source that holds activations to the rules of copying and collapse.

    Raises:
        SynactError: the source cannot be read.
    """
    return _SOURCES.digest(INSPECTION, "Inspector")


def path_digest(path: NamedPath) -> str:
    """SHA-256 over a path's name and version and the source of its builder, no other's.

    Raises:
        SynactError: the source cannot be read, or no builder has the path's name.
    """
    source = _SOURCES.digest(BUILDERS, path.name)
    return _digest({"name": path.name, "version": path.version, "builder": source})


def _facts(declaration: DataclassInstance) -> dict[str, object]:
    values = {each.name: getattr(declaration, each.name) for each in fields(declaration)}
    return {
        name: _source(value) if callable(value) else value
        for name, value in values.items()
        if name not in PROSE
    }


def _source(function: Callable[..., object]) -> str:
    return _SOURCES.digest(function.__module__, function.__qualname__)


def _digest(facts: Mapping[str, object]) -> str:
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"), default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, Set):
        return sorted(value)
    raise TypeError(f"{value!r} in a declaration has no canonical JSON")
