"""Training of a testbed's flow prior, and the card that says how good it is."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.metadata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from synact_bench.assets import packages, prompts
from synact_bench.core.activations import ordinary
from synact_bench.core.errors import SynactError, TextError
from synact_bench.generators.flow_matching import (
    CARD,
    SITE,
    WEIGHTS,
    FlowPrior,
    PriorCard,
    PriorSettings,
    trained,
    usable,
)
from synact_bench.models import captured
from synact_bench.models.language_model import LanguageModel
from synact_bench.models.subject import Text
from synact_bench.models.train_sae import HELD_OUT, SALT
from synact_bench.testbeds.spec import Setup

CHECKPOINTS = "checkpoints"
"""Folder of the weights at each checkpoint, beside the last."""
TRIED = 16_384
"""Held-out activations that a checkpoint's loss is the mean over."""


def train(testbed: Setup, settings: PriorSettings, folder: Path) -> PriorCard:
    """Train on all positions but the first of the train documents' prompts; write ``folder``.

    It holds the last weights (float16) and their card, and each checkpoint as such a folder of its
    own under ``checkpoints/step-N``.

    Raises:
        SynactError: weights are to be kept after more steps than there are.
        TextError: the text gives too few prompts, or is made of another model's token ids.
        SubjectError: the model takes no prompts of that length.
        AssetError: model or text cannot be fetched.
    """
    late = [step for step in settings.checkpoints if step > settings.steps]
    if late:
        raise SynactError(
            f"after step {late[0]} of {settings.steps} there are no weights to keep",
            where="--checkpoint",
            fix="name an earlier step, or give more --steps",
        )
    with packages.folder_made_whole(folder) as made:  # found out now, if it cannot be written
        known, held_out = _activations(testbed, settings)
        told = dataclasses.asdict(testbed.site)
        facts = {name: told[name] for name in SITE}
        facts["versions"] = {"torch": importlib.metadata.version("torch")}
        facts |= {"settings": settings, "train_activations": int(ordinary(known).sum())}
        kept = _Kept(made, settings, held_out, facts, loss={})
        return kept.write(settings.steps, trained(known, settings, at=kept.write))


def _activations(testbed: Setup, settings: PriorSettings) -> tuple[Tensor, Tensor]:
    """Those of train and of test documents, ``[windows, n_ctx - 1, d_model]`` each.

    Raises:
        TextError: there are too few.
    """
    model = LanguageModel.load(testbed.model, centred=testbed.weights == "centred")
    text = Text.read(testbed, model)
    chosen = prompts.holding(text.windows("train"), settings.activations, salt=SALT)
    others = prompts.holding(text.windows("test"), HELD_OUT, salt=SALT)
    if len(chosen) < 2 * model.d_model or not len(others):
        raise TextError(
            f"train documents give {len(chosen)} prompts, test documents {len(others)}: too few "
            "for a prior",
            where=testbed.name,
            fix="give more documents, or longer ones",
        )
    known, held_out = (captured.after_first_once(testbed, model, each) for each in (chosen, others))
    return known, held_out


@dataclass(frozen=True, eq=False)
class _Kept:
    """Writes the weights of a step, with their card.

    Attributes:
        folder: of the last weights and of the checkpoints.
        settings: which steps are checkpoints.
        held_out: activations that the loss is of.
        facts: fields of the card that no step changes.
        loss: by step, of those that were written so far.
    """

    folder: Path
    settings: PriorSettings
    held_out: Tensor
    facts: Mapping[str, Any]
    loss: dict[int, float]

    def write(self, step: int, prior: FlowPrior) -> PriorCard:
        content = prior.dumps()
        stored = FlowPrior.loads(content, where=str(self.folder))
        self.loss[step] = _loss(stored, self.held_out, seed=self.settings.seed)
        digest = hashlib.sha256(content).hexdigest()
        card = PriorCard(**self.facts, loss=dict(self.loss), weights_sha256=digest)
        places = [self.folder]
        if step in self.settings.checkpoints:
            places.append(self.folder / CHECKPOINTS / f"step-{step}")
        for place in places:
            place.mkdir(parents=True, exist_ok=True)
            (place / WEIGHTS).write_bytes(content)
            (place / CARD).write_text(card.model_dump_json(indent=2) + "\n", encoding="utf-8")
        return card


def _loss(prior: FlowPrior, held_out: Tensor, *, seed: int) -> float:
    """As ``PriorCard.loss``."""
    rng = torch.Generator().manual_seed(seed)
    some, position = usable(held_out)
    rows = torch.randint(len(some), (TRIED,), generator=rng)
    end = prior.coordinates.from_activations(some[rows])
    with torch.no_grad():
        own, gaussian = prior.error(end, position[rows], rng=rng)
    return round(float(own / gaussian), 4)
