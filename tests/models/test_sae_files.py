"""SAEs as every version of sae_lens wrote them: opened as a calculation by hand, or refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from sae_lens import SAE
from sae_lens.loading.pretrained_sae_loaders import NAMED_PRETRAINED_SAE_LOADERS
from safetensors.torch import save_file
from torch import Tensor

from synact_bench.assets import local_files, sae_fields
from synact_bench.core.errors import AssetError, SubjectError, SynactError
from synact_bench.models import sae, sae_files, sae_kinds
from synact_bench.testbeds.sources import ReleasedSae
from tests.helpers.toys import rng_of

D_IN, D_SAE, K, DEAD = 6, 18, 4, 5
HOOK = "blocks.1.hook_resid_pre"
SIZE: dict[str, Any] = {"d_in": D_IN, "d_sae": D_SAE}
FIRST: dict[str, Any] = SIZE | {
    "model_name": "tiny",
    "hook_point": HOOK,
    "hook_point_layer": 1,
    "hook_point_head_index": None,
    "dtype": "torch.float32",
    "device": "cuda",
    "l1_coefficient": 1e-3,
    "total_training_tokens": 10**9,
}
"""Before sae_lens 3: the whole training run."""
THIRD: dict[str, Any] = SIZE | {
    "model_name": "tiny",
    "hook_name": HOOK,
    "hook_layer": 1,
    "hook_head_index": None,
    "dtype": "torch.float32",
    "device": "mps",
    "sae_lens_training_version": "3.12.0",
    "activation_fn_str": "relu",
    "activation_fn_kwargs": {},
    "apply_b_dec_to_input": True,
    "normalize_activations": "none",
    "finetuning_scaling_factor": False,
}
FIFTH: dict[str, Any] = THIRD | {"sae_lens_version": "5.10.0"}
PRESENT: dict[str, Any] = SIZE | {
    "architecture": "standard",
    "dtype": "float32",
    "device": "cpu",
    "apply_b_dec_to_input": True,
    "normalize_activations": "none",
    "reshape_activations": "none",
    "metadata": {"sae_lens_version": "6.5.0", "hook_name": HOOK},
}
TOPK: dict[str, Any] = PRESENT | {"architecture": "topk", "k": K}
JUMP: dict[str, Any] = PRESENT | {"architecture": "jumprelu"}
GATED: dict[str, Any] = PRESENT | {"architecture": "gated"}
K_BY_KEYWORD = {"activation_fn_kwargs": {"k": K}}


def random_tensors() -> dict[str, Tensor]:
    """A standard SAE with decoder rows of all lengths."""
    rng = rng_of(0)
    return {
        "W_enc": torch.randn(D_IN, D_SAE, generator=rng),
        "b_enc": 0.3 * torch.randn(D_SAE, generator=rng),
        "W_dec": torch.randn(D_SAE, D_IN, generator=rng) * torch.linspace(0.2, 3, D_SAE)[:, None],
        "b_dec": torch.randn(D_IN, generator=rng),
    }


PLAIN = random_tensors()
ZEROED = PLAIN | {"W_dec": PLAIN["W_dec"] * (torch.arange(D_SAE) != DEAD)[:, None]}
THRESHOLD = {"threshold": torch.linspace(0.1, 2, D_SAE)}
GATES = {
    "b_gate": PLAIN["b_enc"],
    "b_mag": PLAIN["b_enc"].flip(0),
    "r_mag": torch.linspace(-1, 1, D_SAE),
}
GATE = {name: each for name, each in PLAIN.items() if name != "b_enc"} | GATES


def relu(pre: Tensor, _: Mapping[str, Tensor]) -> Tensor:
    return pre.clamp(min=0)


def topk(pre: Tensor, _: Mapping[str, Tensor]) -> Tensor:
    return relu(pre * (pre >= pre.sort(-1).values[:, -K, None]), _)


def rescaled_topk(pre: Tensor, tensors: Mapping[str, Tensor]) -> Tensor:
    norms = tensors["W_dec"].norm(dim=-1)
    return topk(pre * norms, tensors) / norms


def jump(pre: Tensor, tensors: Mapping[str, Tensor]) -> Tensor:
    return pre * (pre > tensors["threshold"])


def by_hand(
    tensors: Mapping[str, Tensor], x: Tensor, activation: Any, *, raw: bool = False
) -> tuple[Tensor, Tensor]:
    """Latents times the norms of their decoder rows, and the reconstruction, in float64."""
    tensors = {name: each.double() for name, each in tensors.items()}
    centred = x.double() - (0 if raw else tensors["b_dec"])
    if activation == "gated":
        inner = centred @ tensors["W_enc"]
        magnitude = inner * tensors["r_mag"].exp() + tensors["b_mag"]
        latents = relu(magnitude, {}) * (inner + tensors["b_gate"] > 0)
    else:
        latents = activation(centred @ tensors["W_enc"] + tensors["b_enc"], tensors)
    return latents * tensors["W_dec"].norm(dim=-1), latents @ tensors["W_dec"] + tensors["b_dec"]


def without(config: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in config.items() if name not in names}


def placed(**metadata: object) -> dict[str, Any]:
    """A present config with other metadata."""
    return PRESENT | {"metadata": PRESENT["metadata"] | metadata}


def stored(
    folder: Path, config: Mapping[str, Any], tensors: Mapping[str, Tensor], *, mark: bytes = b""
) -> Any:
    """The declared source of a config and tensors, written as they are."""
    (folder / "cfg.json").write_bytes(mark + json.dumps(config).encode())
    whole = {name: each.contiguous() for name, each in tensors.items()}
    save_file(whole, folder / "sae_weights.safetensors")
    return local_files.local_sae(folder)


OPENED = {
    "first": (FIRST, PLAIN, relu),
    "third": (THIRD, PLAIN, relu),
    "third, top-k": (
        THIRD | {"activation_fn_str": "topk", "activation_fn_kwargs": {"k": K}},
        PLAIN,
        topk,
    ),
    "third, factors of 1": (
        THIRD | {"finetuning_scaling_factor": True},
        PLAIN | {"scaling_factor": torch.ones(D_SAE)},
        relu,
    ),
    "third, no normalisation": (THIRD | {"normalize_activations": False}, PLAIN, relu),
    "fifth, top-k": (
        FIFTH
        | {"architecture": "topk", "activation_fn": "topk", **K_BY_KEYWORD}
        | {"activation_fn_str": None},
        PLAIN,
        topk,
    ),
    "fifth, jump-ReLU": (FIFTH | {"architecture": "jumprelu"}, PLAIN | THRESHOLD, jump),
    "no dtype": (without(THIRD, "dtype"), PLAIN, relu),
    "present": (PRESENT, PLAIN, relu),
    "present, top-k": (TOPK, PLAIN, topk),
    "present, top-k by length": (
        TOPK | {"rescale_acts_by_decoder_norm": True},
        PLAIN,
        rescaled_topk,
    ),
    "present, jump-ReLU": (JUMP, PLAIN | THRESHOLD, jump),
    "present, gated": (GATED, GATE, "gated"),
    "dtype of torch": (PRESENT | {"dtype": "torch.float32"}, PLAIN, relu),
    "a dtype of later": (PRESENT | {"dtype": "float8_e4m3fn"}, PLAIN, relu),
    "float64": (PRESENT, {name: each.double() for name, each in PLAIN.items()}, relu),
    "bfloat16": (PRESENT, {name: each.bfloat16() for name, each in PLAIN.items()}, relu),
    "no hook": (placed(hook_name=None), PLAIN, relu),
    "nulls": (PRESENT | {"activation_fn": None, "hook_layer": None, "later": None}, PLAIN, relu),
    "a dead row": (PRESENT, ZEROED, relu),
    "a dead row, top-k": (TOPK, ZEROED, topk),
    "a dead row, jump-ReLU": (JUMP, ZEROED | THRESHOLD, jump),
}


@pytest.mark.parametrize("kind", OPENED)
def test_what_is_opened_is_a_calculation_by_hand(kind: str, tmp_path: Path) -> None:
    config, tensors, activation = OPENED[kind]
    used = sae.load(stored(tmp_path, config, tensors))
    x = 2 * torch.randn(50, D_IN, generator=rng_of(1))
    latents, whole = by_hand(tensors, x, activation)
    close: Any = {"rtol": 1e-4, "atol": 1e-4, "check_dtype": False}
    torch.testing.assert_close(used.encode(x), latents, **close)
    torch.testing.assert_close(used.decode(used.encode(x)), whole, **close)
    norms = (tensors["W_dec"].float() != 0).any(dim=-1).float()
    torch.testing.assert_close(used.W_dec.norm(dim=-1), norms)


def test_the_bias_of_the_decoder_is_subtracted_where_the_config_says_so(tmp_path: Path) -> None:
    x = torch.randn(50, D_IN, generator=rng_of(1))
    for at, config in enumerate((THIRD, PRESENT)):
        (tmp_path / str(at)).mkdir()
        raw = config | {"apply_b_dec_to_input": False}
        used = sae.load(stored(tmp_path / str(at), raw, PLAIN))
        latents, _ = by_hand(PLAIN, x, relu, raw=True)
        torch.testing.assert_close(used.encode(x), latents, atol=1e-4, rtol=0, check_dtype=False)


def test_a_byte_order_mark_changes_nothing(tmp_path: Path) -> None:
    used = sae.load(stored(tmp_path, PRESENT, PLAIN, mark=b"\xef\xbb\xbf"))
    assert used.cfg.metadata.hook_name == HOOK
    assert torch.equal(used.b_dec, PLAIN["b_dec"])


REFUSED = {
    "no d_sae": (without(PRESENT, "d_sae"), PLAIN, "d_sae: Field required"),
    "text for a number": (PRESENT | {"d_in": "6"}, PLAIN, "d_in: Input should be a valid int"),
    "number for a truth value": (
        PRESENT | {"apply_b_dec_to_input": 0.5},
        PLAIN,
        "apply_b_dec_to_input: Input should be a valid boolean",
    ),
    "architecture of another type": (PRESENT | {"architecture": ["topk"]}, PLAIN, "topk"),
    "normalisation of another type": (
        PRESENT | {"normalize_activations": ["none"]},
        PLAIN,
        "normalize_activations",
    ),
    "hook of another type": (placed(hook_name=3), PLAIN, "hook_name: Input should be a valid str"),
    "arguments of another type": (
        placed(model_from_pretrained_kwargs=["center"]),
        PLAIN,
        "model_from_pretrained_kwargs: Input should be a valid dict",
    ),
    "odd version": (placed(sae_lens_version="unknown"), PLAIN, "version of sae_lens .*'unknown'"),
    "two hooks": (THIRD | {"hook_point": "blocks.2.hook_resid_pre"}, PLAIN, "hook_name twice, as"),
    "another hook in the metadata": (
        PRESENT | {"hook_name": "blocks.3.hook_resid_pre"},
        PLAIN,
        "hook_name twice, as 'blocks.1.hook_resid_pre' and as 'blocks.3",
    ),
    "a field of later": (PRESENT | {"something_new": 1}, PLAIN, "does not know .*: something_new"),
    "tanh": (THIRD | {"activation_fn_str": "tanh-relu"}, PLAIN, "activation function is tanh-relu"),
    "tanh in a present config": (
        PRESENT | {"activation_fn": "tanh-relu"},
        PLAIN,
        "activation function is tanh-relu",
    ),
    "top-k in a gate": (
        FIFTH | {"architecture": "gated", "activation_fn_str": "topk", **K_BY_KEYWORD},
        GATE,
        "activation function is topk, .* gated would be computed with relu",
    ),
    "top-k with ReLU": (
        FIFTH | {"architecture": "topk", **K_BY_KEYWORD},
        PLAIN,
        "activation function is relu, .* topk would be computed with topk",
    ),
    "top-k without k": (without(TOPK, "k"), PLAIN, "k: Field required"),
    "third, top-k without k": (THIRD | {"activation_fn_str": "topk"}, PLAIN, "k: Field required"),
    "two ks": (TOPK | {"activation_fn_kwargs": {"k": K + 1}}, PLAIN, "k twice, as 4 and as 5"),
    "k of all and more": (TOPK | {"k": D_SAE + 1}, PLAIN, "the top 19 of 18 latents"),
    "k of a share": (TOPK | {"k": 4.5}, PLAIN, "k: Input should be a valid integer"),
    "k of no top-k": (THIRD | {"k": K}, PLAIN, "states k = 4, .* standard keeps all latents"),
    "signed top-k": (
        THIRD | {"activation_fn_str": "topk", "activation_fn_kwargs": {"k": K, "signed": True}},
        PLAIN,
        "settings that would not be used: signed",
    ),
    "fine-tuned": (
        THIRD | {"finetuning_scaling_factor": True},
        PLAIN | {"scaling_factor": torch.full((D_SAE,), 1.1)},
        "factors of a fine-tuning .*, which would not be used; multiply the rows of W_dec",
    ),
    "fine-tuned by a hair": (
        THIRD,
        PLAIN | {"scaling_factor": torch.full((D_SAE,), 1 + 1e-6)},
        "factors of a fine-tuning",
    ),
    "fine-tuned, factors lost": (
        THIRD | {"finetuning_scaling_factor": True},
        PLAIN,
        "factors of a fine-tuning .*, which the file does not hold",
    ),
    "one head": (THIRD | {"hook_head_index": 0}, PLAIN, "one head .*hook_head_index 0"),
    "one head, first": (FIRST | {"hook_point_head_index": 2}, PLAIN, "hook_head_index 2"),
    "one head, present": (placed(hook_head_index=1), PLAIN, "hook_head_index 1"),
    "normalised": (THIRD | {"normalize_activations": True}, PLAIN, "expected_average_only_in"),
    "layer norm": (PRESENT | {"normalize_activations": "layer_norm"}, PLAIN, "layer_norm"),
    "heads": (PRESENT | {"reshape_activations": "hook_z"}, PLAIN, "hook_z"),
    "a dead row divided by": (
        TOPK | {"rescale_acts_by_decoder_norm": True},
        ZEROED,
        "norms of its decoder rows, and 1 of them are 0",
    ),
    "whole numbers": (
        PRESENT,
        PLAIN | {"W_enc": PLAIN["W_enc"].char()},
        "tensor W_enc is stored as int8",
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_would_be_computed_otherwise_is_refused(kind: str, tmp_path: Path) -> None:
    config, tensors, reason = REFUSED[kind]
    with pytest.raises(SubjectError, match=rf"^SAE {tmp_path}: .*{reason}") as found:
        sae.load(stored(tmp_path, config, tensors))
    assert len(str(found.value).splitlines()) == 1


SHAPES = {
    "bias with an axis": (
        PRESENT,
        PLAIN | {"b_dec": PLAIN["b_dec"][None]},
        "size mismatch .*b_dec",
    ),
    "transposed encoder": (PRESENT, PLAIN | {"W_enc": PLAIN["W_enc"].T}, "size mismatch .*W_enc"),
    "other width": (PRESENT | {"d_sae": D_SAE + 1}, PLAIN, "size mismatch"),
    "threshold left over": (PRESENT, PLAIN | THRESHOLD, "Unexpected key.*threshold"),
    "threshold missing": (JUMP, PLAIN, "Missing key.*threshold"),
    "gate for none": (THIRD, GATE, "Missing key.*b_enc.*Unexpected key.*b_gate"),
}


@pytest.mark.parametrize("kind", SHAPES)
def test_every_tensor_is_there_and_used_or_named(kind: str, tmp_path: Path) -> None:
    config, tensors, reason = SHAPES[kind]
    with pytest.raises(AssetError, match=rf"the SAE cannot be loaded: .*{reason}") as found:
        sae.load(stored(tmp_path, config, tensors))
    assert len(str(found.value).splitlines()) == 1


@pytest.mark.parametrize("metadata", [[1], "hook", 3])
def test_metadata_are_an_object(tmp_path: Path, metadata: object) -> None:
    source = stored(tmp_path, PRESENT | {"metadata": metadata}, PLAIN)
    with pytest.raises(AssetError, match=r"cfg\.json: it cannot be read: the config and its meta"):
        sae.load(source)


def test_what_sae_lens_raises_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = stored(tmp_path, PRESENT, PLAIN)
    for error in (TypeError("one\ntwo"), KeyError("three"), AttributeError("four")):

        def fail(*_: object, error: Exception = error, **__: object) -> None:
            raise error

        monkeypatch.setattr(SAE, "load_from_disk", fail)
        with pytest.raises(AssetError) as found:
            sae.load(source)
        said = f"cannot be loaded: {type(error).__name__}: {' '.join(str(error).split())}; write"
        assert said in str(found.value)


def test_a_refusal_comes_before_anything_is_loaded(tmp_path: Path) -> None:
    stored(tmp_path, REFUSED["tanh"][0], PLAIN)
    with pytest.raises(SynactError, match="tanh-relu"):
        sae_kinds.refuse_stored(tmp_path)


def test_a_config_of_before_sae_lens_6_keeps_where_it_was_trained() -> None:
    for config in (FIRST, THIRD, without(PRESENT, "metadata") | {"metadata": {"hook_name": HOOK}}):
        assert sae_files.completed(config, where="x")["metadata"]["hook_name"] == HOOK
        assert sae_fields.stated(config, where="x")["hook_name"] == HOOK


def test_a_release_is_held_to_what_its_files_say(monkeypatch: pytest.MonkeyPatch) -> None:
    def loader(**_: object) -> tuple[dict[str, Any], dict[str, Tensor], None]:
        return THIRD | {"activation_fn_str": "tanh-relu"}, PLAIN, None

    monkeypatch.setitem(NAMED_PRETRAINED_SAE_LOADERS, "sae_lens", loader)
    source = ReleasedSae(kind="release", release="gpt2-small-res-jb", id=HOOK)
    with pytest.raises(SubjectError, match=r"^SAE gpt2-small-res-jb/blocks.1.*is tanh-relu"):
        sae.load(source)


def test_a_release_that_is_a_pickle_is_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.save(PLAIN, tmp_path / "ae.pt")
    known = torch.load

    def loader(**_: object) -> tuple[dict[str, Any], dict[str, Tensor], None]:
        return THIRD, torch.load(tmp_path / "ae.pt"), None

    monkeypatch.setitem(NAMED_PRETRAINED_SAE_LOADERS, "sae_lens", loader)
    source = ReleasedSae(kind="release", release="gpt2-small-res-jb", id=HOOK)
    with pytest.raises(AssetError, match=r"blocks.1.*torch's own format, which is a pickle"):
        sae.load(source)
    assert torch.load is known
