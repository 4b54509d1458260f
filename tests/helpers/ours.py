"""Every generator of ours, trained briefly or on nothing: the rules do not depend on how long."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from synact_bench.generators import BUILTINS, OPTIONAL_BASELINES, RECONSTRUCTIONS
from synact_bench.generators.cluster_flow import ClusterFlow
from synact_bench.generators.flow_prior import FlowDenoised, FlowRestored, FlowSamples, Pretrained
from synact_bench.generators.ladder import LADDER
from tests.helpers.priors import toy_prior


def _as_shipped(row: type[Pretrained]) -> Pretrained:
    """A row whose weights are those of the toy prior, as if they were shipped."""
    generator = row()
    generator.folder = toy_prior()
    return generator


OURS: dict[str, Callable[[], Any]] = {
    **BUILTINS,
    **OPTIONAL_BASELINES,
    **RECONSTRUCTIONS,
    "cluster-flow": partial(ClusterFlow, steps=5, width=16),
    "flow-prior": partial(_as_shipped, FlowSamples),
    "flow-denoised": partial(_as_shipped, FlowDenoised),
    "flow-restored": partial(_as_shipped, FlowRestored),
    **LADDER,
}
