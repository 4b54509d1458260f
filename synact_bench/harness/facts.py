"""Facts of a testbed that its declaration freezes: measured once, by a maintainer."""

from __future__ import annotations

import torch
from pydantic import BaseModel, ConfigDict

from synact_bench import paths
from synact_bench.experiments import PRESETS, REFERENCE
from synact_bench.generators.structured import mean_pair_cosine
from synact_bench.harness.runner import prepare
from synact_bench.rng import stream
from synact_bench.testbeds.sae import explained_variance
from synact_bench.testbeds.spec import Testbed

TAU_SHARE = 0.1
"""tau is this share of the median final l2 of real-to-real relative paths."""


class Facts(BaseModel):
    """What was measured on the standard preset's bases, seed 0."""

    model_config = ConfigDict(frozen=True)

    bases: int
    median_norm: float
    """Of train-pool activations at the write hook."""
    mean_norm_of_mean: float
    real_distance: float
    """Median distance from a base to its paired real activation."""
    final_l2: float
    """Median l2 at the read hook when that path ends."""
    tau: float
    pair_cosine: float
    """Mean cosine of two real activations about the SAE's decoder bias (c*)."""
    explained_variance: float
    """Of the SAE on the train pool, about the mean."""
    l0: float
    """Mean number of active latents on the train pool."""


def measure(testbed: Testbed) -> Facts:
    """Measure the facts of a testbed that can already be opened.

    Raises:
        SynactError: the testbed cannot be opened.
    """
    bench = prepare(testbed, PRESETS["standard"], seed=0)
    subject, trial = bench.subject, bench.trial
    ends = torch.tensor([0.0, 1.0])
    rows = range(len(trial.native))
    curves = bench.sweeper.curves(rows, paths.relative(trial.native, trial.draws[REFERENCE]), ends)
    final = float(torch.from_numpy(curves.l2[:, -1]).median())
    pool, dictionary = subject.train, subject.dictionary
    explained = explained_variance(lambda x: dictionary.decode(dictionary.encode(x)), pool.tensor)
    rng = stream("facts")
    return Facts(
        bases=len(rows),
        median_norm=round(pool.median_norm, 2),
        mean_norm_of_mean=round(float(pool.mean.norm()), 2),
        real_distance=round(
            float((trial.draws[REFERENCE] - trial.native).norm(dim=-1).median()), 2
        ),
        final_l2=round(final, 2),
        tau=round(TAU_SHARE * final, 2),
        pair_cosine=round(mean_pair_cosine(pool, about=dictionary.bias, rng=rng), 4),
        explained_variance=round(explained, 4),
        l0=round(float(dictionary.firing_frequency.sum()), 2),
    )
