"""The embedded model itself: slow, and in need of its assets."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from synact_bench.assets import prompts
from synact_bench.assets.text import documents
from synact_bench.core.errors import SubjectError
from synact_bench.engine.reference_impl import naive_curves
from synact_bench.engine.sweeper import Sweeper
from synact_bench.models import fingerprint, sae
from synact_bench.models.language_model import LanguageModel
from synact_bench.models.subject import Text
from synact_bench.paths import Segments
from synact_bench.testbeds import spec

pytestmark = pytest.mark.real_model

PATHS = 3
FRACTIONS = torch.linspace(0, 1, 101)
TESTBED = spec.find("smollm2-135m")
HOOKS: dict[str, Any] = {"write_hook": TESTBED.write_hook, "read_hook": TESTBED.read_hook}


@pytest.fixture(scope="module")
def text() -> Text:
    model = LanguageModel.load(TESTBED.model, centred=False)
    return Text(TESTBED, model, documents(TESTBED.text)[-40:])


def test_the_model_knows_the_capital_of_france(text):
    (ids,) = text.model.tokenize(["The capital of France is"])
    with torch.no_grad():
        best = text.model.plain(torch.tensor([ids])).logits[0, -1].argmax()
    assert text.model.tokenizer.decode(best) == " Paris"


def test_no_published_document_spells_out_a_control_token(text):
    texts = [str(each.content) for each in documents(TESTBED.text)]
    plain = text.model.tokenizer(texts, add_special_tokens=False, verbose=False)["input_ids"]
    assert text.model.tokenize(texts) == plain


def test_the_model_is_the_declared_one(text):
    fingerprint.verify(TESTBED, text.model)


def test_the_sweep_equals_the_naive_run(text):
    chosen = prompts.shuffled(text.windows("test"), salt="equality").take(range(2 * PATHS))
    ids = torch.from_numpy(chosen.ids)[:PATHS]
    activations = text.activations(chosen)
    paths = Segments(activations[:PATHS], activations[PATHS:] - activations[:PATHS])
    swept = Sweeper(text.model, ids, **HOOKS).curves(range(PATHS), paths, FRACTIONS)
    l2, kl = naive_curves(text.model, ids, paths.points(FRACTIONS), **HOOKS)
    assert l2[:, -1].min() > 10
    assert kl[:, -1].min() > 0.1
    # Near its start a curve is a small difference of large vectors, whose rounding both ways
    # share: hence its largest value is the yardstick.
    error = (torch.from_numpy(swept.l2) - l2).abs() / l2.amax(1, keepdim=True)
    assert error.max() < 1e-5
    assert (torch.from_numpy(swept.kl) - kl).abs().max() < 1e-4


def test_the_shipped_sae_explains_held_out_activations_as_they_are(text):
    chosen = prompts.shuffled(text.windows("test"), salt="sae").take(range(1000))
    activations = text.activations(chosen)
    source: Any = TESTBED.sae
    shipped = sae.load(source)
    # Their L0 is not quite that of the train pool: a few activations wake hundreds of latents.
    l0 = float(sae.firing_counts(shipped, activations).sum()) / len(activations)
    assert l0 == pytest.approx(TESTBED.l0, rel=0.15)
    facts: dict[str, Any] = {
        "explained": TESTBED.explained_variance,
        "l0": l0,
        "where": TESTBED.name,
    }
    seen = sae.as_dictionary(shipped, activations, **facts)
    assert len(seen.alive) > 0.7 * seen.d_sae
    wrong = activations * activations.shape[1] ** 0.5 / activations.norm(dim=-1).mean()
    with pytest.raises(SubjectError, match="the SAE explains"):
        sae.as_dictionary(shipped, wrong, **facts)
    for factor in (1.1, 1 / 1.1):
        with pytest.raises(SubjectError, match="latents of the SAE are active"):
            sae.as_dictionary(shipped, factor * activations, **facts)
