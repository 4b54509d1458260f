from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from synact_bench.assets import packages
from synact_bench.assets.text import Document, documents, local_text
from synact_bench.core.errors import AssetError, SubjectError, TextError
from synact_bench.models import fingerprint, subject
from synact_bench.models.language_model import LanguageModel
from synact_bench.models.subject import Subject, Text
from synact_bench.testbeds.spec import PrincipalComponents, Testbed
from tests.helpers.testbeds import N_CTX, write_documents
from tests.helpers.tiny import D_MODEL, VOCABULARY


@pytest.fixture
def testbed(ready) -> Testbed:
    """The tiny testbed, with an empty cache."""
    return ready


@pytest.fixture
def cached(testbed) -> Path:
    """The activations that opening the testbed leaves in the cache."""
    Subject.open(testbed)
    (path,) = (packages.cache_folder() / "activations").glob("*.safetensors")
    return path


@pytest.fixture
def captures(monkeypatch) -> list[int]:
    """Sizes of the captures made from here on."""
    sizes: list[int] = []
    capture = LanguageModel.capture_each

    def counted(model: LanguageModel, ids: torch.Tensor, *args: Any, **more: Any) -> Any:
        sizes.append(len(ids))
        return capture(model, ids, *args, **more)

    monkeypatch.setattr(LanguageModel, "capture_each", counted)
    return sizes


def test_opens_all_that_is_declared(testbed):
    opened = Subject.open(testbed)
    found = documents(testbed.text)
    assert len(opened.train) == testbed.train_activations
    assert opened.train.d_model == opened.dictionary.d_model == D_MODEL
    assert set(opened.train.documents) <= {d.id for d in found if d.split == "train"}
    assert set(opened.test.documents) == {d.id for d in found if d.split == "test"}
    assert opened.test.ids.shape[1] == N_CTX
    assert opened.testbed is testbed


def test_a_model_without_an_sae_is_opened_with_principal_components(testbed):
    facts = {"sae": PrincipalComponents(kind="pca"), "explained_variance": 1.0, "l0": D_MODEL}
    opened = Subject.open(testbed.model_copy(update=facts))
    assert opened.dictionary.d_sae == 2 * D_MODEL
    assert torch.equal(opened.dictionary.bias, opened.train.mean)


def test_the_train_pool_is_what_the_model_gives(testbed):
    opened = Subject.open(testbed)
    text = Text.read(testbed, opened.model)
    known = text.windows("train")
    row = opened.train.documents.index(opened.train.documents[17])
    document = opened.train.documents[row]
    own = [index for index, name in enumerate(known.documents) if name == document]
    live = opened.activations(known.take(own))
    assert (live - opened.train.tensor[row]).norm(dim=-1).min() < 1e-4


def test_activations_are_of_the_last_position(testbed):
    opened = Subject.open(testbed)
    few = opened.test.take(range(3))
    ids = torch.from_numpy(few.ids)
    _, cache = opened.model.bridge.run_with_cache(ids)
    torch.testing.assert_close(
        opened.activations(few), cache[testbed.write_hook][:, -1], rtol=1e-5, atol=1e-5
    )


def test_activations_may_be_of_the_middle_position(testbed):
    opened = Subject.open(testbed)
    middle = testbed.model_copy(update={"write_position": "middle"})
    few = opened.test.take(range(3))
    captured = opened.model.capture(torch.from_numpy(few.ids), testbed.write_hook)
    found = Text.read(middle, opened.model).activations(few)
    assert torch.equal(found, captured[:, N_CTX // 2])
    assert not torch.equal(found, opened.activations(few))


def test_prompts_may_begin_with_the_beginning_of_sequence_token(testbed, trained):
    model = trained.model
    plain, led = (
        Text.read(testbed.model_copy(update={"bos": bos}), model).windows("test")
        for bos in (False, True)
    )
    assert led.ids.shape[1] == plain.ids.shape[1] == N_CTX
    assert (led.ids[:, 0] == model.tokenizer.bos_token_id).all()
    assert (led.ids[0, 1:] == plain.ids[0, :-1]).all()
    assert set(led.documents) == set(plain.documents)
    assert set(led.positions) == set(range(0, 60 - N_CTX + 2, N_CTX - 1))


DOCUMENTS = [
    Document("0" * 16, "w1 w2 w3 w4 w5 w6 w7"),
    Document("1" * 16, (10, 11, 12, 13)),
    Document("2" * 16, "w20 w21"),
    Document("f" * 16, "w30 w31 w32"),
]


@pytest.fixture
def read(testbed, tiny):
    """A few documents as a testbed's model reads them."""

    def read(model: LanguageModel | None = None, *, bos: bool = True) -> Text:
        return Text(testbed.model_copy(update={"bos": bos}), model or tiny("llama"), DOCUMENTS)

    return read


def test_the_token_comes_first_and_counts_as_one_of_them(read):
    found = read().cut("train", n_ctx=3, first_only=False)
    assert (found.ids[:, 0] == VOCABULARY - 1).all()
    texts = [[1, 2], [3, 4], [5, 6]]
    assert found.ids[:, 1:].tolist() == [*texts, [10, 11], [12, 13], [20, 21]]
    assert found.positions == (0, 2, 4, 0, 2, 0)
    first = read().cut("train", n_ctx=3, first_only=True)
    assert first.ids[:, 1:].tolist() == [[1, 2], [10, 11], [20, 21]]


def test_without_it_windows_are_the_documents_alone(read):
    found = read(bos=False).cut("train", n_ctx=3, first_only=False)
    assert found.ids.tolist() == [[1, 2, 3], [4, 5, 6], [10, 11, 12]]


def test_a_tokenizer_without_the_token_is_refused(read, tiny):
    model = copy.copy(tiny("llama"))
    model.tokenizer = copy.deepcopy(model.tokenizer)
    model.tokenizer.bos_token = None
    assert len(read(model, bos=False).cut("train", n_ctx=3, first_only=False)) == 3
    with pytest.raises(SubjectError, match=r"no beginning-of-sequence token; drop --bos, or"):
        read(model).cut("train", n_ctx=3, first_only=False)


def test_a_token_without_an_embedding_is_refused_before_anything_is_captured(
    testbed, captures, monkeypatch
):
    train = [Document(f"0{index:015}", "w1 w2 w3 w4 w5 w6 " * 20) for index in range(20)]
    monkeypatch.setattr(subject, "documents", lambda _: [*train, Document("f" * 16, "w1 w94 w2")])
    monkeypatch.setattr(LanguageModel, "d_vocab", 94)
    with pytest.raises(SubjectError, match=r"gives id 94 \('w94'\), the model has 94"):
        Subject.open(testbed)
    assert captures == []


@pytest.mark.parametrize("kind", ["gpt2", "llama"])
def test_more_tokens_than_the_model_has_positions_are_refused(read, tiny, kind):
    read(tiny(kind)).cut("train", n_ctx=32, first_only=False)
    with pytest.raises(SubjectError, match="prompts have 33 tokens, the model has 32 positions"):
        read(tiny(kind)).cut("train", n_ctx=33, first_only=False)


def test_a_smaller_pool_is_the_beginning_of_a_larger(testbed):
    smaller = testbed.model_copy(update={"train_activations": 200})
    large, small = Subject.open(testbed).train, Subject.open(smaller).train
    assert small.documents == large.documents[:200]
    torch.testing.assert_close(small.tensor, large.tensor[:200], rtol=1e-5, atol=1e-5)


def test_a_preset_may_take_the_beginning_of_the_pool(testbed):
    opened = Subject.open(testbed, most=200)
    assert len(opened.train) == 200
    assert len(opened.test_pool) <= 200
    assert len(Subject.open(testbed, most=1).train) == 10 * D_MODEL  # as few as there may be
    declared = testbed.model_copy(update={"train_activations": 100})
    assert len(Subject.open(declared, most=200).train) == 100


def test_activations_of_no_prompts_are_none(testbed):
    opened = Subject.open(testbed)
    assert opened.activations(opened.test.take([])).shape == (0, D_MODEL)


def test_another_sae_needs_no_other_capture(testbed, cached, captures):
    facts = {"sae": PrincipalComponents(kind="pca"), "explained_variance": 1.0, "l0": D_MODEL}
    Subject.open(testbed.model_copy(update=facts))
    assert captures == [8]


def test_another_hook_is_captured_by_itself(testbed, cached, captures):
    facts = {"sae": PrincipalComponents(kind="pca"), "write_hook": "blocks.2.hook_resid_pre"}
    facts |= {"explained_variance": 1.0, "l0": D_MODEL}
    Subject.open(testbed.model_copy(update=facts))
    assert captures == [8, testbed.train_activations]
    assert len(list(cached.parent.glob("*.safetensors"))) == 2


def test_testbeds_of_one_model_capture_for_each_other(testbed, captures):
    facts = {"sae": PrincipalComponents(kind="pca"), "write_hook": "blocks.2.hook_resid_pre"}
    facts |= {"explained_variance": 1.0, "l0": D_MODEL}
    deeper = testbed.model_copy(update=facts)
    assert testbed.prompts_digest == deeper.prompts_digest
    alone = Subject.open(deeper)
    found = alone.train.tensor, alone.test_pool
    for each in (packages.cache_folder() / "activations").iterdir():
        each.unlink()
    captures.clear()
    first = Subject.open(testbed, also=[deeper.write_hook, testbed.write_hook])
    held_out = len(first.test_pool)
    assert captures == [8, testbed.train_activations, min(held_out, 8), held_out]
    captures.clear()
    second = Subject.open(deeper, also=[testbed.write_hook])
    assert torch.equal(second.train.tensor, found[0])
    assert torch.equal(second.test_pool, found[1])
    assert captures == [8, min(held_out, 8)]


@pytest.mark.parametrize("facts", [{"n_ctx": 5}, {"weights": "centred"}, {"windows": "first"}])
def test_testbeds_of_other_prompts_or_weights_have_another_digest(testbed, facts):
    assert testbed.model_copy(update=facts).prompts_digest != testbed.prompts_digest


def test_cached_activations_are_used_again(testbed, cached, captures):
    stored = load_file(cached)["activations"]
    stored[101] += 1.0  # not among the few that are compared: shows that the file is read
    save_file({"activations": stored}, cached)
    opened = Subject.open(testbed)
    assert torch.equal(opened.train.tensor, stored[:, 0])
    assert captures == [8]


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def another_model(path: Path) -> None:
    save_file({"activations": load_file(path)["activations"] + 0.1}, path)


def too_few(path: Path) -> None:
    save_file({"activations": load_file(path)["activations"][:-1].contiguous()}, path)


def nan(path: Path) -> None:
    save_file({"activations": load_file(path)["activations"] * torch.nan}, path)


def one_row(path: Path) -> None:
    stored = load_file(path)["activations"].clone()
    stored[100] += 0.1  # among the few that are compared
    save_file({"activations": stored}, path)


def wider(path: Path) -> None:
    stored = load_file(path)["activations"]
    save_file({"activations": torch.cat([stored, stored[:, :1]], dim=1)}, path)


def other_name(path: Path) -> None:
    save_file({"values": load_file(path)["activations"]}, path)


@pytest.mark.parametrize(
    "spoil", [truncated, empty, another_model, too_few, nan, one_row, wider, other_name]
)
def test_bad_cached_activations_are_made_anew(testbed, cached, captures, spoil):
    # Cloned: a loaded tensor is a view of the file, which is about to be spoilt.
    good = load_file(cached)["activations"].clone()
    spoil(cached)
    opened = Subject.open(testbed)
    torch.testing.assert_close(opened.train.tensor, good[:, 0], rtol=1e-5, atol=1e-5)
    assert captures == [8, testbed.train_activations]
    assert torch.equal(load_file(cached)["activations"][:, 0], opened.train.tensor)
    names = {path.name for path in cached.parent.iterdir()}
    assert names == {cached.name, cached.name.replace(".safetensors", ".safetensors.lock")}


def test_a_text_too_short_says_how_much_is_needed(testbed, tmp_path):
    short = write_documents(tmp_path / "short", documents=10)
    other = testbed.model_copy(update={"text": local_text(short)})
    message = r"tiny: train documents give \d+ prompts of 6 tokens, 160 .*at least 1,200 tokens"
    with pytest.raises(TextError, match=message):
        Subject.open(other)


def test_another_sae_is_refused(testbed):
    other = testbed.sae.model_copy(update={"sha256": "0" * 64})
    with pytest.raises(AssetError, match="the testbed pins"):
        Subject.open(testbed.model_copy(update={"sae": other}))


def test_a_wrong_hook_is_noticed_by_the_sae(testbed):
    other = testbed.model_copy(update={"write_hook": "blocks.3.hook_resid_pre"})
    with pytest.raises(SubjectError, match=r"trained at blocks.1.hook_resid_pre, .* at blocks.3"):
        Subject.open(other)


def test_the_fingerprint_is_checked_first(testbed, trained, captures):
    declared = testbed.model_copy(update={"fingerprint": "tiny/fingerprint.json"})
    where = fingerprint.path(declared)
    good = fingerprint.measure(declared, trained.model)
    where.write_text(good.model_dump_json())
    Subject.open(declared)
    captures.clear()
    where.write_text(good.model_copy(update={"logits": good.activations}).model_dump_json())
    with pytest.raises(SubjectError, match="logits differ from the fingerprint"):
        Subject.open(declared)
    assert max(captures) < 8  # its own prompts; none of the text's


def test_own_texts_do_not_share_cached_activations(testbed, cached, tmp_path):
    other = write_documents(tmp_path / "other", seed=5)
    opened = Subject.open(testbed.model_copy(update={"text": local_text(other)}))
    assert len(list(cached.parent.glob("*.safetensors"))) == 2
    assert not torch.equal(load_file(cached)["activations"], opened.train.tensor)
