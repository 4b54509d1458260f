"""Rules of what comes out of ``generate``, whatever it is asked for."""

from __future__ import annotations

import torch

from synact_bench.core.rng import stream
from synact_bench.generators import contract, output
from synact_bench.testing.case import FIT, GENERATE, Case

ROUNDING = 1e-4
"""Largest difference that rounding explains, as a share of the largest coordinate."""

MANY = 128
"""Activations asked for at once, when many are."""


def fits(case: Case) -> str:
    """``fit`` returns, and what the generator holds then can be counted."""
    return _said(case, FIT)


def generates(case: Case) -> str:
    """``generate`` returns."""
    return _said(case, GENERATE)


def tensor(case: Case) -> str:
    """It returns a tensor on the CPU."""
    output.check_tensor(case.first.output, where=case.where, doing=case.card.method)
    return ""


def shape(case: Case) -> str:
    """It returns ``[n, d_model]``."""
    wanted = _wanted(case, len(case.fixture.base))
    output.check_shape(case.output, shape=wanted, where=case.where, doing=case.card.method)
    return ""


def dtype(case: Case) -> str:
    """It returns float32."""
    output.check_dtype(case.output, where=case.where, doing=case.card.method)
    return ""


def finite(case: Case) -> str:
    """It returns no NaN and no infinity."""
    output.check_finite(case.output, where=case.where, doing=case.card.method)
    return ""


def one_row(case: Case) -> str:
    """One activation is ``[1, d_model]``, and finite."""
    return _rows(case, 1)


def no_rows(case: Case) -> str:
    """No activations are ``[0, d_model]``."""
    return _rows(case, 0)


def many_rows(case: Case) -> str:
    """Many activations at once are as many rows, and finite."""
    return _rows(case, MANY)


def splits(case: Case) -> str:
    """Parts, with one rng that goes on, are the rows of the whole."""
    whole, rng = case.answer(case.first.generator), stream(GENERATE)
    parts = [
        case.answer(case.first.generator, part, rng=rng)
        for part in contract.in_parts(case.asked(), rows=len(whole) // 2 + 1)
    ]
    joined = torch.cat(parts)
    if joined.shape != whole.shape:
        return f"parts give {list(joined.shape)}, the whole {list(whole.shape)}"
    apart = (joined - whole).abs().amax(-1)
    differ = int((apart > ROUNDING * whole.abs().max()).sum())
    return f"{differ} of {len(whole)} rows differ when asked for in two parts" if differ else ""


def _said(case: Case, about: str) -> str:
    refusal = case.first.refusals.get(about)
    return refusal.what if refusal else ""


def _wanted(case: Case, rows: int) -> tuple[int, int]:
    return rows, case.fixture.real.d_model


def _rows(case: Case, rows: int) -> str:
    made = case.answer(case.first.generator, case.asked(rows))
    wanted = _wanted(case, rows)
    output.check_output(made, shape=wanted, where=case.where, doing=case.card.method)
    return ""
