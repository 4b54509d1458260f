from __future__ import annotations

import shutil

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from synact_bench.assets import local_files
from synact_bench.core.errors import AssetError
from synact_bench.models import planted, sae
from synact_bench.models.language_model import LanguageModel
from synact_bench.models.planted import N_CTX, Size
from synact_bench.models.subject import Subject, Text

SMALL = Size(documents=60, words=180)
HOME = f"planted-assets-{planted.VERSION}-60x180"
KNOWN = planted.features()


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return planted.open_or_plant(tmp_path_factory.mktemp("planted"), SMALL)


@pytest.fixture(scope="module")
def subject(made):
    return Subject.open(made.setup)


def test_features_are_more_than_dimensions_and_nearly_orthogonal():
    assert KNOWN.shape == (254, 128)
    cosines = (KNOWN @ KNOWN.T).fill_diagonal_(0)
    assert float(cosines.abs().max()) < 0.09
    assert float(KNOWN.mean(-1).abs().max()) < 1e-6
    assert torch.allclose(KNOWN.norm(dim=-1), torch.ones(254), atol=1e-6)


@given(share=st.sampled_from(planted.REPLACED), other=st.sampled_from(planted.REPLACED))
def test_what_is_replaced_at_a_share_is_replaced_at_every_larger_one(share, other):
    less, more = sorted((share, other))
    few, many = planted.replaced(KNOWN, less), planted.replaced(KNOWN, more)
    changed = (few != KNOWN).any(-1)
    assert int(changed.sum()) == round(less * len(KNOWN))
    assert torch.equal(few[changed], many[changed])


@given(degrees=st.floats(0, 90))
def test_a_rotation_turns_every_feature_by_its_angle(degrees):
    turned = planted.rotated(KNOWN, degrees)
    assert torch.allclose(turned.norm(dim=-1), torch.ones(len(KNOWN)), atol=1e-5)
    cosines = (turned * KNOWN).sum(-1)
    assert torch.allclose(cosines, torch.full_like(cosines, np.cos(np.radians(degrees))), atol=1e-5)


def test_activations_are_sums_of_the_features_of_their_tokens(made, subject):
    """Least squares on the features of the prompt's tokens alone leaves nothing."""
    model = LanguageModel.load(made.setup.model, centred=False)
    text = Text.read(made.setup, model)
    chosen = text.windows("test").take(range(20))
    embedding = model.plain.transformer.wte.weight
    found = text.activations(chosen)
    for ids, activation in zip(chosen.ids, found, strict=True):
        assert len(ids) == N_CTX
        spanned = embedding[torch.from_numpy(np.unique(ids))]  # twice, one leaves it open
        fitted = torch.linalg.lstsq(spanned.T, activation[:, None]).solution
        assert torch.allclose(spanned.T @ fitted, activation[:, None], atol=1e-4)
        values = torch.linalg.lstsq(KNOWN[_of(spanned)].T, activation[:, None]).solution
        assert float(values.min()) > 0


def _of(words: torch.Tensor) -> torch.Tensor:
    """The features that embeddings are sums of: those two together explain each."""
    scores = (words @ KNOWN.T).topk(planted.FEATURES_OF_A_TOKEN, dim=-1).indices
    return scores.flatten().unique()


def test_the_model_computes_with_the_features(made):
    """A feature that no neuron of the next block sees, or too weakly, changes nothing there."""
    model = LanguageModel.load(made.setup.model, centred=False).plain
    block = model.transformer.h[1]
    activation = 1.5 * KNOWN[:1] + 1.5 * KNOWN[40:41]
    hidden = block.mlp.c_fc(block.ln_2(activation))[0]
    assert set(torch.nonzero(hidden > 0).flatten().tolist()) == {0, 40}


def test_every_corruption_explains_less_the_larger_its_dose(made, subject):
    activations = subject.train.tensor
    for ladder in made.ladders.values():
        assert list(ladder) == sorted(ladder)
        explained = []
        for folder in ladder.values():
            stored = sae.load(local_files.local_sae(folder))
            explained.append(sae.explained_variance(stored, activations))
            fires = float(sae.firing_counts(stored, activations).sum()) / len(activations)
            assert fires == pytest.approx(planted.ACTIVE, abs=0.1)
        assert explained == sorted(explained, reverse=True)
        assert explained[0] > 0.95
        assert explained[-1] > 0.1  # else it would be no dictionary


def test_the_same_is_planted_again_and_found_again(made, tmp_path):
    again = planted.open_or_plant(tmp_path, SMALL)
    assert again.setup.digest == made.setup.digest
    assert again.setup.name == made.setup.name == "planted-60x180"
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    assert planted.open_or_plant(tmp_path, SMALL).setup.digest == made.setup.digest
    assert before == {
        path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()
    }


@pytest.mark.parametrize(
    "changed", ["dictionaries/rotated-60/cfg.json", "text/00000.txt", "model/config.json"]
)
def test_what_was_planted_and_then_changed_is_refused(made, tmp_path, changed):
    home = shutil.copytree(made.ladders["rotated"][0].parents[1], tmp_path / HOME)
    planted.open_or_plant(tmp_path, SMALL)
    file = home / changed
    file.write_text(file.read_text(encoding="utf-8") + "\n w1", encoding="utf-8")
    part = changed.rpartition("/")[0]
    with pytest.raises(AssetError, match=f"{part}: not what was planted; delete the folder"):
        planted.open_or_plant(tmp_path, SMALL)


def test_a_planted_folder_that_does_not_say_what_it_held_is_refused(made, tmp_path):
    home = shutil.copytree(made.ladders["rotated"][0].parents[1], tmp_path / HOME)
    (home / planted.DIGESTS).unlink()
    with pytest.raises(AssetError, match=r"planted\.json cannot be read"):
        planted.open_or_plant(tmp_path, SMALL)
