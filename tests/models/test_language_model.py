from __future__ import annotations

import copy
from pathlib import Path

import pytest
import torch
from transformer_lens.model_bridge import TransformerBridge
from transformers import (
    AutoTokenizer,
    HeliumConfig,
    HeliumForCausalLM,
    PhiConfig,
    PhiForCausalLM,
)

from synact_bench.assets import local_files
from synact_bench.core.errors import SubjectError
from synact_bench.models import checkpoints, language_model
from synact_bench.models.language_model import LanguageModel, sharing_copy
from tests.helpers.tiny import (
    ARCHITECTURES,
    BUILDERS,
    D_MODEL,
    LAYERS,
    VOCABULARY,
    grouped,
    save_tiny,
    tiny_tokenizer,
    token_ids,
)


def test_texts_become_ids_without_special_tokens(tiny):
    model = tiny("llama")
    assert model.tokenize(["w3 w1", "w5"]) == [[3, 1], [5]]
    assert model.tokenize([]) == []


def test_the_tokenizer_stays_as_it_was_loaded(tmp_path):
    source = save_tiny("llama", tmp_path)
    made = tiny_tokenizer()
    made.bos_token = made.pad_token = None  # as of Qwen
    made.save_pretrained(tmp_path)
    plain = AutoTokenizer.from_pretrained(tmp_path)
    model = LanguageModel.load(local_files.local_model(Path(source.path)), centred=False)
    assert model.tokenizer.get_vocab() == plain.get_vocab()
    assert model.tokenizer.special_tokens_map == plain.special_tokens_map
    assert "bos_token" not in plain.special_tokens_map
    with pytest.raises(SubjectError, match=r"no beginning-of-sequence token; drop --bos, or"):
        model.lead(bos=True)


def test_no_tokenizer_is_read_to_build_the_bridge(tiny, monkeypatch):
    def read(name, **_):
        pytest.fail(f"the tokenizer of {name} is read")

    monkeypatch.setattr(AutoTokenizer, "from_pretrained", read)
    model = tiny("llama")
    LanguageModel(model.plain, model.tokenizer, centred=False)


@pytest.fixture
def larger(tiny):
    """A model whose tokenizer has more tokens than it has embeddings."""
    model = copy.copy(tiny("llama"))
    model.tokenizer = copy.deepcopy(model.tokenizer)
    model.tokenizer.add_tokens(["w95", "w96", "w97", "w98"])
    return model


def test_ids_that_the_model_has_no_embedding_for_are_refused(larger):
    assert larger.d_vocab == VOCABULARY
    assert larger.tokenize(["w3 w94"]) == [[3, 94]]
    message = (
        r"the tokenizer gives id 99 \('w97'\), the model has 97; give the model with the token"
    )
    with pytest.raises(SubjectError, match=message):
        larger.tokenize(["w3 w94", "w95 w97 w96", "w1"])


def test_a_beginning_of_sequence_token_without_an_embedding_is_refused(larger):
    assert larger.lead(bos=True) == [VOCABULARY - 1]
    larger.tokenizer.bos_token = "w98"
    with pytest.raises(SubjectError, match=r"gives id 100 \('w98'\), the model has 97"):
        larger.lead(bos=True)
    assert larger.lead(bos=False) == []


@pytest.mark.parametrize(("kind", "centred"), ARCHITECTURES)
def test_both_views_predict_the_same(tiny, kind, centred):
    model = tiny(kind, centred=centred)
    ids = token_ids(3, 6)
    with torch.no_grad():
        plain, bridged = model.plain(ids).logits.log_softmax(-1), model.bridge(ids).log_softmax(-1)
    torch.testing.assert_close(plain, bridged, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("kind", "centred"), ARCHITECTURES)
@pytest.mark.parametrize("layer", [0, 1, LAYERS - 1])
def test_captures_what_the_hook_sees(tiny, kind, centred, layer):
    model = tiny(kind, centred=centred)
    ids = token_ids(3, 6)
    hook = f"blocks.{layer}.hook_resid_pre"
    _, cache = model.bridge.run_with_cache(ids)
    captured = model.capture(ids, hook)
    assert captured.shape == (3, 6, D_MODEL)
    assert model.d_model == D_MODEL
    torch.testing.assert_close(captured, cache[hook], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("kind", "centred"), ARCHITECTURES)
def test_captures_several_hooks_in_one_pass(tiny, kind, centred):
    model, ids = tiny(kind, centred=centred), token_ids(3, 6)
    hooks = [f"blocks.{layer}.hook_resid_pre" for layer in (2, 0, LAYERS - 1, 2)]
    found = model.capture_each(ids, hooks, tokens=slice(4, 5))
    for hook, each in zip(hooks, found, strict=True):
        assert torch.equal(each, model.capture(ids, hook, tokens=slice(4, 5)))


def test_captures_in_batches(tiny, monkeypatch):
    model = tiny("gpt2")
    ids = token_ids(7, 6)
    whole = model.capture(ids, "blocks.2.hook_resid_pre")
    monkeypatch.setattr(language_model, "BATCH", 3)
    parts = model.capture(ids, "blocks.2.hook_resid_pre")
    torch.testing.assert_close(parts, whole, rtol=1e-5, atol=1e-5)


def test_centred_activations_have_mean_zero(tiny):
    ids = token_ids(3, 6)
    raw = tiny("gpt2").capture(ids, "blocks.1.hook_resid_pre")
    centred = tiny("gpt2", centred=True).capture(ids, "blocks.1.hook_resid_pre")
    assert raw.mean(-1).abs().max() > 1e-2
    assert centred.mean(-1).abs().max() < 1e-5
    expected = raw - raw.mean(-1, keepdim=True)
    torch.testing.assert_close(centred, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", sorted(set(BUILDERS) - {"gpt2", "neox"}))
def test_what_is_not_invariant_to_centring_is_refused_and_loses_nothing(tiny, tmp_path, kind):
    source = save_tiny(kind, tmp_path)
    with pytest.raises(SubjectError, match=r'norms do not remove the mean; use weights = "raw"'):
        LanguageModel.load(source, centred=True)
    model = LanguageModel.load(source, centred=False)
    ids, hook = token_ids(3, 6), "blocks.1.hook_resid_pre"
    raw = model.capture(ids, hook)
    model.bridge.enable_compatibility_mode(disable_warnings=True)
    torch.testing.assert_close(model.capture(ids, hook), raw, rtol=1e-5, atol=1e-5)


def test_an_architecture_that_transformer_lens_does_not_know_is_refused_in_a_line(
    monkeypatch, tmp_path
):
    config = HeliumConfig(**grouped(head_dim=4, pad_token_id=0))
    monkeypatch.setitem(BUILDERS, "helium", lambda: HeliumForCausalLM(config))
    message = r"\(helium\): TransformerLens cannot take this architecture: [^.]*config; choose"
    with pytest.raises(SubjectError, match=message):
        LanguageModel.load(save_tiny("helium", tmp_path), centred=False)


def phi(**others):
    config = PhiConfig(**grouped(num_key_value_heads=4) | others)
    return lambda: PhiForCausalLM(config)


@pytest.mark.parametrize(
    ("others", "centred", "fix"),
    [
        ({"qk_layernorm": True}, False, "choose a model that it supports"),
        ({"num_key_value_heads": 2}, True, 'use weights = "raw", or choose'),
    ],
    ids=["norms on queries and keys", "grouped keys, centred"],
)
def test_whatever_transformer_lens_raises_is_one_line(others, centred, fix, monkeypatch, tmp_path):
    monkeypatch.setitem(BUILDERS, "phi", phi(**others))
    with pytest.raises(SubjectError, match=rf"\(phi\): TransformerLens cannot .*; {fix}") as caught:
        LanguageModel.load(save_tiny("phi", tmp_path), centred=centred)
    assert "\n" not in str(caught.value)


def test_a_machine_that_is_too_small_is_not_the_model_s_fault(tiny, monkeypatch):
    def fail(*_, **__):
        raise torch.OutOfMemoryError("out of memory")

    model = tiny("llama")
    monkeypatch.setattr(TransformerBridge, "boot_transformers", fail)
    with pytest.raises(torch.OutOfMemoryError):
        LanguageModel(model.plain, model.tokenizer, centred=False)


def test_a_sharing_copy_has_its_own_modules_and_the_same_weights():
    model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.ReLU())
    copied = sharing_copy(model)
    assert copied[0].weight is model[0].weight
    copied[0] = torch.nn.Identity()
    assert isinstance(model[0], torch.nn.Linear)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("gpu", "gpu: it is no device"),
        ("meta", "does not run on this kind of device"),
        ("cuda:99", "torch sees [0-9]+ CUDA devices"),
    ],
)
def test_a_device_that_cannot_be_used_is_refused_before_anything_is_loaded(
    monkeypatch, name, wrong
):
    monkeypatch.setattr(checkpoints, "load", lambda _: pytest.fail("loaded"))
    with pytest.raises(SubjectError, match=wrong):
        language_model.LanguageModel.load(None, centred=False, device=name)
