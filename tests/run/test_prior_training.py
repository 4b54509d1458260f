"""A flow prior is trained on a testbed's own train documents, and its card tells what it is."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import torch

from synact_bench.assets.text import documents, local_text
from synact_bench.core.errors import SynactError, TextError
from synact_bench.generators import flow_prior
from synact_bench.generators.flow_matching import CARD, WEIGHTS, PriorCard, PriorSettings
from synact_bench.models.subject import setting_of
from synact_bench.run import prior_training
from tests.helpers.testbeds import N_CTX, write_documents
from tests.helpers.toys import rng_of

SETTINGS = PriorSettings(width=64, steps=120, batch=128, activations=None, checkpoints=(20, 120))


@pytest.fixture(scope="module")
def folder(trained, tmp_path_factory) -> Path:
    """A prior of the tiny testbed."""
    made = tmp_path_factory.mktemp("prior") / "made"
    prior_training.train(trained.testbed, SETTINGS, made)
    return made


def test_the_card_tells_what_was_done(trained, folder):
    card = PriorCard.model_validate_json((folder / CARD).read_bytes())
    found = documents(trained.testbed.text)
    windows = 60 // N_CTX * [document.split for document in found].count("train")
    assert card.train_activations == windows * (N_CTX - 1)
    assert card.settings == SETTINGS
    assert card.weights_sha256 == hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()
    assert card.suits(setting_of(trained.testbed, trained.model))


def test_training_beats_the_gaussian_on_held_out_documents(folder):
    card = flow_prior.card_of(folder)
    assert card.loss[120] < card.loss[20] < 1.01
    assert card.loss[120] < 1


def test_each_checkpoint_is_a_prior_of_its_own(folder):
    last = folder / prior_training.CHECKPOINTS / "step-120"
    first = folder / prior_training.CHECKPOINTS / "step-20"
    assert (last / WEIGHTS).read_bytes() == (folder / WEIGHTS).read_bytes()
    assert flow_prior.card_of(first).loss.keys() == {20}
    made = flow_prior.load(first).sample(5, position=0, steps=4, rng=rng_of(0))
    assert made.isfinite().all()


def test_samples_are_of_the_testbeds_own_activations(trained, folder):
    prior, position = flow_prior.load(folder), trained.testbed.write_index - 1
    made = prior.sample(2000, position=position, steps=20, rng=rng_of(0))
    real = trained.activations
    assert ((made.mean(0) - real.mean(0)) / real.std(0)).abs().max() < 0.3


def test_fewer_activations_are_captured_if_so_told(trained, tmp_path):
    few = SETTINGS.model_copy(update={"steps": 1, "activations": 400, "checkpoints": ()})
    card = prior_training.train(trained.testbed, few, tmp_path / "few")
    assert 400 <= card.train_activations < 400 + N_CTX
    assert not (tmp_path / "few" / prior_training.CHECKPOINTS).exists()
    assert torch.tensor(list(card.loss.values())).isfinite().all()


def test_weights_after_the_last_step_are_refused(trained, tmp_path):
    late = SETTINGS.model_copy(update={"checkpoints": (121,)})
    with pytest.raises(SynactError, match="after step 121 of 120 there are no weights to keep"):
        prior_training.train(trained.testbed, late, tmp_path / "late")


def test_a_text_too_short_is_refused(trained, tmp_path):
    short = write_documents(tmp_path / "short", documents=2)
    testbed = trained.testbed.model_copy(update={"text": local_text(short)})
    with pytest.raises(TextError, match="too few for a prior"):
        prior_training.train(testbed, SETTINGS, tmp_path / "prior")
    assert not (tmp_path / "prior").exists()


def test_mixed_precision_trains_as_well(trained, folder, tmp_path):
    mixed = SETTINGS.model_copy(update={"precision": "mixed", "checkpoints": ()})
    card = prior_training.train(trained.testbed, mixed, tmp_path / "mixed")
    assert card.loss[120] == pytest.approx(flow_prior.card_of(folder).loss[120], rel=0.02)
    assert card.weights_sha256 != flow_prior.card_of(folder).weights_sha256
