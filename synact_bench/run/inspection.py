"""Inspection: what a row's activations look like, apart from the model's answer."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from synact_bench.models.subject import Subject
from synact_bench.results.record import Inspection, RuleRecord
from synact_bench.run.design import Design
from synact_bench.similarity.copying import closeness, copying, limits
from synact_bench.similarity.data_copying import cell_centres
from synact_bench.similarity.diversity import (
    Diversity,
    RealSpread,
    diversity,
    kept_apart,
    real_spread,
)
from synact_bench.similarity.generalisation import HeldOut, generalisation
from synact_bench.similarity.pool import Bools, Pool
from synact_bench.similarity.rule import Closeness, Stored
from synact_bench.similarity.rules import RULES
from synact_bench.similarity.rules.near_duplicate import NEAR_DUPLICATE
from synact_bench.similarity.two_sample import two_sample

SEED = 20040567
"""Of k-means cells, splits and permutations: the same sample is always judged the same."""


class Inspector:
    """Compares activations with stored and with held-out real ones.

    What it needs of these is made when it is first asked, and kept.

    Args:
        subject: its train pool is what generators know, its test pool what they must not.
        design: its calibration activations are the held-out real ones.
    """

    def __init__(self, subject: Subject, design: Design) -> None:
        self._subject = subject
        self._heldout = design.calibration.numpy()
        self._spreads: dict[int, RealSpread | None] = {}
        self._known_limits: dict[int, Mapping[str, float | None]] = {}

    def prepare(self) -> None:
        """Make what all samples are compared with, so that the first cell is not charged with it.

        The test pool is captured, if it is not cached: minutes on a deep testbed.
        """
        _ = self._closeness

    def inspect(self, made: Tensor, *, shown: Tensor | None, drawn: bool) -> Inspection:
        """Judge activations ``[n, d_model]``.

        Args:
            made: the activations.
            shown: for a conditioned generator, what it was shown for each, ``[n, d_model]``.
            drawn: whether the design drew them: they may then lie in the test pool.
        """
        sample = made.numpy()
        found = closeness(sample, self._stored, shown=None if shown is None else shown.numpy())
        if drawn:
            found = _asked_of_draws(found)
        copied = copying(found, self._closeness, limits=self._limits(len(sample)))
        varied = self._variety(made)
        return varied.model_copy(
            update={
                "findings": tuple(
                    RuleRecord(**dataclasses.asdict(each)) for each in copied.findings
                ),
                "generalisation": _numbers(generalisation(sample, self._parted)),
                "flags": (*copied.flags, *varied.flags),
            }
        )

    def inspect_reconstruction(self, made: Tensor, *, bases: Tensor) -> Inspection:
        """Judge reconstructions ``[n, d_model]`` of as many real activations.

        To be near a real one is what they are for: no rule of copying is tried, collapse alone, and
        that beside what they reconstruct: ``kept_apart``.

        Args:
            made: the reconstructions.
            bases: what each is of, ``[n, d_model]``.
        """
        return self._described(
            made,
            kept_apart(
                made.numpy(),
                bases.numpy(),
                self._spread(len(made)),
                latents=(self._latents(made), self._latents(bases)),
            ),
        )

    def _variety(self, made: Tensor) -> Inspection:
        """How much activations ``[n, d_model]`` vary, and how they differ from real ones."""
        spread = self._spread(len(made))
        return self._described(made, diversity(made.numpy(), spread, latents=self._latents(made)))

    def _described(self, made: Tensor, varied: Diversity) -> Inspection:
        return Inspection(
            findings=(),
            spread=_numbers(varied.spread),
            lowest_real_spread=_numbers(varied.lowest),
            two_sample=_numbers(two_sample(made.numpy(), self._heldout, rng=_rng())),
            flags=varied.flags,
        )

    @cached_property
    def _stored(self) -> Stored:
        train = Pool(self._subject.train.tensor.numpy())
        foreign = Pool(self._subject.test_pool.numpy())
        return Stored(train, cell_centres(train.rows, rng=_rng()), foreign)

    @cached_property
    def _closeness(self) -> Closeness:
        """Of held-out real; from the rest of the test pool, which it is part of itself."""
        return closeness(self._heldout, self._stored, heldout=True)

    @cached_property
    def _parted(self) -> HeldOut | None:
        nearest = self._closeness.measured[NEAR_DUPLICATE.name]
        return HeldOut.of(self._heldout, nearest, stored=len(self._stored.train))

    def _limits(self, n: int) -> Mapping[str, float | None]:
        if n not in self._known_limits:
            self._known_limits[n] = limits(self._closeness, n=n, seed=SEED)
        return self._known_limits[n]

    def _spread(self, n: int) -> RealSpread | None:
        if n not in self._spreads:
            latents = self._latents(torch.from_numpy(self._heldout))
            self._spreads[n] = real_spread(self._heldout, n=n, rng=_rng(), latents=latents)
        return self._spreads[n]

    def _latents(self, activations: Tensor) -> Bools:
        latents: Bools = (self._subject.dictionary.encode(activations) > 0).numpy()
        return latents


def _asked_of_draws(found: Closeness) -> Closeness:
    """Without what activations that the design draws are not held to."""
    held = {name: each for name, each in found.measured.items() if RULES[name].of_draws}
    return dataclasses.replace(found, measured=held)


def _numbers(measured: object) -> dict[str, float | None]:
    """The fields of a dataclass of numbers; nothing where there is none."""
    if measured is None:
        return {}
    assert dataclasses.is_dataclass(measured)
    return {each.name: getattr(measured, each.name) for each in dataclasses.fields(measured)}


def _rng() -> np.random.Generator:
    return np.random.default_rng(SEED)
