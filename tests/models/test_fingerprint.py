from __future__ import annotations

import copy
import json

import pytest
import torch

from synact_bench.core.errors import SubjectError
from synact_bench.models import fingerprint
from synact_bench.models.language_model import LanguageModel
from synact_bench.testbeds import spec
from synact_bench.testbeds.spec import HubModel, LocalText, Testbed
from tests.helpers.testbeds import N_CTX, tiny_testbed
from tests.helpers.tiny import VOCABULARY

TEXT = LocalText(kind="local-text", path="nowhere", sha256="0" * 64)


@pytest.fixture
def testbed(monkeypatch, tmp_path) -> Testbed:
    monkeypatch.setattr(spec, "baselines", lambda: tmp_path)
    source = HubModel(kind="hub", name="not-used")
    return tiny_testbed(source, TEXT, fingerprint="tiny/fingerprint.json")


@pytest.fixture
def stored(testbed, tiny):
    """The fingerprint of the tiny llama, shipped."""
    where = fingerprint.path(testbed)
    where.parent.mkdir()
    where.write_text(fingerprint.measure(testbed, tiny("llama")).model_dump_json())
    return where


def perturbed(model: LanguageModel, parameter: str, by: float) -> LanguageModel:
    """A copy of the model with one weight changed."""
    plain = copy.deepcopy(model.plain)
    plain.get_parameter(parameter).data[0, 0] += by
    return LanguageModel(plain, model.tokenizer, centred=False)


def test_measures_the_model(testbed, tiny):
    found = fingerprint.measure(testbed, tiny("llama"))
    ids = torch.tensor(found.ids)
    assert ids.shape == (fingerprint.PROMPTS, N_CTX)
    assert ids.unique().numel() == ids.numel()
    assert 0 < ids.min() < VOCABULARY / 4
    assert VOCABULARY / 2 < ids.max() < VOCABULARY
    activations = tiny("llama").capture(ids, testbed.write_hook)[:, -1, : fingerprint.COORDINATES]
    torch.testing.assert_close(torch.tensor(found.activations), activations)
    logits = tiny("llama").plain(ids).logits[:, -1, : fingerprint.COORDINATES]
    torch.testing.assert_close(torch.tensor(found.logits), logits)


@pytest.mark.usefixtures("stored")
def test_the_declared_model_passes(testbed, tiny):
    fingerprint.verify(testbed, tiny("llama"))


@pytest.mark.usefixtures("stored")
def test_rounding_passes(testbed, tiny):
    name = "model.layers.0.mlp.down_proj.weight"
    fingerprint.verify(testbed, perturbed(tiny("llama"), name, 1e-7))


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize(
    ("parameter", "differs"),
    [
        ("model.layers.0.mlp.down_proj.weight", "activations"),
        ("model.layers.2.mlp.down_proj.weight", "logits"),
        ("lm_head.weight", "logits"),
    ],
)
def test_one_changed_weight_is_refused(testbed, tiny, parameter, differs):
    with pytest.raises(SubjectError, match=f"tiny: {differs} differ .*not the declared model"):
        fingerprint.verify(testbed, perturbed(tiny("llama"), parameter, 1.0))


@pytest.mark.usefixtures("stored")
def test_another_model_is_refused(testbed, tiny):
    with pytest.raises(SubjectError, match="not the declared model"):
        fingerprint.verify(testbed, tiny("gpt2"))


@pytest.mark.usefixtures("stored")
def test_a_model_that_gives_nan_is_refused(testbed, tiny):
    broken = perturbed(tiny("llama"), "model.layers.3.mlp.down_proj.weight", float("nan"))
    with pytest.raises(SubjectError, match="logits differ from the fingerprint by nan"):
        fingerprint.verify(testbed, broken)


def test_other_prompts_are_refused(testbed, stored, tiny):
    longer = testbed.model_copy(update={"n_ctx": N_CTX + 1})
    with pytest.raises(SubjectError, match="ids differ from the fingerprint by inf"):
        fingerprint.verify(longer, tiny("llama"))


@pytest.mark.parametrize("content", [None, "{", '{"ids": []}', "[]", '{"ids": [], "colour": 1}'])
def test_an_unreadable_fingerprint_is_refused(testbed, stored, tiny, content):
    if content is None:
        stored.unlink()
    else:
        stored.write_text(content)
    with pytest.raises(SubjectError, match="the fingerprint cannot be read") as caught:
        fingerprint.verify(testbed, tiny("llama"))
    assert str(caught.value).startswith(str(stored))


def test_rows_of_unequal_length_are_refused(testbed, stored, tiny):
    facts = json.loads(stored.read_text())
    facts["logits"][0].pop()
    stored.write_text(json.dumps(facts))
    with pytest.raises(SubjectError, match="rows of logits are not of one length"):
        fingerprint.verify(testbed, tiny("llama"))


def test_a_testbed_without_one_is_not_checked(testbed, tiny):
    fingerprint.verify(testbed.model_copy(update={"fingerprint": None}), tiny("gpt2"))
