"""A planted testbed: a tiny model whose activations are sums of known features, and dictionaries
that are known to be better or worse.

Nothing in it is trained. The embedding of a token is the sum of a few features, of values of its
own. The first block's attention adds the mean of the prompt's embeddings; the activation written
into the block after it is then a sparse sum of features, more of them than it has dimensions. The
MLPs of the blocks after it have a neuron a feature, which is silent below a threshold and above it
writes in a direction of its own: the model computes with the features and with nothing else.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from sae_lens import TopKSAE, TopKSAEConfig
from scipy.linalg import hadamard
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from torch import Tensor
from torch.nn.functional import normalize
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast
from transformers.utils import logging as transformers_logging

from synact_bench.assets import local_files, packages
from synact_bench.assets.text import local_text
from synact_bench.core.errors import AssetError
from synact_bench.core.rng import stream
from synact_bench.core.untrusted import reading
from synact_bench.core.untrusted.faults import fault
from synact_bench.testbeds.sources import LocalSae
from synact_bench.testbeds.spec import Setup

VERSION = "1"
"""Raised when anything planted changes: a folder made before is then no longer found."""
D_MODEL = 128
LAYERS = 3
N_CTX = 3
FEATURES_OF_A_TOKEN = 2
ACTIVE = N_CTX * FEATURES_OF_A_TOKEN
"""Features of an activation: those of the last token, and those that attention brings."""
WORDS = 600
TOPIC = 40
"""Words that every other one of a document is drawn from."""
BROUGHT = 0.35
"""Weight of what the first block's attention brings."""
THRESHOLD = 2.0
"""Of a neuron, in units of a normalised activation."""
SHARP = 2.0
WRITTEN = 0.3
"""Length of what a neuron writes, for each unit that it is above its threshold."""
TRAIN_ACTIVATIONS = 8_000
REPLACED = (0.25, 0.5, 0.75, 1.0)
"""Shares of the features in whose place there is a random direction."""
ROTATED = (20.0, 40.0, 60.0, 80.0)
"""Degrees by which every feature is turned, each toward a random direction of its own."""
TRUE = "true"
DIGESTS = "planted.json"
"""SHA-256 of what was planted, beside it."""


@dataclass(frozen=True)
class Size:
    """How much text is planted.

    Attributes:
        documents: how many; a fifth of them are held out.
        words: of each.
    """

    documents: int = 1500
    words: int = 230


WHOLE = Size()
"""Enough held-out prompts for every preset."""


@dataclass(frozen=True)
class Planted:
    """What was planted.

    Attributes:
        setup: the testbed, with the true dictionary.
        ladders: by kind of corruption, by its dose, the folder of each dictionary: rising, the
            true one of dose 0 first.
    """

    setup: Setup
    ladders: dict[str, dict[float, Path]]


def open_or_plant(folder: Path, size: Size = WHOLE) -> Planted:
    """The planted testbed in a folder of ``folder``, made there if it is not there yet.

    Raises:
        AssetError: the folder cannot be made, or what was planted has been changed.
    """
    home = folder / f"planted-assets-{VERSION}-{size.documents}x{size.words}"
    if not home.exists():
        with packages.folder_made_whole(home) as made:
            _plant(made, size)
            stated = json.dumps(_digests(made), indent=2, sort_keys=True)
            (made / DIGESTS).write_text(stated + "\n", encoding="utf-8")
    _refuse_changed(home)
    dictionaries = home / "dictionaries"
    doses = {"replaced": REPLACED, "rotated": ROTATED}
    ladders = {
        kind: {0.0: dictionaries / TRUE}
        | {dose: dictionaries / _called(kind, dose) for dose in doses[kind]}
        for kind in doses
    }
    return Planted(_setup(home), ladders)


def _digests(home: Path) -> dict[str, str]:
    """SHA-256 of model, text and every dictionary, by folder."""
    found = {
        "model": local_files.local_model(home / "model").sha256,
        "text": local_text(home / "text").sha256,
    }
    for folder in sorted((home / "dictionaries").glob("*")):
        found[f"dictionaries/{folder.name}"] = local_files.local_sae(folder).sha256
    return found


def _refuse_changed(home: Path) -> None:
    """Compare what lies there with what was planted.

    Raises:
        AssetError: it is not the same, or what was planted is not stated.
    """
    try:
        stated = reading.parsed(home / DIGESTS, most=reading.CONFIG)
    except (OSError, ValueError) as error:
        raise _changed(f"{DIGESTS} cannot be read: {fault(error)}", home) from None
    found = _digests(home)
    if found != stated:
        known = stated if isinstance(stated, dict) else {}
        names = {*found, *known}
        other = sorted(name for name in names if found.get(name) != known.get(name))
        raise _changed(f"{', '.join(other)}: not what was planted", home)


def _changed(what: str, home: Path) -> AssetError:
    return AssetError(what, where=str(home), fix="delete the folder: it is planted again")


def features() -> Tensor:
    """The known features, unit rows of mean 0, ``[254, d_model]``: almost twice the dimensions.

    Of two orthonormal bases, axes and Hadamard columns, the parts that a LayerNorm leaves: no two
    features have a cosine above ``1 / sqrt(d_model)`` by much.
    """
    axes = torch.eye(D_MODEL)[1:]
    columns = torch.from_numpy(hadamard(D_MODEL)).float()[1:]
    both = torch.cat([axes, columns])
    return normalize(both - both.mean(-1, keepdim=True), dim=-1)


def replaced(known: Tensor, share: float) -> Tensor:
    """A share of the features replaced by random directions; of a larger share, these too."""
    rng = stream(0, "planted", "replaced")
    order = torch.randperm(len(known), generator=rng)
    found, others = known.clone(), _directions(len(known), rng=rng)
    chosen = order[: round(share * len(known))]
    found[chosen] = others[chosen]
    return found


def rotated(known: Tensor, degrees: float) -> Tensor:
    """Every feature turned by an angle toward a direction that is orthogonal to it."""
    others = _directions(len(known), rng=stream(0, "planted", "rotated"))
    aside = normalize(others - (others * known).sum(-1, keepdim=True) * known, dim=-1)
    angle = math.radians(degrees)
    return math.cos(angle) * known + math.sin(angle) * aside


def _directions(n: int, *, rng: torch.Generator) -> Tensor:
    """Random unit rows of mean 0, ``[n, d_model]``."""
    drawn = torch.randn(n, D_MODEL, generator=rng)
    return normalize(drawn - drawn.mean(-1, keepdim=True), dim=-1)


def _plant(home: Path, size: Size) -> None:
    known = features()
    _write_model(home / "model", known)
    _write_text(home / "text", size)
    for name, directions in {
        TRUE: known,
        **{_called("replaced", share): replaced(known, share) for share in REPLACED},
        **{_called("rotated", angle): rotated(known, angle) for angle in ROTATED},
    }.items():
        _write_dictionary(home / "dictionaries" / name, directions)


def _called(kind: str, dose: float) -> str:
    return f"{kind}-{dose:g}"


def _setup(home: Path) -> Setup:
    return Setup(
        name=f"planted-{home.name.rpartition('-')[2]}",
        version=VERSION,
        summary="A tiny model whose activations are sums of known features.",
        model=local_files.local_model(home / "model"),
        text=local_text(home / "text"),
        sae=local_files.local_sae(home / "dictionaries" / TRUE),
        write_hook="blocks.1.hook_resid_pre",
        read_hook=f"blocks.{LAYERS - 1}.hook_resid_post",
        n_ctx=N_CTX,
        train_activations=TRAIN_ACTIVATIONS,
    )


def _embedding(known: Tensor) -> Tensor:
    """Sums of a few features of each word, ``[words, d_model]``."""
    rng = stream(0, "planted", "embedding")
    found = torch.zeros(WORDS, D_MODEL)
    for word in range(WORDS):
        chosen = torch.randperm(len(known), generator=rng)[:FEATURES_OF_A_TOKEN]
        values = 1 + torch.rand(FEATURES_OF_A_TOKEN, 1, generator=rng)
        found[word] = (values * known[chosen]).sum(0)
    return found


@torch.no_grad()
def _write_model(folder: Path, known: Tensor) -> None:
    """A GPT-2 with planted weights, and its tokenizer: ``w0``, ``w1`` and so on."""
    words = {f"w{index}": index for index in range(WORDS)}
    config = GPT2Config(
        vocab_size=WORDS,
        n_positions=2 * N_CTX,
        n_embd=D_MODEL,
        n_inner=len(known),
        n_layer=LAYERS,
        n_head=1,
        bos_token_id=0,
        eos_token_id=0,
    )
    model = GPT2LMHeadModel(config)
    for name, parameter in model.named_parameters():
        norm = "ln_" in name and name.endswith("weight")
        parameter.fill_(1.0 if norm else 0.0)
    body: Any = model.transformer
    body.wte.weight.copy_(_embedding(known))
    first = body.h[0].attn  # scores of 0: the mean of the values
    first.c_attn.weight[:, 2 * D_MODEL :].copy_(torch.eye(D_MODEL))
    first.c_proj.weight.copy_(BROUGHT * torch.eye(D_MODEL))
    for layer, block in enumerate(body.h[1:]):
        written = _directions(len(known), rng=stream(0, "planted", "written", layer))
        block.mlp.c_fc.weight.copy_(SHARP * known.T)
        block.mlp.c_fc.bias.fill_(-SHARP * THRESHOLD)
        block.mlp.c_proj.weight.copy_(WRITTEN / SHARP * written)
    transformers_logging.disable_progress_bar()
    model.save_pretrained(folder)
    tokens = Tokenizer(WordLevel(words, unk_token="w0"))
    tokens.pre_tokenizer = Whitespace()
    PreTrainedTokenizerFast(tokenizer_object=tokens, unk_token="w0").save_pretrained(folder)


def _write_text(folder: Path, size: Size) -> None:
    """Random words, every other one of a few that are the document's topic."""
    folder.mkdir()
    rng = stream(0, "planted", "text")
    for document in range(size.documents):
        topic = torch.randperm(WORDS, generator=rng)[:TOPIC]
        ids = torch.randint(WORDS, (size.words,), generator=rng)
        ids[::2] = topic[torch.randint(TOPIC, ids[::2].shape, generator=rng)]
        text = " ".join(f"w{id_}" for id_ in ids.tolist())
        (folder / f"{document:05}.txt").write_text(text, encoding="utf-8")


def _write_dictionary(folder: Path, directions: Tensor) -> LocalSae:
    """The top-k SAE that reads and writes along these directions, in sae_lens's format."""
    n, d_in = directions.shape
    config = TopKSAEConfig(d_in=d_in, d_sae=n, k=ACTIVE, normalize_activations="none")
    config.metadata.hook_name = "blocks.1.hook_resid_pre"
    made = TopKSAE(config)
    state = {
        "W_enc": directions.T,
        "W_dec": directions,
        "b_enc": torch.zeros(n),
        "b_dec": torch.zeros(d_in),
    }
    made.load_state_dict({name: tensor.contiguous() for name, tensor in state.items()})
    made.save_model(folder)
    return local_files.local_sae(folder)
