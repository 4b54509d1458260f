"""Training of a testbed's SAE with sae_lens, and the card that says how good it is."""

from __future__ import annotations

import copy
import importlib.metadata
import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict
from sae_lens import SAE, StandardTrainingSAE, StandardTrainingSAEConfig
from sae_lens.config import SAETrainerConfig
from sae_lens.training.sae_trainer import SAETrainer
from safetensors.torch import load_file, save_file
from torch import Tensor

from synact_bench.assets import packages, prompts
from synact_bench.assets.text import TextSplit
from synact_bench.core.activations import ordinary
from synact_bench.core.errors import SynactError, TextError
from synact_bench.models import captured, sae, sae_kinds
from synact_bench.models.language_model import LanguageModel
from synact_bench.models.subject import Text
from synact_bench.testbeds.spec import Setup

LATENTS_PER_DIMENSION = 8
HELD_OUT = 65_536
"""Most activations that say how good an SAE is: explained variance is then known to .002."""
SALT = "SAE"
SNAPSHOTS = "snapshots"
"""Folder of the SAEs along training, beside the last."""
FIRST = 32
"""The first snapshot is taken after one in so many of the steps: earlier ones may explain less than
the mean of the activations does, and are dictionaries of nothing."""


class SaeSettings(BaseModel):
    """Settings of a standard (ReLU + L1) SAE."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    d_sae: int | None = None
    """Eight times the width of the activations if None."""
    samples: int = 2_000_000
    """Activations seen in training, with repetition."""
    activations: int | None = None
    """Most train activations that are captured, of windows chosen at random; None takes all."""
    batch: int = 2048
    context: int = 32
    """Tokens a window, a beginning-of-sequence token among them; position 0 is never used, it
    carries a massive activation."""
    l1_coefficient: float = 3.0
    l1_warm_up_steps: int = 100
    lr: float = 1e-3
    lr_end: float = 1e-4
    lr_warm_up_steps: int = 50
    lr_decay_steps: int = 300
    seed: int = 0
    snapshots: int = 0
    """SAEs kept along training, the last of them that at its end."""

    @property
    def steps(self) -> int:
        """Steps of training."""
        return math.ceil(self.samples / self.batch)

    @property
    def kept(self) -> tuple[int, ...]:
        """Steps after which a snapshot is kept, rising, the last step among them.

        They lie evenly on a logarithmic scale: an SAE changes as much between the steps 30 and 60
        as between 500 and 1000.
        """
        if not self.snapshots:
            return ()
        first = max(self.steps // FIRST, 1) if self.snapshots > 1 else self.steps
        steps = np.geomspace(first, self.steps, self.snapshots).round()
        return tuple(sorted({int(step) for step in steps}))


class SaeCard(BaseModel):
    """What a trained SAE is and how well it does on documents it has not seen."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    testbed: str
    hook_name: str
    settings: SaeSettings
    steps: int | None = None
    """Of training that it has seen; None in the cards of SAEs that were trained before it was
    stated."""
    train_activations: int
    held_out_activations: int
    explained_variance: float
    """On held-out documents, at the same positions as in training."""
    l0: float
    """Mean number of latents active at once, held out."""
    alive: float
    """Share of latents that fire at all, held out."""
    weights_sha256: str
    versions: dict[str, str]


def train(testbed: Setup, settings: SaeSettings, folder: Path) -> SaeCard:
    """Train on the train documents and write weights (float16), config and card to ``folder``.

    Each snapshot is such a folder of its own, under ``snapshots/step-N``.

    Raises:
        SynactError: more snapshots are to be kept than there are steps for.
        TextError: the text gives too few activations, none held out, or is made of another model's
            token ids.
        SubjectError: the model takes no windows of that length.
        AssetError: model or text cannot be fetched.
    """
    _refuse_crowded(settings)
    with packages.folder_made_whole(folder) as made:  # found out now, if it cannot be written
        model = LanguageModel.load(testbed.model, centred=testbed.weights == "centred")
        known, held_out = _pools(testbed, model, settings)
        chosen = settings.d_sae or LATENTS_PER_DIMENSION * model.d_model
        settings = settings.model_copy(update={"d_sae": chosen})

        def write(trained: Any, step: int, place: Path) -> SaeCard:
            _save(trained, testbed, settings, place)
            return _card(testbed, settings, step, place, known=len(known), held_out=held_out)

        def keep(trained: Any, step: int) -> None:
            write(trained, step, made / SNAPSHOTS / f"step-{step}")

        return write(_fit(known, settings, keep), settings.steps, made)


def _refuse_crowded(settings: SaeSettings) -> None:
    if len(settings.kept) < settings.snapshots:
        raise SynactError(
            f"{settings.snapshots} do not lie apart in {settings.steps} steps",
            where="--snapshots",
            fix="ask for fewer, or give more --samples or a smaller --batch",
        )


def _pools(testbed: Setup, model: LanguageModel, settings: SaeSettings) -> tuple[Tensor, Tensor]:
    """Activations to train on, and those that say how good the SAE is, each ``[n, d_model]``."""
    text = Text.read(testbed, model)
    known = _activations(text, "train", settings, most=settings.activations)
    if len(known) < settings.batch:
        raise TextError(
            f"train documents give {len(known)} activations, one batch needs {settings.batch}",
            where=testbed.name,
            fix="use more text, a smaller batch, or a shorter context if documents are short",
        )
    held_out = _activations(text, "test", settings, most=HELD_OUT)
    if not len(held_out):
        raise TextError(
            f"no held-out document has {settings.context} tokens: nothing would say how good "
            "the SAE is",
            where=testbed.name,
            fix="give more documents (files of a folder, or parts of a file at blank lines), "
            "longer ones, or a shorter context",
        )
    return known, held_out


def _save(trained: Any, testbed: Setup, settings: SaeSettings, place: Path) -> None:
    """Write a trained SAE in sae_lens's format, its weights as float16."""
    metadata = trained.cfg.metadata
    metadata.hook_name = testbed.write_hook
    metadata.context_size, metadata.prepend_bos = settings.context, testbed.bos
    if testbed.weights == "centred":
        passed = {"center_writing_weights": True}
        metadata.model_from_pretrained_kwargs = passed
    trained.save_inference_model(place)
    _halve(place / "sae_weights.safetensors")


def _card(
    testbed: Setup,
    settings: SaeSettings,
    step: int,
    place: Path,
    *,
    known: int,
    held_out: Tensor,
) -> SaeCard:
    """Measure a stored SAE on held-out activations and write its card beside it."""
    with sae_kinds.without_advice():
        stored = SAE.load_from_disk(place, device="cpu", dtype="float32").requires_grad_(False)
    counts = sae.firing_counts(stored, held_out)
    card = SaeCard(
        testbed=testbed.identity,
        hook_name=testbed.write_hook,
        settings=settings,
        steps=step,
        train_activations=known,
        held_out_activations=len(held_out),
        explained_variance=round(sae.explained_variance(stored, held_out), 4),
        l0=round(float(counts.sum()) / len(held_out), 2),
        alive=round(float((counts > 0).double().mean()), 4),
        weights_sha256=packages.sha256(place / "sae_weights.safetensors"),
        versions={
            name: importlib.metadata.version(name)
            for name in ("sae-lens", "torch", "transformer-lens", "transformers")
        },
    )
    (place / "card.json").write_text(card.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return card


def _activations(
    text: Text, split: TextSplit, settings: SaeSettings, *, most: int | None
) -> Tensor:
    """Activations of a split but massive ones and those at position 0, ``[n, d_model]``.

    All others, in the order of the text; or, if there are more, those of as many windows, chosen
    at random, as hold ``most``.
    """
    every = text.cut(split, n_ctx=settings.context, first_only=False)
    d_model = text.model.d_model
    if not len(every):
        return torch.empty(0, d_model)
    cut = prompts.holding(every, most, salt=SALT)
    found = captured.after_first_once(text.testbed, text.model, cut)
    return found[ordinary(found)]


def _batches(activations: Tensor, batch: int, rng: torch.Generator) -> Iterator[Tensor]:
    """Epochs of freshly shuffled batches, without end; an epoch's remainder is left out."""
    while True:
        order = torch.randperm(len(activations), generator=rng)
        for rows in torch.split(order, batch):
            if len(rows) == batch:
                yield activations[rows]


def _fit(activations: Tensor, settings: SaeSettings, keep: Callable[[Any, int], object]) -> Any:
    """The SAE at the end of training; ``keep`` is given each snapshot and the steps before it."""
    rng = torch.Generator().manual_seed(settings.seed)
    config = StandardTrainingSAEConfig(
        d_in=activations.shape[1],
        d_sae=settings.d_sae,
        l1_coefficient=settings.l1_coefficient,
        l1_warm_up_steps=settings.l1_warm_up_steps,
        normalize_activations="expected_average_only_in",
        apply_b_dec_to_input=True,
    )
    with torch.random.fork_rng(devices=[]):  # sae_lens initialises from the global rng
        torch.manual_seed(settings.seed)
        fresh = StandardTrainingSAE(config)
    trainer: Any = SAETrainer(
        cfg=SAETrainerConfig(
            total_training_samples=settings.samples,
            train_batch_size_samples=settings.batch,
            lr=settings.lr,
            lr_end=settings.lr_end,
            lr_warm_up_steps=settings.lr_warm_up_steps,
            lr_decay_steps=settings.lr_decay_steps,
        ),
        sae=fresh,
        data_provider=_batches(activations, settings.batch, rng),
    )
    scale = activations.shape[1] ** 0.5 / float(activations.norm(dim=-1).mean())
    trainer.activation_scaler.scaling_factor = scale
    # Starting the decoder bias at the mean leaves the latents the variance alone to explain.
    fresh.b_dec.data = activations.mean(0) * scale
    _keep_at(trainer, settings.kept, settings.batch, keep)
    return trainer.fit()  # which folds the scale into the weights at the end


def _keep_at(
    trainer: Any, steps: Sequence[int], batch: int, keep: Callable[[Any, int], object]
) -> None:
    """Have a trainer of sae_lens hand over a finished copy of its SAE after each of the steps.

    Its own checkpoints lie evenly, are of the unfinished SAE and hold the state of the optimizer.
    """

    def hand_over(checkpoint_path: Path | None) -> None:  # noqa: ARG001  (none is written)
        finished = copy.deepcopy(trainer.sae)
        finished.fold_activation_norm_scaling_factor(trainer.activation_scaler.scaling_factor)
        keep(finished, trainer.n_training_samples // batch)

    trainer.save_checkpoint_fn = hand_over
    # It asks whether more activations than these were seen.
    trainer.checkpoint_thresholds = [step * batch - 1 for step in steps]


def _halve(weights: Path) -> None:
    tensors = load_file(weights)
    save_file({name: tensor.half() for name, tensor in tensors.items()}, weights)
