from __future__ import annotations

import importlib.metadata
import json
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sae_lens import SAE

from synact_bench.assets import local_files, packages
from synact_bench.assets.text import documents, local_text
from synact_bench.core.errors import SubjectError, SynactError, TextError
from synact_bench.models import captured, sae, train_sae
from synact_bench.models.subject import Text
from synact_bench.models.train_sae import SaeCard, SaeSettings
from synact_bench.testbeds.sources import HubTokens
from tests.helpers.testbeds import N_CTX, SETTINGS
from tests.helpers.tiny import D_MODEL

SHORT = SETTINGS.model_copy(update={"samples": 20 * 64})


def test_the_card_tells_what_was_done(trained):
    card, folder = trained.card, trained.folder / "tiny" / "sae"
    assert card == SaeCard.model_validate_json((folder / "card.json").read_text())
    assert (card.testbed, card.hook_name) == ("tiny@1", "blocks.1.hook_resid_pre")
    assert card.settings == SETTINGS
    assert card.weights_sha256 == packages.sha256(folder / "sae_weights.safetensors")
    assert card.versions["sae-lens"] == importlib.metadata.version("sae-lens")


def test_the_card_counts_every_position_but_the_first(trained):
    found = documents(trained.testbed.text)
    splits = [document.split for document in found]
    a_document = 60 // N_CTX * (N_CTX - 1)
    assert trained.card.train_activations == splits.count("train") * a_document
    assert trained.card.held_out_activations == splits.count("test") * a_document


def test_the_card_measures_the_stored_sae_on_held_out_documents(trained):
    held_out = train_sae._activations(
        Text.read(trained.testbed, trained.model), "test", SETTINGS, most=None
    )
    stored = SAE.load_from_disk(trained.folder / "tiny" / "sae", device="cpu", dtype="float32")
    card = trained.card
    with torch.no_grad():
        fires = stored.encode(held_out) > 0
        assert card.explained_variance == pytest.approx(
            sae.explained_variance(stored, held_out), abs=1e-4
        )
    assert card.l0 == pytest.approx(float(fires.sum(-1).float().mean()), abs=0.01)
    assert card.alive == pytest.approx(float(fires.any(0).float().mean()), abs=1e-4)
    assert card.explained_variance > 0.8
    assert 1 < card.l0 < SETTINGS.d_sae


def test_massive_activations_are_left_out(trained, monkeypatch):
    text = Text.read(trained.testbed, trained.model)
    every = train_sae._activations(text, "train", SETTINGS, most=None)
    as_captured = captured.after_first_once

    def with_a_massive_one(*given):
        found = as_captured(*given).clone()
        found[2, 1] *= 1000
        return found

    monkeypatch.setattr(captured, "after_first_once", with_a_massive_one)
    left = train_sae._activations(text, "train", SETTINGS, most=None)
    row = 2 * (N_CTX - 1) + 1
    assert torch.equal(left, torch.cat([every[:row], every[row + 1 :]]))


def test_fewer_activations_are_of_windows_of_the_whole_text(trained):
    text = Text.read(trained.testbed, trained.model)
    every = train_sae._activations(text, "train", SETTINGS, most=None)
    some = train_sae._activations(text, "train", SETTINGS, most=100)
    assert 100 <= len(some) < 100 + SETTINGS.context
    rows = torch.cdist(some, every).argmin(1)
    assert torch.allclose(every[rows], some, atol=1e-5)
    assert int(rows.max() - rows.min()) > len(every) // 2
    more = train_sae._activations(text, "train", SETTINGS, most=len(every) + 1)
    assert torch.equal(more, every)


def test_the_stored_sae_takes_activations_as_they_are(trained):
    """The normalisation of training is folded into the weights."""
    config = json.loads((trained.folder / "tiny" / "sae" / "cfg.json").read_text())
    assert config["normalize_activations"] == "none"
    assert config["metadata"]["hook_name"] == "blocks.1.hook_resid_pre"


def test_training_is_reproducible_from_its_seed(trained, tmp_path):
    seeds = {"first": 0, "second": 0, "other": 1}
    state = torch.random.get_rng_state()
    first, second, other = (
        train_sae.train(
            trained.testbed, SHORT.model_copy(update={"seed": seed}), tmp_path / name
        ).weights_sha256
        for name, seed in seeds.items()
    )
    assert first == second
    assert first != other
    assert torch.equal(torch.random.get_rng_state(), state)


def test_too_little_text_is_refused_before_training(trained, tmp_path):
    huge = SHORT.model_copy(update={"batch": 100_000})
    with pytest.raises(TextError, match=r"tiny: train documents give \d+ activations, one batch"):
        train_sae.train(trained.testbed, huge, tmp_path / "sae")
    assert not (tmp_path / "sae").exists()


def test_a_training_that_fails_leaves_nothing(trained, tmp_path, monkeypatch):
    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(train_sae, "_halve", fail)
    with pytest.raises(OSError, match="disk full"):
        train_sae.train(trained.testbed, SHORT, tmp_path / "out" / "sae")
    assert list((tmp_path / "out").iterdir()) == []


def test_batches_are_epochs_of_fresh_shuffles():
    activations = torch.arange(10.0)[:, None].expand(-1, D_MODEL)
    batches = train_sae._batches(activations, 4, torch.Generator().manual_seed(0))
    epochs = [[next(batches)[:, 0].tolist() for _ in range(2)] for _ in range(3)]
    for epoch in epochs:
        seen = [value for batch in epoch for value in batch]
        assert len(set(seen)) == 8
    assert len({tuple(epoch[0]) for epoch in epochs}) == 3


def test_settings_refuse_unknown_fields():
    with pytest.raises(ValueError, match="k"):
        SaeSettings.model_validate({"k": 3})


def test_text_without_a_held_out_document_is_refused_before_training(
    trained, tmp_path, monkeypatch
):
    (tmp_path / "one.txt").write_text("w1 w2 w3 w4 " * 400, encoding="utf-8")
    text = local_text(tmp_path / "one.txt")
    (document,) = documents(text)
    monkeypatch.setattr(type(document), "split", "train")
    testbed = trained.testbed.model_copy(update={"text": text})
    monkeypatch.setattr(train_sae, "_fit", lambda *_: pytest.fail("it was trained"))
    with pytest.raises(TextError, match="tiny: no held-out document has 6 tokens"):
        train_sae.train(testbed, SHORT, tmp_path / "sae")
    assert not (tmp_path / "sae").exists()


def test_token_ids_of_another_model_are_refused(trained, tmp_path, monkeypatch):
    rows = [{"input_ids": [10**6] * 20}]
    monkeypatch.setattr("synact_bench.assets.text._stream", lambda _: Rows(rows))
    text = HubTokens(kind="hub-tokens", name="org/rows", rows=1)
    testbed = trained.testbed.model_copy(update={"text": text})
    with pytest.raises(TextError, match="token id 1000000"):
        train_sae.train(testbed, SHORT, tmp_path / "sae")


def test_windows_longer_than_the_model_takes_are_refused(trained, tmp_path):
    longer = SHORT.model_copy(update={"context": 33})
    with pytest.raises(SubjectError, match="33 tokens, the model has 32 positions; take at most"):
        train_sae.train(trained.testbed, longer, tmp_path / "sae")


class Rows(list[Any]):
    """A data set that is streamed."""

    def take(self, n):
        return self[:n]


SNAPPED = SHORT.model_copy(update={"snapshots": 3})


@pytest.fixture(scope="module")
def snapped(trained, tmp_path_factory):
    """A short training with snapshots."""
    folder = tmp_path_factory.mktemp("snapped") / "sae"
    train_sae.train(trained.testbed, SNAPPED, folder)
    return folder


def cards(folder):
    return {
        int(place.name.removeprefix("step-")): SaeCard.model_validate_json(
            (place / "card.json").read_text(encoding="utf-8")
        )
        for place in (folder / "snapshots").iterdir()
    }


def test_snapshots_are_saes_with_cards_of_their_own(trained, snapped):
    found = cards(snapped)
    assert sorted(found) == list(SNAPPED.kept) == [1, 4, 20]
    assert {step: card.steps for step, card in found.items()} == {step: step for step in found}
    source = local_files.local_sae(snapped / "snapshots" / "step-4")
    held_out = train_sae._activations(
        Text.read(trained.testbed, trained.model), "test", SNAPPED, most=None
    )
    measured = sae.explained_variance(sae.load(source), held_out)
    assert found[4].explained_variance == pytest.approx(measured, abs=2e-3)
    assert found[1].explained_variance < found[4].explained_variance < found[20].explained_variance


def test_the_last_snapshot_is_what_a_training_without_snapshots_gives(trained, snapped, tmp_path):
    plain = train_sae.train(trained.testbed, SHORT, tmp_path / "sae")
    last = SaeCard.model_validate_json((snapped / "card.json").read_text(encoding="utf-8"))
    assert plain.steps == last.steps == 20
    assert {plain.weights_sha256} == {last.weights_sha256, cards(snapped)[20].weights_sha256}
    assert not (tmp_path / "sae" / "snapshots").exists()


@given(
    steps=st.integers(1, 5000),
    batch=st.integers(1, 64),
    rest=st.integers(0, 63),
    snapshots=st.integers(1, 12),
)
def test_snapshots_rise_to_the_last_step(steps, batch, rest, snapshots):
    samples = steps * batch - min(rest, batch - 1)
    settings = SaeSettings(samples=samples, batch=batch, snapshots=snapshots)
    kept = settings.kept
    assert settings.steps == steps == kept[-1]
    assert kept[0] > 0
    assert list(kept) == sorted(set(kept))
    assert len(kept) <= snapshots


def test_more_snapshots_than_steps_are_refused_before_anything_is_opened(trained, tmp_path):
    crowded = SHORT.model_copy(update={"snapshots": 40})
    with pytest.raises(SynactError, match=r"--snapshots: 40 do not lie apart in 20 steps"):
        train_sae.train(trained.testbed, crowded, tmp_path / "sae")
    assert not (tmp_path / "sae").exists()
