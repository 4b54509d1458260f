"""Rules of where chance comes from: the rng passed in, and nothing else."""

from __future__ import annotations

import torch
from torch import Tensor

from synact_bench.core.rng import stream
from synact_bench.testing import global_state
from synact_bench.testing.case import GLOBALS, OTHER, Case


def identical(one: Tensor, other: Tensor) -> bool:
    """Whether two tensors agree in shape, dtype and every bit."""
    if one.shape != other.shape or one.dtype != other.dtype:
        return False
    flat, flat_other = (each.detach().contiguous().flatten() for each in (one, other))
    return torch.equal(flat.view(torch.uint8), flat_other.view(torch.uint8))


def differing(one: Tensor, other: Tensor) -> str:
    """How two answers differ that should be one, in words; empty if they do not."""
    if identical(one, other):
        return ""
    if one.shape != other.shape or one.dtype != other.dtype or not one.ndim:
        return "another shape or dtype"
    rows = sum(not identical(a, b) for a, b in zip(one, other, strict=True))
    return f"{rows} of {len(one)} rows differ"


def globals_unused(case: Case) -> str:
    """The global states of torch, numpy and Python are as they were."""
    refusal = case.first.refusals.get(GLOBALS)
    return refusal.what if refusal else ""


def globals_unread(case: Case) -> str:
    """Other global states give the same answer."""
    with global_state.reseeded():
        return differing(case.output, case.answer(case.fitted()))


def same_rng(case: Case) -> str:
    """A second object, fitted and asked with equal rngs, gives the same answer."""
    return differing(case.output, case.answer(case.fitted()))


def another_rng(case: Case) -> str:
    """Rows that differ from one another differ with the rng too.

    A conditioned generator is shown one base in every row: what it makes of them alike needs no
    rng, and neither do equal rows of an unconditional one.
    """
    generator, asked = case.first.generator, case.asked()
    if isinstance(asked, Tensor):
        asked = asked[:1].expand_as(asked)
    rows = case.answer(generator, asked, rng=stream(OTHER, 1))
    if all(identical(row, rows[0]) for row in rows):
        return ""
    others = case.answer(generator, asked, rng=stream(OTHER, 2))
    return "another rng gives the same rows" if identical(rows, others) else ""
