"""The design of one testbed, preset and seed: what every generator faces alike."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from synact_bench.assets import prompts
from synact_bench.assets.prompts import Prompts
from synact_bench.core.errors import TextError
from synact_bench.core.experiments import HOLDOUT, NATIVE, REAL, SAME_TOKEN, Preset
from synact_bench.core.rng import stream
from synact_bench.generators.gaussian import Gaussian
from synact_bench.models.subject import Subject
from synact_bench.run.same_token import TokenPartners, token_partners

BASES, DONORS, CALIBRATION = "bases", "donors", "calibration"
DRAWN = (*REAL, HOLDOUT)
ROLES = (BASES, DONORS, CALIBRATION, *DRAWN)
UNCOMPARED = (DONORS, HOLDOUT)
"""Roles whose prompts ``real-same-token`` is drawn from: all but bases and what rows are compared
with. A prompt may so serve it and the role it was dealt to, whose prompts stay as they are; the two
are compared nowhere."""
CALIBRATIONS = 2000
"""Most held-out real activations that measures of copying are calibrated on."""
NORMAL_BLOCK = 16
"""Normal numbers that torch draws at once; it draws the end of an incomplete last block again."""


class Draws(Mapping[str, Tensor]):
    """Real activations by name of their draw, each ``[bases, d_model]``, captured when asked for.

    A run of one more row needs few of them, and at depth each takes as long as opening the model.

    Args:
        subject: what is captured.
        chosen: prompts of each draw: one for every base, or partners of those that have one.
        bases: how many there are.
    """

    def __init__(
        self, subject: Subject, chosen: Mapping[str, Prompts | TokenPartners], bases: int
    ) -> None:
        self._subject = subject
        self._chosen = chosen
        self._bases = bases
        self._captured: dict[str, Tensor] = {}

    def __getitem__(self, name: str) -> Tensor:
        if name not in self._captured:
            self._captured[name] = self._activations(self._chosen[name])
        return self._captured[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._chosen)

    def __len__(self) -> int:
        return len(self._chosen)

    def _activations(self, chosen: Prompts | TokenPartners) -> Tensor:
        if isinstance(chosen, Prompts):
            return self._subject.activations(chosen)
        return chosen.placed(self._subject.activations(chosen.prompts), self._bases)


@dataclass(frozen=True, eq=False)
class Design:
    """Bases and their partners; row ``i`` of each belongs to prompt ``i``.

    Attributes:
        prompts: the prompts, ``[bases, n_ctx]``.
        draws: rows that no generator makes, by name, each ``[bases, d_model]``: independent draws
            of real activations of other documents, and each prompt's own. NaN where a prompt has
            no partner of its token.
        donors: a further draw: what conditioned generators are shown for the plateau experiment, so
            that their output is as foreign to the prompt as the reference is. Its distance from the
            base is also the length of the matched path: taken from the reference itself, the
            reference alone would end each path at its own target, and no other row could.
        gaussian: Gaussian targets of the plateau experiment, from the train pool's statistics.
        isotropic: standard normal vectors, whose directions reconstructions are compared with.
        calibration: held-out real activations of prompts in no other role,
            ``[at most 2000, d_model]``.
        fractions: positions along a path, ``[points]``.
        mean: of the train pool, the centre of spherical and mixture paths, ``[d_model]``.
        median_norm: median norm of the train pool, for the scaled path.
    """

    prompts: Prompts
    draws: Mapping[str, Tensor]
    donors: Tensor
    gaussian: Tensor
    isotropic: Tensor
    calibration: Tensor
    fractions: Tensor
    mean: Tensor
    median_norm: float

    @property
    def native(self) -> Tensor:
        """Each prompt's own activation, ``[bases, d_model]``."""
        return self.draws[NATIVE]

    @classmethod
    def draw(cls, subject: Subject, preset: Preset, seed: int) -> Design:
        """Draw prompts and partners from the test split.

        Windows are dealt into roles by hash, so no window serves two of them and a smaller
        preset's bases and partners are the first of a larger one's.

        Raises:
            TextError: the test documents give too few prompts.
        """
        dealt = deal(subject.test, seed)
        bases = _first(dealt[BASES], preset, subject)
        partners = {
            role: partnered(dealt[role], bases, subject.testbed.name) for role in (*DRAWN, DONORS)
        }
        donors = partners.pop(DONORS)
        chosen: dict[str, Prompts | TokenPartners] = {
            **partners,
            NATIVE: bases,
            SAME_TOKEN: _of_one_token(subject, dealt, bases, seed),
        }
        spare = dealt[CALIBRATION]
        return cls(
            prompts=bases,
            draws=Draws(subject, chosen, len(bases)),
            donors=subject.activations(donors),
            gaussian=_gaussian(subject, preset.bases, rng=stream(seed, "gaussian targets")),
            isotropic=_isotropic(subject, preset.bases, rng=stream(seed, "isotropic directions")),
            calibration=subject.activations(spare.take(range(min(len(spare), CALIBRATIONS)))),
            fractions=torch.linspace(0, 1, preset.points),
            mean=subject.train.mean,
            median_norm=subject.train.median_norm,
        )


def deal(test: Prompts, seed: int) -> dict[str, Prompts]:
    """Part the test prompts into roles, each in its own fixed random order."""
    hands: dict[str, list[int]] = {role: [] for role in ROLES}
    for row in range(len(test)):
        digest = hashlib.sha256(f"{seed}|role|{test.key(row)}".encode()).digest()
        hands[ROLES[digest[0] % len(ROLES)]].append(row)
    return {
        role: prompts.shuffled(test.take(rows), salt=f"{seed}|{role}")
        for role, rows in hands.items()
    }


def same_token_pool(dealt: Mapping[str, Prompts], seed: int) -> Prompts:
    """The prompts that partners of one token are found among, in a fixed random order."""
    parts = [dealt[role] for role in UNCOMPARED]
    return prompts.shuffled(prompts.joined(parts), salt=f"{seed}|{SAME_TOKEN}")


def _of_one_token(
    subject: Subject, dealt: Mapping[str, Prompts], bases: Prompts, seed: int
) -> TokenPartners:
    return token_partners(same_token_pool(dealt, seed), bases, subject.testbed.write_index)


def _gaussian(subject: Subject, n: int, *, rng: torch.Generator) -> Tensor:
    """Samples of which fewer are always the first of more, ``[n, d_model]``."""
    gaussian = Gaussian()
    gaussian.fit(subject.train, subject.dictionary, rng=rng)
    return gaussian.generate(_whole(n), rng=rng)[:n]


def _isotropic(subject: Subject, n: int, *, rng: torch.Generator) -> Tensor:
    """Standard normal vectors of which fewer are always the first of more, ``[n, d_model]``."""
    return torch.randn(_whole(n), subject.train.d_model, generator=rng)[:n]


def _whole(n: int) -> int:
    """At least ``n`` rows, in whole blocks of normal numbers."""
    return -(-n // NORMAL_BLOCK) * NORMAL_BLOCK


def _first(pool: Prompts, preset: Preset, subject: Subject) -> Prompts:
    if len(pool) < preset.bases:
        raise _too_few(pool, preset.bases, subject.testbed.name)
    return pool.take(range(preset.bases))


def partnered(pool: Prompts, bases: Prompts, where: str) -> Prompts:
    """For each base the first unused prompt of ``pool`` from another document.

    Raises:
        TextError: the pool runs out.
    """
    unused = list(range(len(pool)))
    chosen: list[int] = []
    for document in bases.documents:
        found = next((row for row in unused if pool.documents[row] != document), None)
        if found is None:
            raise _too_few(pool, len(bases), where)
        unused.remove(found)
        chosen.append(found)
    return pool.take(chosen)


def _too_few(pool: Prompts, needed: int, where: str) -> TextError:
    return TextError(
        f"test documents give {len(pool)} prompts for one of {len(ROLES)} roles, {needed} are "
        "needed",
        where=where,
        fix="use more text, in many documents, or a smaller preset",
    )
