"""Every kind of SAE, saved as sae_lens saves it and loaded back: used exactly, or refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import sae_lens
import torch
from safetensors.torch import load_file

from synact_bench.assets import local_files
from synact_bench.core.activations import RealActivations
from synact_bench.core.errors import AssetError, SubjectError
from synact_bench.models import releases, sae, sae_kinds
from synact_bench.testbeds.sources import PrincipalComponents, ReleasedSae
from synact_bench.testbeds.spec import Setup
from tests.helpers.toys import rng_of

D_IN, D_SAE, K = 6, 18, 4
HOOK = "blocks.2.hook_resid_pre"
SIZE: dict[str, Any] = {"d_in": D_IN, "d_sae": D_SAE}
BATCH = {**SIZE, "k": K, "rescale_acts_by_decoder_norm": False}


def inference(name: str, **config: Any) -> Any:
    """A random SAE with decoder rows of all lengths."""
    made = getattr(sae_lens, f"{name}SAE")(getattr(sae_lens, f"{name}SAEConfig")(**SIZE, **config))
    return randomised(made)


def training(name: str, **config: Any) -> Any:
    kind = getattr(sae_lens, f"{name}TrainingSAE")
    made = kind(getattr(sae_lens, f"{name}TrainingSAEConfig")(**{**BATCH, **config}))
    made.topk_threshold = torch.tensor(0.7, dtype=torch.double)
    return randomised(made)


def randomised(made: Any) -> Any:
    made.cfg.metadata.hook_name = HOOK
    rng = rng_of(0)
    with torch.no_grad():
        for name, parameter in made.named_parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=rng))
            if name == "threshold":
                parameter.abs_()
        made.W_dec.mul_(torch.linspace(0.2, 3, D_SAE)[:, None])
    return made


STORED = {
    "standard": (lambda: inference("Standard"), "save_model"),
    "standard, raw input": (
        lambda: inference("Standard", apply_b_dec_to_input=False),
        "save_model",
    ),
    "gated": (lambda: inference("Gated"), "save_model"),
    "jumprelu": (lambda: inference("JumpReLU"), "save_model"),
    "topk": (lambda: inference("TopK", k=K), "save_model"),
    "topk, rescaled": (
        lambda: inference("TopK", k=K, rescale_acts_by_decoder_norm=True),
        "save_model",
    ),
    "batchtopk": (lambda: training("BatchTopK"), "save_inference_model"),
    "batchtopk, rescaled": (
        lambda: training("BatchTopK", rescale_acts_by_decoder_norm=True),
        "save_inference_model",
    ),
    "matryoshka": (
        lambda: training("MatryoshkaBatchTopK", matryoshka_widths=[6, D_SAE]),
        "save_inference_model",
    ),
}


@pytest.fixture
def real() -> RealActivations:
    rows = 2 * torch.randn(200, D_IN, generator=rng_of(1))
    return RealActivations(rows, tuple(map(str, range(200))))


def stored(made: Any, folder: Path, how: str = "save_model") -> Any:
    """The declared source of what is on the disk."""
    getattr(made, how)(folder)
    return local_files.local_sae(folder)


@pytest.mark.parametrize("kind", STORED)
def test_what_is_used_is_exactly_what_sae_lens_computes(
    kind: str, tmp_path: Path, real: RealActivations
) -> None:
    make, how = STORED[kind]
    source = stored(make(), tmp_path, how)
    own = sae_lens.SAE.load_from_disk(tmp_path).requires_grad_(False)
    if own.cfg.architecture() == "topk" and own.cfg.rescale_acts_by_decoder_norm:
        lengths = torch.ones(D_SAE)  # already part of its latents' values
    else:
        lengths = own.W_dec.norm(dim=-1)
    used = sae.load(source)
    x = real.tensor
    torch.testing.assert_close(used.encode(x), own.encode(x) * lengths, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(used.decode(used.encode(x)), own(x), rtol=1e-5, atol=1e-4)
    torch.testing.assert_close(used(x), own(x), rtol=1e-5, atol=1e-4)
    torch.testing.assert_close(used.W_dec.norm(dim=-1), torch.ones(D_SAE))
    by_hand = used.encode(x) @ used.W_dec + used.b_dec
    torch.testing.assert_close(by_hand, own(x), rtol=1e-5, atol=1e-4)
    assert float((used.encode(x) > 0).float().sum(-1).mean()) > 1
    assert bool((used.encode(x) >= 0).all())


def test_latents_made_elsewhere_are_decoded_as_sae_lens_does(
    tmp_path: Path, real: RealActivations
) -> None:
    used = sae.load(stored(inference("TopK", k=K), tmp_path))
    own = sae_lens.SAE.load_from_disk(tmp_path).requires_grad_(False)
    latents = torch.rand(7, D_SAE, generator=rng_of(2))
    expected = own.decode(latents / own.W_dec.norm(dim=-1))
    torch.testing.assert_close(used.decode(latents), expected)


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (
            lambda: sae_lens.Transcoder(
                sae_lens.TranscoderConfig(**SIZE, d_out=D_IN, apply_b_dec_to_input=False)
            ),
            "of architecture transcoder: a transcoder writes at another hook than it reads; give",
        ),
        (
            lambda: sae_lens.SkipTranscoder(
                sae_lens.SkipTranscoderConfig(**SIZE, d_out=D_IN, apply_b_dec_to_input=False)
            ),
            "of architecture skip_transcoder: a transcoder writes at another hook",
        ),
        (lambda: inference("AbsTopK", k=K), "abstopk: its latents may be negative; give a stand"),
        (lambda: inference("MatchingPursuit"), "matching_pursuit: this architecture is not known"),
        (
            lambda: inference("Standard", normalize_activations="layer_norm"),
            r"every activation by a factor of its own \(layer_norm\), which .*; give one with norm",
        ),
        (
            lambda: inference("Standard", normalize_activations="constant_norm_rescale"),
            r"a factor of its own \(constant_norm_rescale\)",
        ),
        (
            lambda: inference("Standard", normalize_activations="expected_average_only_in"),
            r"scaled activations \(expected_average_only_in\), .*; fold it into the weights",
        ),
    ],
)
def test_what_cannot_be_a_dictionary_is_refused_with_the_reason(
    made: Any, reason: str, tmp_path: Path
) -> None:
    with pytest.raises(SubjectError, match=rf"^SAE {tmp_path}: .*{reason}"):
        sae.load(stored(made(), tmp_path))


def edited(folder: Path, **changes: Any) -> Any:
    """A standard SAE whose config says otherwise."""
    stored(inference("Standard"), folder)
    file = folder / "cfg.json"
    config = json.loads(file.read_text())
    metadata = config["metadata"] | changes.pop("metadata", {})
    file.write_text(json.dumps(config | changes | {"metadata": metadata}))
    return local_files.local_sae(folder)


def test_heads_of_an_attention_layer_are_refused(tmp_path: Path) -> None:
    source = edited(tmp_path, metadata={"hook_name": "blocks.2.attn.hook_z"})
    with pytest.raises(SubjectError, match=r"heads of an attention layer \(hook_z\); give a"):
        sae.load(source)


def test_an_sae_still_in_training_says_how_to_finish_it(tmp_path: Path) -> None:
    source = stored(training("BatchTopK"), tmp_path)
    with pytest.raises(SubjectError, match=r"further training, as batchtopk; load it with Train"):
        sae.load(source)


@pytest.mark.parametrize("config", ["[", "[1, 2]"])
def test_a_broken_config_is_said_in_a_line(tmp_path: Path, config: str) -> None:
    stored(inference("Standard"), tmp_path)
    (tmp_path / "cfg.json").write_text(config)
    with pytest.raises(AssetError, match=r"cfg.json: it cannot be read: .*; write it with"):
        sae.load(local_files.local_sae(tmp_path))


def setup(**changes: Any) -> Setup:
    facts: dict[str, Any] = {"write_hook": HOOK, "weights": "raw"} | changes
    return Setup.model_construct(**facts)


@pytest.mark.parametrize(
    "hook_name",
    ["blocks.1.hook_resid_post", "model.layers.1", "transformer.h.1", "gpt_neox.layers.1", None],
)
def test_the_same_tensor_under_its_other_names_is_the_right_hook(
    hook_name: str | None, tmp_path: Path, real: RealActivations
) -> None:
    source = edited(tmp_path, metadata={"hook_name": hook_name})
    sae_kinds.refuse_misplaced(sae.load(source), setup(), real, where="x")
    assert local_files.sae_hook(tmp_path) == hook_name


@pytest.mark.parametrize(
    ("hook_name", "advice"),
    [
        (
            "blocks.2.hook_resid_post",
            "give an SAE of this hook, or with --model pass --hook blocks.2",
        ),
        (
            "model.layers.2",
            "give an SAE of this hook, or with --model pass --hook blocks.3.hook_resid_pre",
        ),
        ("transformer.h.2", "give an SAE of this hook, or with --model pass --hook blocks.3"),
        ("gpt_neox.layers.0", "give an SAE of this hook, or with --model pass --hook blocks.1"),
        ("model.decoder.layers.3.input", "give an SAE of .* --hook blocks.3.hook_resid_pre"),
        ("blocks.2.hook_mlp_out", "give an SAE of the residual stream"),
        ("hook_embed", "give an SAE of the residual stream"),
        ("model.layers.1.mlp", "give an SAE of the residual stream; if it is one, call its hook"),
        ("layer 1", "give an SAE of the residual stream; if it is one, call its hook"),
    ],
)
def test_another_hook_is_refused_with_both(
    hook_name: str, advice: str, tmp_path: Path, real: RealActivations
) -> None:
    loaded = sae.load(edited(tmp_path, metadata={"hook_name": hook_name}))
    message = rf"^SAE x: it was trained at {hook_name}, activations are taken at {HOOK}; {advice}"
    with pytest.raises(SubjectError, match=message):
        sae_kinds.refuse_misplaced(loaded, setup(), real, where="x")


def test_another_width_is_refused_with_both(tmp_path: Path) -> None:
    loaded = sae.load(stored(inference("TopK", k=K), tmp_path))
    wide = RealActivations(torch.randn(100, 8, generator=rng_of(0)), ("d",) * 100)
    with pytest.raises(SubjectError, match=rf"of width {D_IN}, the model's have 8; give an SAE"):
        sae_kinds.refuse_misplaced(loaded, setup(), wide, where="x")


def test_centred_weights_are_known_from_the_sae(tmp_path: Path, real: RealActivations) -> None:
    asked = {"model_from_pretrained_kwargs": {"center_writing_weights": True}}
    source = edited(tmp_path, metadata=asked)
    assert releases.weights_of(source) == "centred"
    loaded = sae.load(source)
    sae_kinds.refuse_misplaced(loaded, setup(weights="centred"), real, where="x")
    with pytest.raises(SubjectError, match=r'centred .* are raw; declare weights = "centred"'):
        sae_kinds.refuse_misplaced(loaded, setup(), real, where="x")
    # Of an RMSNorm, centring does not change the residual stream: there is nothing to refuse.
    sae_kinds.refuse_misplaced(loaded, setup(), real, where="x", centrable=False)


def test_releases_are_known_by_name() -> None:
    found = releases.find("gpt2-small-res-jb/blocks.1.hook_resid_pre")
    assert found == ReleasedSae(
        kind="release", release="gpt2-small-res-jb", id="blocks.1.hook_resid_pre"
    )
    assert releases.weights_of(found) == "centred"
    nested = releases.find("gemma-scope-2b-pt-res/layer_0/width_16k/average_l0_105")
    assert nested.id == "layer_0/width_16k/average_l0_105"
    assert releases.weights_of(nested) == "raw"
    assert releases.weights_of(PrincipalComponents(kind="pca")) == "raw"


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("gpt2-small-res/blocks.1", r"no release 'gpt2-small-res' \(there is: .*gpt2-small-res"),
        (
            "gpt2-small-res-jb/blocks.31.hook_resid_pre",
            r"the release has no SAE 'blocks.31.hook_resid_pre' \(there is: .*hook_resid_pre",
        ),
    ],
)
def test_an_unknown_release_names_the_nearest(name: str, complaint: str) -> None:
    with pytest.raises(AssetError, match=rf"^--sae {name}: .*{complaint}.*; give RELEASE/ID"):
        releases.find(name)


def test_weights_on_the_disk_stay_as_they_are(tmp_path: Path) -> None:
    source = stored(inference("JumpReLU"), tmp_path)
    before = load_file(tmp_path / "sae_weights.safetensors")
    sae.load(source)
    after = load_file(tmp_path / "sae_weights.safetensors")
    assert all(torch.equal(before[name], after[name]) for name in before)
