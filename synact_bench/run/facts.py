"""Facts of a testbed that its declaration freezes: measured once, when it is first opened."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from typing import SupportsFloat

import torch
from pydantic import BaseModel, ConfigDict

from synact_bench import paths
from synact_bench.core.errors import SubjectError, SynactError, TextError
from synact_bench.core.experiments import ADAPTIVE, DESIGN, REAL, REFERENCE, Preset
from synact_bench.core.rng import stream
from synact_bench.generators.structured import mean_pair_cosine
from synact_bench.models.sae import explained_variance
from synact_bench.models.subject import Subject
from synact_bench.results.comparability import differences
from synact_bench.results.latents import Latents
from synact_bench.results.store import Cell
from synact_bench.run import calibration
from synact_bench.run.design import deal
from synact_bench.run.runner import assemble
from synact_bench.run.session import Session
from synact_bench.scoring import CellName
from synact_bench.testbeds.spec import Setup, Testbed, validated

SEED = 0
"""Of prompts and partners."""
WITH = Preset("facts", bases=400, refined=0)
"""Of its own: facts that are frozen follow no preset that is changed."""
REFINED = 60
"""Bases that named metrics are calibrated on."""
FEWEST = 2
"""Bases that facts can be measured on at all; a score needs many more."""
TAU_SHARE = 0.1
"""tau is this share of the median final l2 of real-to-real relative paths."""


class TestbedFacts(BaseModel):
    """What was measured on 400 bases, or as many as the text gives, seed 0."""

    __test__ = False  # the name begins with "Test": pytest must not collect it

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

    @property
    def declared(self) -> dict[str, float]:
        """Those that a declaration states, as it calls them."""
        return {
            "absolute_length": self.real_distance,
            "tau": self.tau,
            "explained_variance": self.explained_variance,
            "l0": self.l0,
            "bases": self.bases,
        }


class Opened:
    """A testbed that facts are measured on: opened when the first of them is asked for, and once.

    Args:
        testbed: the declaration.
        device: that the model runs on.
    """

    def __init__(self, testbed: Setup, *, device: str = "cpu") -> None:
        self.testbed = testbed
        self._device = device

    @cached_property
    def subject(self) -> Subject:
        """What is probed.

        Raises:
            SynactError: it cannot be opened.
        """
        return Subject.open(self.testbed, device=self._device)

    @cached_property
    def session(self) -> Session:
        """Its prompts and their partners.

        Raises:
            SynactError: it cannot be opened, or its text gives too few prompts.
        """
        return assemble(self.subject, _fitting(self.subject), seed=SEED)


def scaled(testbed: Testbed, opened: Opened, *, cells: Iterable[Cell] = ()) -> Testbed:
    """The testbed with the scale of its cells, measured now.

    Args:
        testbed: as declared.
        opened: the same, or the setup that it was measured on.
        cells: of a run of it, among them draws of real activations: the scale is measured on their
            bases, of which there may be more than 400, and those draws are not run again.

    Raises:
        SynactError: it cannot be opened, its text gives too few prompts, Gaussian samples cannot
            be told from real ones, or the cells are of another testbed, seed or design.
    """
    stored = _real(testbed, cells)
    if stored:
        first = next(iter(stored.values())).record.identity
        preset, refined = replace(WITH, bases=first.bases), first.refined
        session = assemble(opened.subject, preset, seed=SEED)
    else:
        session, refined = opened.session, REFINED
    try:
        found = calibration.scales(session, testbed, refined=refined, stored=stored)
    except ValueError as error:
        raise SubjectError(
            f"has no scale to score on: {error}",
            where=testbed.name,
            fix="choose another hook, or give more text",
        ) from error
    return testbed.model_copy(update={"scale": found})


def measure(opened: Opened) -> TestbedFacts:
    """Measure what a setup lacks to be a testbed; of a testbed, the same again.

    Raises:
        SynactError: it cannot be opened, or its text gives too few prompts.
    """
    subject, session = opened.subject, opened.session
    design = session.design
    ends = torch.tensor([0.0, 1.0])
    rows = range(len(design.native))
    curves = session.sweeper.curves(
        rows, paths.relative(design.native, design.draws[REFERENCE]), ends
    )
    final = float(torch.from_numpy(curves.l2[:, -1]).median())
    pool, dictionary = subject.train, subject.dictionary
    described = latents(opened)
    rng = stream("facts")
    distance = (design.draws[REFERENCE] - design.native).norm(dim=-1).median()
    return TestbedFacts(
        bases=len(rows),
        median_norm=_short(pool.median_norm),
        mean_norm_of_mean=_short(pool.mean.norm()),
        real_distance=_short(distance),
        final_l2=_short(final),
        tau=_short(TAU_SHARE * final),
        pair_cosine=_short(mean_pair_cosine(pool, about=dictionary.bias, rng=rng)),
        explained_variance=described.explained_variance,
        l0=described.l0,
    )


def frozen(opened: Opened) -> Testbed:
    """The testbed that a setup becomes by measuring.

    Raises:
        SynactError: it cannot be opened, its text gives too few prompts, or nothing that is
            written changes the model's answer.
    """
    setup = opened.testbed
    facts = setup.model_dump() | measure(opened).declared
    return validated(facts, Testbed, where=setup.name)


def latents(opened: Opened) -> Latents:
    """Measure what a testbed's dictionary is like on its train pool.

    Raises:
        SynactError: it cannot be opened.
    """
    dictionary = opened.subject.dictionary
    explained = explained_variance(
        lambda x: dictionary.decode(dictionary.encode(x)), opened.subject.train.tensor
    )
    return Latents(
        d_sae=dictionary.d_sae,
        alive=_short((dictionary.firing_frequency > 0).double().mean()),
        explained_variance=_short(explained),
        l0=_short(dictionary.firing_frequency.sum()),
    )


def _real(testbed: Testbed, cells: Iterable[Cell]) -> dict[tuple[str, CellName], Cell]:
    """Those of the cells that are draws of real activations, by row and cell.

    Raises:
        SynactError: there are cells but no such, or one was not measured as the scale would be.
    """
    given = list(cells)
    found = {
        (each.record.identity.generator.name, each.name): each
        for each in given
        if each.record.identity.generator.name in REAL
    }
    now = {
        "testbed": testbed.identity,
        "testbed_digest": testbed.digest,
        "seed": SEED,
        "engine": ADAPTIVE,
        "design": DESIGN,
        "dtype": "float32",
        "points": WITH.points,
    }
    alike = set()
    for cell in found.values():
        own = cell.record.identity
        if differences(now, dict(own), among=now):
            raise SynactError(
                "was not measured as the scale of a testbed is",
                where=own.stem,
                fix=f"give cells of {testbed.name} as it is declared now, seed {SEED}",
            )
        alike.add((own.bases, own.refined))
    if given and len(alike) != 1:
        raise SynactError(
            f"draws of real activations with {len(alike)} numbers of bases",
            where="the cells that a scale is measured with",
            fix="give the cells of one run",
        )
    return found


def _fitting(subject: Subject) -> Preset:
    """``WITH``, with fewer bases where the text is short.

    As many as half the prompts of the role that has the fewest: the other half leaves every base
    partners of other documents.

    Raises:
        TextError: that is less than two.
    """
    fewest = min(len(hand) for hand in deal(subject.test, SEED).values())
    bases = min(WITH.bases, fewest // 2)
    if bases < FEWEST:
        raise TextError(
            f"test documents give {fewest} prompts a role, facts need {2 * FEWEST}",
            where=subject.testbed.name,
            fix="give more text, in many documents",
        )
    return replace(WITH, bases=bases)


def _short(value: SupportsFloat) -> float:
    """Four digits: more would differ between machines."""
    return float(f"{float(value):.4g}")
