"""A fingerprint: a few activations and logits that show a loaded model is the declared one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, model_validator

from synact_bench.core import checksums
from synact_bench.core.errors import SubjectError
from synact_bench.core.untrusted import places, reading
from synact_bench.core.untrusted.faults import FaultError, fault
from synact_bench.models.language_model import LanguageModel
from synact_bench.testbeds import spec
from synact_bench.testbeds.spec import Setup

PROMPTS = 4
COORDINATES = 16
TOLERANCE = 1e-3
"""Largest accepted difference, relative to the largest stored value: far above what another
processor or thread count changes (1e-6), far below what other weights do (1)."""


class Fingerprint(BaseModel):
    """Reference values at fixed token ids.

    Activations are of the last position at the write hook, logits of the next token; the first
    ``COORDINATES`` of each.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    ids: list[list[int]]
    activations: list[list[float]]
    logits: list[list[float]]

    @model_validator(mode="after")
    def _rectangular(self) -> Fingerprint:
        for name in ("ids", "activations", "logits"):
            if len({len(row) for row in getattr(self, name)}) != 1:
                raise FaultError(f"the rows of {name} are not of one length")
        return self


def measure(testbed: Setup, model: LanguageModel) -> Fingerprint:
    """Run a few token ids, spread over the vocabulary, through the model."""
    n_vocab = int(model.plain.config.vocab_size)
    count = PROMPTS * testbed.n_ctx
    ids = (torch.arange(1, count + 1) * (n_vocab // (count + 2))).view(PROMPTS, testbed.n_ctx)
    activations = model.capture(ids, testbed.write_hook)[:, -1, :COORDINATES]
    with torch.no_grad():
        logits = model.plain(ids.to(model.device)).logits[:, -1, :COORDINATES]
    return Fingerprint(ids=ids.tolist(), activations=activations.tolist(), logits=logits.tolist())


def path(testbed: Setup) -> Path:
    """Where a testbed's fingerprint is shipped."""
    named = testbed.fingerprint or f"{testbed.name}/fingerprint.json"
    return places.inside(spec.baselines(), named)


def load(where: Path) -> Fingerprint:
    """The fingerprint in a file.

    Raises:
        SubjectError: it cannot be read, or holds none.
    """
    try:
        checksums.refuse_altered(where, within=spec.baselines())
        return Fingerprint.model_validate(reading.parsed(where, most=reading.CONFIG))
    except (OSError, ValueError) as error:
        raise SubjectError(
            f"the fingerprint cannot be read: {fault(error, Fingerprint)}",
            where=str(where),
            fix="restore the file",
        ) from None


def verify(testbed: Setup, model: LanguageModel) -> None:
    """Compare the loaded model with the shipped fingerprint, if the testbed declares one.

    Raises:
        SubjectError: it differs or cannot be read: nothing may be scored.
    """
    if not testbed.fingerprint:
        return
    stored = load(path(testbed))
    found = measure(testbed, model)
    for name in ("ids", "activations", "logits"):
        expected, actual = np.array(getattr(stored, name)), np.array(getattr(found, name))
        same = expected.shape == actual.shape
        limit = TOLERANCE * np.abs(expected).max()
        worst = float(np.abs(expected - actual).max()) if same else np.inf
        if not worst <= limit:
            raise SubjectError(
                f"{name} differ from the fingerprint by {worst:.3g}, at most {limit:.3g} is "
                "accepted: this is not the declared model",
                where=testbed.name,
                fix="delete the model from the cache and run again",
            )
