"""Flow priors that nobody trained, in folders as training writes them."""

from __future__ import annotations

import dataclasses
import hashlib
import tempfile
from functools import cache
from pathlib import Path

import torch

from synact_bench.core.setting import Setting
from synact_bench.generators.flow_matching import (
    CARD,
    SITE,
    WEIGHTS,
    Coordinates,
    FlowPrior,
    PriorCard,
    PriorSettings,
)
from tests.helpers.toys import rng_of, toy_setting

WIDTH = 8


def write_prior(folder: Path, setting: Setting, coordinates: Coordinates) -> Path:
    """A prior for a setting whose network bends what it samples."""
    prior = FlowPrior.untrained(coordinates, positions=setting.n_ctx - 1, width=WIDTH)
    last = prior.velocity.weights[-1]
    last.data = 0.3 * torch.randn(last.shape, generator=rng_of(0))
    content, known = prior.dumps(), dataclasses.asdict(setting)
    card = PriorCard(
        **{name: known[name] for name in SITE},
        settings=PriorSettings(width=WIDTH, steps=1),
        train_activations=1,
        loss={1: 1.0},
        weights_sha256=hashlib.sha256(content).hexdigest(),
        versions={},
    )
    folder.mkdir(parents=True)
    (folder / WEIGHTS).write_bytes(content)
    (folder / CARD).write_text(card.model_dump_json(), encoding="utf-8")
    return folder


@cache
def toy_prior() -> Path:
    """The folder of a prior for ``toy_setting``, the same numbers on every processor."""
    setting = toy_setting()
    d = setting.d_model
    coordinates = Coordinates(torch.full((d,), 3.0), torch.eye(d), torch.arange(1.0, d + 1))
    return write_prior(Path(tempfile.mkdtemp(prefix="toy-prior-")) / "made", setting, coordinates)
