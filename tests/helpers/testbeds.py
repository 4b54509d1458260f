"""A tiny testbed: random words, a tiny random model, and an SAE trained on it in a second."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from sae_lens import SAE
from torch import Tensor

from synact_bench.assets.text import local_text
from synact_bench.models import sae, train_sae
from synact_bench.models.language_model import LanguageModel
from synact_bench.models.subject import Text
from synact_bench.models.train_sae import SaeCard, SaeSettings
from synact_bench.testbeds.sources import ModelSource
from synact_bench.testbeds.spec import LocalText, ShippedSae, Testbed
from tests.helpers.tiny import LAYERS, VOCABULARY, save_tiny
from tests.helpers.toys import rng_of

N_CTX = 6
SETTINGS = SaeSettings(
    d_sae=48,
    samples=400 * 64,
    batch=64,
    context=N_CTX,
    l1_coefficient=0.2,
    l1_warm_up_steps=20,
    lr=5e-3,
    lr_end=5e-4,
    lr_warm_up_steps=10,
    lr_decay_steps=100,
)


def write_documents(folder: Path, *, documents: int = 80, words: int = 60, seed: int = 0) -> Path:
    """A folder of text files of random words known to the tiny tokenizer."""
    folder.mkdir(parents=True)
    rng = rng_of(seed)
    for index in range(documents):
        ids = torch.randint(VOCABULARY - 2, (words,), generator=rng).tolist()
        text = " ".join(f"w{id_}" for id_ in ids)
        (folder / f"{index:03}.txt").write_text(text, encoding="utf-8")
    return folder


def tiny_testbed(model: ModelSource, text: LocalText | Path, **changes: object) -> Testbed:
    """A declaration; ``changes`` replace its facts."""
    facts = {
        "name": "tiny",
        "version": "1",
        "summary": "A tiny random model on random words.",
        "model": model,
        "weights": "raw",
        "text": local_text(text) if isinstance(text, Path) else text,
        "sae": ShippedSae(kind="shipped", folder="tiny/sae", sha256="0" * 64),
        "write_hook": "blocks.1.hook_resid_pre",
        "read_hook": f"blocks.{LAYERS - 1}.hook_resid_post",
        "n_ctx": N_CTX,
        "train_activations": 400,
        "absolute_length": 5.0,
        "tau": 0.5,
        "explained_variance": 0.9,
    }
    return Testbed.model_validate(facts | changes)


@dataclass(frozen=True)
class Trained:
    """The tiny testbed with its SAE.

    Attributes:
        folder: what is shipped: stands for ``baselines/``.
        testbed: the declaration, true in every fact.
        card: what training said.
        model: the loaded model.
        activations: of all train prompts, ``[n, d_model]``.
    """

    folder: Path
    testbed: Testbed
    card: SaeCard
    model: LanguageModel
    activations: Tensor

    @property
    def explained_variance(self) -> float:
        assert self.testbed.explained_variance is not None
        return self.testbed.explained_variance


def train_tiny(folder: Path) -> Trained:
    """Make the model, the text and the SAE under ``folder``, which takes a second or two."""
    declared = tiny_testbed(save_tiny("llama", folder / "model"), write_documents(folder / "text"))
    weights = folder / "baselines" / "tiny" / "sae"
    card = train_sae.train(declared, SETTINGS, weights)
    model = LanguageModel.load(declared.model, centred=False)
    text = Text.read(declared, model)
    activations = text.activations(text.windows("train"))
    stored = SAE.load_from_disk(weights, device="cpu", dtype="float32").requires_grad_(False)
    facts = {
        "sae": ShippedSae(kind="shipped", folder="tiny/sae", sha256=card.weights_sha256),
        "explained_variance": sae.explained_variance(stored, activations),
        "l0": float(sae.firing_counts(stored, activations).sum()) / len(activations),
    }
    testbed = declared.model_copy(update=facts)
    return Trained(folder / "baselines", testbed, card, model, activations)
