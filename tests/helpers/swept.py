"""Paths through tiny models, swept fast and run naively.

``python -m tests.helpers.swept`` prints the largest differences of each architecture.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from synact_bench.engine.reference_impl import naive_curves
from synact_bench.engine.sweeper import Sweeper
from synact_bench.models.language_model import LanguageModel
from tests.helpers.tiny import ARCHITECTURES, LAYERS, Lines, save_tiny, token_ids

LAYER_PAIRS = [(0, LAYERS - 1), (1, LAYERS - 1), (LAYERS - 1, LAYERS - 1), (1, 2)]
FRACTIONS = torch.linspace(0, 1, 9)


class Case(NamedTuple):
    """What is swept: blocks, number of paths, written position, and how the prompts begin."""

    write: int
    read: int
    paths: int = 3
    position: int = -1
    bos: bool = False


CASES = [
    *(Case(*pair, paths=7) for pair in LAYER_PAIRS),
    *(Case(*pair, position=3, bos=True) for pair in LAYER_PAIRS),
    Case(1, LAYERS - 1, paths=1, bos=True),
    Case(1, LAYERS - 1, position=1),
]


class Both(NamedTuple):
    """Curves ``[paths, points]`` of both ways."""

    l2: Tensor
    kl: Tensor
    true_l2: Tensor
    true_kl: Tensor

    @property
    def apart(self) -> tuple[float, float]:
        """Largest difference of l2, as a share of its curve's largest value, and of kl."""
        l2 = (self.l2 - self.true_l2).abs() / self.true_l2.amax(1, keepdim=True)
        return float(l2.max()), float((self.kl - self.true_kl).abs().max())


def hooks(write: int, read: int) -> dict[str, Any]:
    """Arguments that name both hooks."""
    return {
        "write_hook": f"blocks.{write}.hook_resid_pre",
        "read_hook": f"blocks.{read}.hook_resid_post",
    }


def lines(model: LanguageModel, ids: Tensor, write_hook: str, *, position: int = -1) -> Lines:
    """From each prompt's own activation to another prompt's."""
    base = model.capture(ids, write_hook)[:, position]
    return Lines(base, base.roll(1, 0) - base)


def both_ways(model: LanguageModel, case: Case) -> Both:
    """Sweep paths on as many different prompts, each longer than a sliding window."""
    ids = token_ids(8, 6)
    if case.bos:
        ids[:, 0] = torch.tensor(model.lead(bos=True))
    where, chosen = hooks(case.write, case.read), list(range(case.paths))
    straight = lines(model, ids, where["write_hook"], position=case.position)[: case.paths]
    if case.position != -1:  # what comes by way of later tokens is less
        straight = Lines(straight.base, 4 * straight.displacement)
    sweeper = Sweeper(model, ids, **where, position=case.position)
    found = sweeper.curves(chosen, straight, FRACTIONS)
    points = straight.points(FRACTIONS)
    true = naive_curves(model, ids[chosen], points, **where, position=case.position)
    return Both(torch.from_numpy(found.l2), torch.from_numpy(found.kl), *true)


def _table() -> Iterator[str]:
    yield "| model | weights | l2 | kl |\n|---|---|---|---|\n"
    for kind, centred in ARCHITECTURES:
        with tempfile.TemporaryDirectory() as folder:
            model = LanguageModel.load(save_tiny(kind, Path(folder)), centred=centred)
        l2, kl = zip(*(both_ways(model, case).apart for case in CASES), strict=True)
        weights = "centred" if centred else "raw"
        yield f"| {kind} | {weights} | {max(l2):.0e} | {max(kl):.0e} |\n"


if __name__ == "__main__":
    sys.stdout.writelines(_table())
