"""``gpt2-small`` as it is declared, opened from a local hub cache with the offline switch on."""

from __future__ import annotations

import json
from pathlib import Path

import datasets
import huggingface_hub
import pytest
import torch
from sae_lens import SAE
from torch import Tensor
from torch.nn.functional import gelu, layer_norm

from synact_bench.assets.text import documents
from synact_bench.core.errors import AssetError
from synact_bench.models import sae
from synact_bench.models.language_model import LanguageModel
from synact_bench.models.subject import Subject
from synact_bench.testbeds import spec
from synact_bench.testbeds.spec import HubTokens, ReleasedSae
from tests.helpers.hub import (
    COMMIT,
    D_MODEL,
    DEAD,
    LAYERS,
    NEVER,
    ROWS,
    SAES,
    TOKENS,
    VOCABULARY,
    at_layer,
)
from tests.helpers.toys import rng_of

ADVICE = r"ignore:\s*This SAE has non-empty model_from_pretrained_kwargs"
"""What sae_lens says of how to load the model, whenever it is asked directly."""
HEADS = 4
State = dict[str, Tensor]


def test_no_hub_can_be_asked(hub: Path) -> None:
    assert huggingface_hub.constants.is_offline_mode()
    assert Path(huggingface_hub.constants.HF_HUB_CACHE) == hub / "hub"
    assert Path(datasets.config.HF_DATASETS_CACHE) == hub / "datasets"


@pytest.mark.parametrize("layer", [1, 2])
def test_any_layer_of_the_release_is_a_testbed(hub: Path, layer: int) -> None:
    testbed = spec.find("gpt2-small") if layer == 1 else at_layer(layer)
    subject = Subject.open(testbed)
    assert testbed.write_layer == layer
    assert len(subject.train) + len(subject.test) == ROWS
    assert len(set(subject.test.documents)) == len(subject.test)
    assert subject.dictionary.directions.shape == (2 * D_MODEL + DEAD, D_MODEL)
    lengths = subject.dictionary.directions.norm(dim=-1)
    torch.testing.assert_close(lengths, torch.ones_like(lengths))
    assert subject.train.tensor.mean(-1).abs().max() < 1e-4


def test_prompts_are_the_first_ids_of_the_rows_of_the_data_set(hub: Path) -> None:
    rows = datasets.load_dataset(TOKENS, split="train", streaming=True)
    first = {tuple(row["input_ids"][:10]) for row in rows}
    subject = Subject.open(spec.find("gpt2-small"))
    assert {tuple(row) for row in subject.test.ids.tolist()} <= first


@pytest.mark.filterwarnings(ADVICE)
def test_latents_are_alive_where_the_release_says_that_they_fire(hub: Path) -> None:
    dictionary = Subject.open(spec.find("gpt2-small")).dictionary
    *_, stored = SAE.from_pretrained_with_cfg_and_sparsity(
        "gpt2-small-res-jb", "blocks.1.hook_resid_pre"
    )
    dead = stored == NEVER
    assert int(dead.sum()) == DEAD
    assert dictionary.alive.tolist() == torch.nonzero(~dead).flatten().tolist()
    # Both are log10 of the share of activations: what is near in one is near in the other.
    alive = dictionary.log_frequency[dictionary.alive].float()
    # Centred weights leave the last component no variance: its two latents fire by rounding, which
    # differs between processors.
    varied = torch.arange(len(alive)) % D_MODEL != D_MODEL - 1
    known = stored[dictionary.alive]
    torch.testing.assert_close(alive[varied], known[varied], rtol=0, atol=1e-4)
    assert len(set(alive.tolist())) > D_MODEL


def test_what_the_cache_lacks_is_named(hub: Path) -> None:
    source = ReleasedSae(kind="release", release="gpt2-small-res-jb", id="blocks.5.hook_resid_pre")
    with pytest.raises(
        AssetError, match=r"-jb/blocks\.5\.\w+: the SAE cannot be loaded.*local hub"
    ):
        sae.load(source)


def test_a_data_set_that_the_cache_lacks_is_named(hub: Path) -> None:
    source = HubTokens(kind="hub-tokens", name="nobody/nothing", rows=5)
    with pytest.raises(AssetError, match=r"data set nobody/nothing cannot be read.*local hub"):
        documents(source)


def test_an_unknown_layer_is_refused_with_those_there_are(hub: Path) -> None:
    source = ReleasedSae(kind="release", release="gpt2-small-res-jb", id="blocks.50.hook_resid_pre")
    with pytest.raises(AssetError, match=r"not found in release.*Valid IDs are"):
        sae.load(source)


@pytest.mark.filterwarnings(ADVICE)
def test_the_old_form_of_the_release_is_read(hub: Path) -> None:
    folder = hub / "hub" / f"models--{SAES.replace('/', '--')}" / "snapshots" / COMMIT
    stored = json.loads((folder / "blocks.1.hook_resid_pre" / "cfg.json").read_text("utf-8"))
    assert "hook_point" in stored
    assert "hook_name" not in stored
    found = SAE.from_pretrained("gpt2-small-res-jb", "blocks.1.hook_resid_pre")
    assert found.cfg.metadata.hook_name == "blocks.1.hook_resid_pre"
    assert found.cfg.apply_b_dec_to_input


def test_compatibility_mode_is_the_weight_processing_done_by_hand(hub: Path) -> None:
    model = LanguageModel.load(spec.find("gpt2-small").model, centred=True)
    raw = LanguageModel.load(spec.find("gpt2-small").model, centred=False)
    ids = torch.randint(VOCABULARY, (5, 10), generator=rng_of(3))
    state = {name: each.double() for name, each in raw.plain.state_dict().items()}
    residuals, log_probabilities = run(processed(state), ids)
    for layer in (1, LAYERS - 1):
        found = model.capture(ids, f"blocks.{layer}.hook_resid_pre").double()
        torch.testing.assert_close(found, residuals[layer], rtol=1e-4, atol=1e-4)
    # What a dictionary sees is other than the plain model's; what it says next is not.
    plain = raw.capture(ids, "blocks.1.hook_resid_pre").double()
    assert (plain - residuals[1]).abs().max() > 0.01
    with torch.no_grad():
        bridged = model.bridge(ids).log_softmax(-1).double()
        unprocessed = raw.plain(ids).logits.log_softmax(-1).double()
    torch.testing.assert_close(bridged, log_probabilities, rtol=1e-4, atol=1e-3)
    torch.testing.assert_close(unprocessed, log_probabilities, rtol=1e-4, atol=1e-3)


def processed(state: State) -> State:
    """GPT-2's weights with LayerNorm folded into what reads it, and what writes centred.

    Linear weights are ``[in, out]``, as GPT-2 stores them.
    """
    own = {name.removeprefix("transformer."): each for name, each in state.items()}
    made = {"wte": centred(own["wte.weight"]), "wpe": centred(own["wpe.weight"])}
    for layer in range(LAYERS):
        block = f"h.{layer}"
        for norm, linear in (("ln_1", "attn.c_attn"), ("ln_2", "mlp.c_fc")):
            scale, shift = (own[f"{block}.{norm}.{part}"] for part in ("weight", "bias"))
            weight, bias = (own[f"{block}.{linear}.{part}"] for part in ("weight", "bias"))
            made[f"{block}.{linear}.weight"] = scale[:, None] * weight
            made[f"{block}.{linear}.bias"] = bias + shift @ weight
        for linear in ("attn.c_proj", "mlp.c_proj"):
            for part in ("weight", "bias"):
                made[f"{block}.{linear}.{part}"] = centred(own[f"{block}.{linear}.{part}"])
    unembedding = state["lm_head.weight"].T
    folded = own["ln_f.weight"][:, None] * unembedding
    # A number added to every logit changes no probability: the unembedding is centred over tokens.
    made["unembedding"] = centred(folded)
    made["unembedding.bias"] = centred(own["ln_f.bias"] @ unembedding)
    return made


def centred(weight: Tensor) -> Tensor:
    """Without the mean over the last dimension."""
    return weight - weight.mean(-1, keepdim=True)


def run(weights: State, ids: Tensor) -> tuple[list[Tensor], Tensor]:
    """The residual stream before each block, and the log-probabilities; norms have no weights."""
    residual = weights["wte"][ids] + weights["wpe"][: ids.shape[1]]
    before = []
    for layer in range(LAYERS):
        before.append(residual)
        read = layer_norm(residual, (D_MODEL,))
        residual = residual + linear(weights, layer, "attn.c_proj", attention(weights, layer, read))
        read = layer_norm(residual, (D_MODEL,))
        hidden = gelu(linear(weights, layer, "mlp.c_fc", read), approximate="tanh")
        residual = residual + linear(weights, layer, "mlp.c_proj", hidden)
    read = layer_norm(residual, (D_MODEL,))
    logits = read @ weights["unembedding"] + weights["unembedding.bias"]
    return before, logits.log_softmax(-1)


def linear(weights: State, layer: int, name: str, read: Tensor) -> Tensor:
    own = f"h.{layer}.{name}"
    return read @ weights[f"{own}.weight"] + weights[f"{own}.bias"]


def attention(weights: State, layer: int, read: Tensor) -> Tensor:
    """What each head gathers from earlier positions, ``[n, n_ctx, d_model]``."""
    parts = linear(weights, layer, "attn.c_attn", read).split(D_MODEL, dim=-1)
    query, key, value = (part.unflatten(-1, (HEADS, -1)).transpose(1, 2) for part in parts)
    scores = query @ key.transpose(-1, -2) / (D_MODEL // HEADS) ** 0.5
    later = torch.ones(scores.shape[-2:], dtype=torch.bool).triu(1)
    weighted = scores.masked_fill(later, -torch.inf).softmax(-1) @ value
    return weighted.transpose(1, 2).flatten(-2)
