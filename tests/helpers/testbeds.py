"""A tiny testbed: random words, a tiny random model, and an SAE trained on it in a second."""

from __future__ import annotations

from pathlib import Path

import torch

from synact_bench.testbeds import prompts
from synact_bench.testbeds.spec import HubModel, LocalText, ShippedSae, Testbed
from synact_bench.testbeds.training import SaeSettings
from tests.helpers.tiny import LAYERS, VOCABULARY
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


def tiny_testbed(model: HubModel, text: LocalText | Path, **changes: object) -> Testbed:
    """A declaration; ``changes`` replace its facts."""
    facts = {
        "name": "tiny",
        "version": "1",
        "summary": "A tiny random model on random words.",
        "model": model,
        "weights": "raw",
        "text": prompts.local_text(text) if isinstance(text, Path) else text,
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
