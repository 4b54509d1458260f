"""The built-in generators: what is scored beside a plugin."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

from synact_bench.generators.bag import PermutedValues, RandomLatents, SimilarLatents
from synact_bench.generators.base import Generator
from synact_bench.generators.cluster_flow import KindFlow
from synact_bench.generators.cluster_gaussian import KindGaussian
from synact_bench.generators.controls import Isotropic, Mean, ShuffledCoordinates
from synact_bench.generators.cooccurrence import CooccurringLatents
from synact_bench.generators.donors import FromDonors
from synact_bench.generators.gaussian import Gaussian
from synact_bench.generators.neighbours import NeighbourInterpolation
from synact_bench.generators.permuted_decoder import PermutedDecoder
from synact_bench.generators.reconstruction import SaeReconstruction
from synact_bench.generators.smoothed_memoriser import SmoothedMemoriser
from synact_bench.generators.structured import Structured, StructuredNoCosine

__all__ = ["BUILTINS", "COMPOSITIONS", "ENTRANTS"]

COMPOSITIONS: Mapping[str, Callable[[], Generator]] = MappingProxyType(
    {
        "synthetic-structured": partial(FromDonors, Structured(), donor="base"),
        "synthetic-structured-other": partial(FromDonors, Structured(), donor="other"),
        "structured-no-cosine": partial(FromDonors, StructuredNoCosine(), donor="base"),
        "structured-no-cosine-other": partial(FromDonors, StructuredNoCosine(), donor="other"),
        "synthetic-random": partial(FromDonors, RandomLatents(), donor="base"),
        "synthetic-random-other": partial(FromDonors, RandomLatents(), donor="other"),
        "synthetic-baseline": partial(FromDonors, SimilarLatents(), donor="base"),
        "synthetic-baseline-other": partial(FromDonors, SimilarLatents(), donor="other"),
        "permuted-values": partial(FromDonors, PermutedValues(), donor="base"),
        "permuted-values-other": partial(FromDonors, PermutedValues(), donor="other"),
    }
)
"""Builders by name of those that compose a dictionary's latents: they say how good it is."""

BUILTINS: Mapping[str, Callable[[], Generator]] = MappingProxyType(
    {
        "sae-reconstruction": SaeReconstruction,
        "gaussian": Gaussian,
        **COMPOSITIONS,
        "shuffled-coordinates": ShuffledCoordinates,
        "permuted-decoder": PermutedDecoder,
        "mean": Mean,
        "isotropic": Isotropic,
        "smoothed-memoriser": SmoothedMemoriser,
    }
)
"""Builders by name, in the order of a board's rows."""

ENTRANTS: Mapping[str, Callable[[], Generator]] = MappingProxyType(
    {
        "cooccurring-latents": CooccurringLatents,
        "neighbour-interpolation": NeighbourInterpolation,
        "kind-gaussian": KindGaussian,
        "kind-flow": KindFlow,
    }
)
"""Builders of further methods by name. Some take minutes to fit: they run in the presets that have
``entrants``, and wherever they are named."""
