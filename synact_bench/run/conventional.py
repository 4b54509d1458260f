"""Conventional measures of a row: Fréchet distance, and what full substitution costs the model."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import torch
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

    def of(self, made: Tensor, *, where: str, drawn: bool = False) -> Conventional | None:
        """Measure activations ``[bases, d_model]``, one for each prompt.

        Args:
            made: the activations.
            where: what is named if the model's answer to them is not finite.
            drawn: whether the design draws them. Rows of a draw that are not finite are of bases
                without a partner: all is measured of the other bases, the references too.

        Returns:
            None where no base of a draw has a partner.

        Raises:
            PluginError: it is not.
        """
        kept = made.isfinite().all(-1) if drawn else torch.ones(len(made), dtype=torch.bool)
        if not kept.any():
            return None
        # The model takes no NaN: bases that are left out are written with their own activations.
        answer = self._substitution.of(made.where(kept[:, None], self._design.native))
        self._refuse_broken(answer, where=where)
        return self._of(made.numpy(), answer, kept.numpy())

    def _of(
        self, made: NDArray[np.float32], answer: Substituted, kept: NDArray[np.bool_]
    ) -> Conventional:
        """What activations and the answer to them come to, over the ``kept`` bases, ``[bases]``."""
        n = min(int(kept.sum()), len(self._design.calibration))
        kl, (cost, later) = self._mean(answer.kl, kept), self._costs(answer, kept)
        worst, _ = self._costs(self._ablated, kept)
        losses = self._substitution.losses[:, 0]
        clean, ablated = self._mean(losses, kept), self._mean(self._ablated.losses[:, 0], kept)
        assert kl is not None  # of every prompt that is kept
        share = None if cost is None or worst is None else recovered(cost, worst)
        return Conventional(
            definition=CONVENTIONAL,
            frechet=_measured(self._frechet(made, n, kept)),
            frechet_floor=self._floor(n) if n >= FEWEST else None,
            frechet_n=n,
            kl=_stated(kl),
            delta_loss=_measured(cost),
            delta_loss_following=_measured(later),
            ce_recovered=_measured(share),
            ce_clean=None if clean is None else clean.value,
            ce_ablated=None if ablated is None else ablated.value,
            known=int((kept & ~np.isnan(losses)).sum()),
        )

    def _refuse_broken(self, answer: Substituted, *, where: str) -> None:
        known = ~np.isnan(self._substitution.losses)
        if not (np.isfinite(answer.kl).all() and np.isfinite(answer.losses[known]).all()):
            raise PluginError(
                "the model's loss is not finite where its activations are written",
                where=where,
                fix="return activations of a size that the model can take",
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

    def _mean(self, numbers: Floats, kept: NDArray[np.bool_]) -> Estimate | None:
        """Mean of what is known of each kept prompt, ``[bases]``, replicates over documents."""
        known = np.where(kept, numbers, np.nan)
        return resampled_mean(known, self._design.prompts.documents, self._resampling)

    def _costs(
        self, answer: Substituted, kept: NDArray[np.bool_]
    ) -> tuple[Estimate | None, Estimate | None]:
        """Mean rise of the loss at the written position, and over the later ones."""
        rises = answer.losses - self._substitution.losses
        later = rises[:, 1:]
        known = (~np.isnan(later)).sum(axis=1)
        means = np.full(len(later), np.nan)
        np.divide(np.nansum(later, axis=1), known, out=means, where=known > 0)
        return self._mean(rises[:, 0], kept), self._mean(means, kept)

    def _frechet(
        self, made: NDArray[np.float32], n: int, kept: NDArray[np.bool_]
    ) -> Estimate | None:
        """The distance of ``n`` of the kept activations over its floor, which is held fixed."""
        if n < FEWEST or not (floor := self._floor(n)):
            return None
        rows = np.flatnonzero(kept)[_some(int(kept.sum()), n)]
        found = frechet(made[rows], self._moments)
        numbers = np.full(len(made), np.nan)
        numbers[rows] = (found.value + found.influences) / floor
        return self._mean(numbers, kept)

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
