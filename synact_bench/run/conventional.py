"""Conventional measures of a row: Fréchet distance, and what full substitution costs the model."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from synact_bench.core.conventional import CONVENTIONAL
from synact_bench.core.errors import PluginError
from synact_bench.engine.substitution import Substituted, Substitution
from synact_bench.engine.sweeper import Sweeper
from synact_bench.metrics.base import Floats
from synact_bench.models.subject import Subject
from synact_bench.results.record import Conventional, Reported
from synact_bench.run.design import Design
from synact_bench.scoring import Estimate, Resampling
from synact_bench.scoring.means import resampled_mean
from synact_bench.scoring.recovered import recovered
from synact_bench.similarity.frechet import Moments, frechet

SEED = 26020696
"""Of replicates and of real samples: the same activations are always measured the same."""
FLOORS = 5
"""Samples of held-out real activations whose mean distance is the floor."""
FEWEST = 10
"""Activations without which no distance is told."""


class ConventionalMeasures:
    """Measures activations as the field does.

    What all rows share is computed when it is first needed: moments and floors of real, and the
    losses of the prompts as they are and with the train pool's mean written into them.

    Args:
        subject: its train pool is what samples are compared with, and whose mean is the ablation.
        design: its prompts are those written into; its calibration activations give the floor.
        sweeper: of these prompts.
    """

    def __init__(self, subject: Subject, design: Design, sweeper: Sweeper) -> None:
        self._subject = subject
        self._design = design
        self._sweeper = sweeper
        self._floors: dict[int, float] = {}

    def of(self, made: Tensor, *, where: str) -> Conventional:
        """Measure activations ``[bases, d_model]``, one for each prompt.

        Args:
            made: the activations.
            where: what is named if the model's answer to them is not finite.

        Raises:
            PluginError: it is not.
        """
        answer = self._substitution.of(made)
        unknown = np.isnan(self._substitution.losses)
        if not (np.isfinite(answer.kl).all() and np.isfinite(answer.losses[~unknown]).all()):
            raise PluginError(
                "the model's loss is not finite where its activations are written",
                where=where,
                fix="return activations of a size that the model can take",
            )
        n = min(len(made), len(self._design.calibration))
        kl, (cost, later) = self._mean(answer.kl), self._costs(answer)
        worst, _ = self._costs(self._ablated)
        clean = self._mean(self._substitution.losses[:, 0])
        ablated = self._mean(self._ablated.losses[:, 0])
        assert kl is not None  # of every prompt
        share = None if cost is None or worst is None else recovered(cost, worst)
        return Conventional(
            definition=CONVENTIONAL,
            frechet=_measured(self._frechet(made.numpy(), n)),
            frechet_floor=self._floor(n) if n >= FEWEST else None,
            frechet_n=n,
            kl=_stated(kl),
            delta_loss=_measured(cost),
            delta_loss_following=_measured(later),
            ce_recovered=_measured(share),
            ce_clean=None if clean is None else clean.value,
            ce_ablated=None if ablated is None else ablated.value,
            known=int((~unknown[:, 0]).sum()),
        )

    @cached_property
    def _moments(self) -> Moments:
        train = self._subject.train
        mean: Floats = train.tensor.double().mean(0).numpy()
        return Moments.of(mean, train.covariance.numpy())

    @cached_property
    def _substitution(self) -> Substitution:
        design = self._design
        tokens = design.prompts.next_tokens(self._subject.testbed.write_index)
        return Substitution(self._sweeper, design.native, tokens)

    @cached_property
    def _ablated(self) -> Substituted:
        design = self._design
        return self._substitution.of(design.mean.expand_as(design.native).contiguous())

    @cached_property
    def _resampling(self) -> Resampling:
        documents = self._design.prompts.documents
        return Resampling.bootstrap(documents, rng=_rng())

    def _mean(self, numbers: Floats) -> Estimate | None:
        """Mean of what is known of each prompt, ``[bases]``, with replicates over documents."""
        return resampled_mean(numbers, self._design.prompts.documents, self._resampling)

    def _costs(self, answer: Substituted) -> tuple[Estimate | None, Estimate | None]:
        """Mean rise of the loss at the written position, and over the later ones."""
        rises = answer.losses - self._substitution.losses
        later = rises[:, 1:]
        known = (~np.isnan(later)).sum(axis=1)
        means = np.full(len(later), np.nan)
        np.divide(np.nansum(later, axis=1), known, out=means, where=known > 0)
        return self._mean(rises[:, 0]), self._mean(means)

    def _frechet(self, made: NDArray[np.float32], n: int) -> Estimate | None:
        """The distance of ``n`` of the activations over its floor, which is held fixed."""
        if n < FEWEST or not (floor := self._floor(n)):
            return None
        rows = _some(len(made), n)
        found = frechet(made[rows], self._moments)
        numbers = np.full(len(made), np.nan)
        numbers[rows] = (found.value + found.influences) / floor
        return self._mean(numbers)

    def _floor(self, n: int) -> float:
        """Mean distance of samples of ``n`` held-out real activations."""
        if n not in self._floors:
            real, rng = self._design.calibration.numpy(), _rng()
            draws = [rng.permutation(len(real))[:n] for _ in range(FLOORS if n < len(real) else 1)]
            values = [frechet(real[np.sort(draw)], self._moments).value for draw in draws]
            self._floors[n] = float(np.mean(values))
        return self._floors[n]


def _some(many: int, n: int) -> NDArray[np.int64]:
    """``n`` of so many rows, drawn at random; all of them where they are as many."""
    return np.sort(_rng().permutation(many)[:n])


def _measured(estimate: Estimate | None) -> Reported | None:
    return None if estimate is None else _stated(estimate)


def _stated(estimate: Estimate) -> Reported:
    low, high = estimate.interval or (None, None)
    return Reported(value=estimate.value, low=low, high=high)


def _rng() -> np.random.Generator:
    return np.random.default_rng(SEED)
