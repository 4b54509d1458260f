"""Rules of what a generator leaves alone, and of how often it can be used."""

from __future__ import annotations

import inspect
import pickle

from torch import Tensor

from synact_bench.generators import contract
from synact_bench.generators.base import Generator
from synact_bench.testing.case import BASE, GENERATE, INPUTS, SETTINGS, Case
from synact_bench.testing.rules.randomness import differing

LEAKING = "base"
"""What an unconditional generator's argument must not be called."""


def inputs_untouched(case: Case) -> str:
    """The train pool and the dictionary's tensors are as they were."""
    refusal = case.first.refusals.get(INPUTS)
    return refusal.what if refusal else ""


def base_untouched(case: Case) -> str:
    """What a conditioned generator is shown is as it was."""
    refusal = case.first.refusals.get(BASE)
    return refusal.what if refusal else ""


def settings_untouched(case: Case) -> str:
    """Torch's default dtype, gradients, threads and determinism are set as they were."""
    refusal = case.first.refusals.get(SETTINGS)
    return refusal.what if refusal else ""


def asked_twice(case: Case) -> str:
    """The same question with an equal rng has the same answer again."""
    generator = case.first.generator
    return differing(case.answer(generator), case.answer(generator))


def fitted_twice(case: Case) -> str:
    """Fitted to another pool first, it answers as if it never had been."""
    generator = case.fitted(fixture=case.fixture.halved())
    return differing(case.output, case.answer(case.fitted(generator)))


def pickles(case: Case) -> str:
    """An unfitted generator comes out of pickle as it went in."""
    with contract.as_plugin_error(case.where, doing="pickling it"):
        copy = contract.conforming(pickle.loads(pickle.dumps(case.built())), where=case.where)
    return differing(case.output, case.answer(case.fitted(copy)))


def base_unseen(case: Case) -> str:
    """An unconditional generator has no way to be shown a base, and does not look for one."""
    generator = case.first.generator
    generate: object = getattr(generator, GENERATE)
    if callable(generate) and LEAKING in inspect.signature(generate).parameters:
        return f"generate has an argument {LEAKING!r}"
    ours, other = case.fixture.base, case.fixture.base.flip(0)
    seen = differing(*(_answered_beside(case, generator, base=base) for base in (ours, other)))
    return f"{seen} with the activations its caller holds" if seen else ""


def _answered_beside(case: Case, generator: Generator, *, base: Tensor) -> Tensor:  # noqa: ARG001
    """The first answer, while a local variable of the caller is ``base``, as in the harness."""
    return case.answer(generator)
