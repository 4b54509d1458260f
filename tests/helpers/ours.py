"""Every generator of ours, trained briefly or on nothing: the rules do not depend on how long."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from synact_bench.generators import BUILTINS, OPTIONAL_BASELINES
from synact_bench.generators.cluster_flow import KindFlow
from synact_bench.generators.flow_prior import FlowDenoised, FlowSamples
from synact_bench.generators.ladder import LADDER
from tests.helpers.priors import toy_prior

OURS: dict[str, Callable[[], Any]] = {
    **BUILTINS,
    **OPTIONAL_BASELINES,
    "kind-flow": partial(KindFlow, steps=5, width=16),
    "flow-prior": lambda: FlowSamples(toy_prior()),
    "flow-denoised": lambda: FlowDenoised(toy_prior()),
    **LADDER,
}
