from __future__ import annotations

import shutil
from contextlib import nullcontext

import pytest
import torch
from sae_lens import SAE
from safetensors.torch import load_file

from synact_bench.assets import local_files, packages
from synact_bench.core.activations import RealActivations
from synact_bench.core.errors import AssetError, SubjectError
from synact_bench.models import sae
from synact_bench.testbeds import spec
from synact_bench.testbeds.spec import PrincipalComponents, ReleasedSae, ShippedSae
from tests.helpers.testbeds import SETTINGS
from tests.helpers.tiny import D_MODEL
from tests.helpers.toys import rng_of


@pytest.fixture
def shipped(trained, monkeypatch) -> ShippedSae:
    """The tiny SAE, shipped."""
    monkeypatch.setattr(spec, "baselines", lambda: trained.folder)
    weights = trained.folder / "tiny" / "sae" / "sae_weights.safetensors"
    return ShippedSae(kind="shipped", folder="tiny/sae", sha256=packages.sha256(weights))


def declared(trained) -> dict[str, float]:
    return {"explained": trained.testbed.explained_variance, "l0": trained.testbed.l0}


def test_float16_weights_become_a_float32_sae(shipped, trained):
    stored = load_file(trained.folder / "tiny" / "sae" / "sae_weights.safetensors")
    assert {tensor.dtype for tensor in stored.values()} == {torch.float16}
    loaded = sae.load(shipped)
    assert {parameter.dtype for parameter in loaded.parameters()} == {torch.float32}
    assert not any(parameter.requires_grad for parameter in loaded.parameters())
    assert not loaded.training


def test_decoder_rows_have_unit_norm(shipped):
    norms = sae.load(shipped).W_dec.norm(dim=-1)
    torch.testing.assert_close(norms, torch.ones(SETTINGS.d_sae))


def test_another_checksum_is_refused(shipped):
    other = shipped.model_copy(update={"sha256": "0" * 64})
    with pytest.raises(AssetError, match=rf"{shipped.sha256}, the testbed pins 0+; restore the"):
        sae.load(other)


def test_a_missing_sae_says_how_to_get_one(shipped):
    other = shipped.model_copy(update={"folder": "tiny/none"})
    with pytest.raises(AssetError, match=r"tiny/none: the SAE cannot be loaded: .*train-sae"):
        sae.load(other)


def test_a_broken_sae_of_the_disk_is_not_sent_to_a_hub(shipped, trained, tmp_path):
    folder = tmp_path / "sae"
    shutil.copytree(trained.folder / "tiny" / "sae", folder)
    (folder / "sae_weights.safetensors").write_bytes(b"no weights")
    with pytest.raises(
        AssetError, match=r"sae: the SAE cannot be loaded: .*; write it again"
    ) as found:
        sae.load(local_files.local_sae(folder))
    assert "hub" not in str(found.value)


def test_an_unreachable_release_is_said_in_one_line(monkeypatch):
    def from_pretrained(release: str, sae_id: str, **_: object) -> None:
        raise OSError(f"no route to {release}\n{sae_id}")

    monkeypatch.setattr(SAE, "from_pretrained", from_pretrained)
    source = ReleasedSae(kind="release", release="some-release", id="blocks.1")
    with pytest.raises(
        AssetError, match=r"^some-release/blocks.1: .*no route to some-release blocks.1; connect"
    ):
        sae.load(source)


def test_explained_variance_by_hand(monkeypatch):
    activations = torch.tensor([[1.0, 0.0], [3.0, 0.0], [2.0, 3.0]])
    monkeypatch.setattr(sae, "CHUNK", 2)
    assert sae.explained_variance(lambda x: x, activations) == 1.0
    mean = activations.mean(0)
    assert sae.explained_variance(mean.expand_as, activations) == pytest.approx(0)
    # The mean is (2, 1): 2 + 2 + 4 about it, 1 is left.
    keeps = sae.explained_variance(lambda x: x + torch.tensor([0.0, 1 / 3**0.5]), activations)
    assert keeps == pytest.approx(1 - 1 / 8)


def test_firing_is_counted_over_chunks(monkeypatch, shipped):
    loaded = sae.load(shipped)
    activations = 3 * torch.randn(50, D_MODEL, generator=rng_of(0))
    expected = (loaded.encode(activations) > 0).sum(0).double()
    monkeypatch.setattr(sae, "CHUNK", 7)
    assert torch.equal(sae.firing_counts(loaded, activations), expected)


def test_a_dictionary_sees_the_sae_and_the_frequencies(shipped, trained):
    loaded = sae.load(shipped)
    real = trained.activations
    seen = sae.as_dictionary(loaded, real, **declared(trained), where="tiny")
    assert (seen.d_sae, seen.d_model) == (SETTINGS.d_sae, D_MODEL)
    torch.testing.assert_close(seen.decode(seen.encode(real)), loaded(real))
    by_hand = seen.encode(real) @ seen.directions + seen.bias
    torch.testing.assert_close(seen.decode(seen.encode(real)), by_hand, rtol=1e-4, atol=1e-4)
    frequency = (seen.encode(real) > 0).double().mean(0)
    torch.testing.assert_close(seen.firing_frequency, frequency)


def pool(activations: torch.Tensor) -> RealActivations:
    return RealActivations(activations, tuple(map(str, range(len(activations)))))


def test_a_testbed_s_dictionary_is_the_sae_it_declares(shipped, trained):
    seen = sae.dictionary(trained.testbed, pool(trained.activations))
    assert torch.equal(seen.directions, sae.load(shipped).W_dec)
    with pytest.raises(SubjectError, match=r"^tiny: the SAE explains"):
        sae.dictionary(trained.testbed, pool(trained.activations + 2))


def test_a_testbed_may_declare_principal_components_instead(trained):
    real = pool(trained.activations)
    facts = {"sae": PrincipalComponents(kind="pca"), "explained_variance": 1.0, "l0": D_MODEL}
    seen = sae.dictionary(trained.testbed.model_copy(update=facts), real)
    assert (seen.d_sae, seen.d_model) == (2 * D_MODEL, D_MODEL)
    assert torch.equal(seen.bias, real.mean)
    declared_as_sparse = trained.testbed.model_copy(update=facts | {"l0": D_MODEL / 2})
    with pytest.raises(SubjectError, match=rf"{D_MODEL}.00 latents .*, 8.00 are declared"):
        sae.dictionary(declared_as_sparse, real)


@pytest.mark.parametrize("change", [lambda x: x / 10, lambda x: x + 2, lambda x: x.flip(-1)])
def test_wrong_activations_are_refused(shipped, trained, change):
    with pytest.raises(SubjectError, match=r"^tiny: the SAE explains .*is declared; check the"):
        sae.as_dictionary(
            sae.load(shipped),
            change(trained.activations),
            **declared(trained),
            where="tiny",
        )


class Jumps:
    """A stand-in whose latents are coordinates above 1: it has a scale, as trained SAEs have."""

    W_dec, b_dec = torch.eye(16), torch.zeros(16)
    decode = staticmethod(torch.clone)

    def encode(self, activations: torch.Tensor) -> torch.Tensor:
        return activations * (activations > 1)

    __call__ = encode


@pytest.mark.parametrize("factor", [1.1, 1 / 1.1])
def test_a_tenth_in_the_normalisation_is_noticed_by_l0_alone(factor):
    real = 0.5 * torch.empty(4000, 16).exponential_(generator=rng_of(0))
    real[:, 0] = 100 + 20 * torch.randn(4000, generator=rng_of(1))
    explained = sae.explained_variance(Jumps(), real)
    l0 = float((real > 1).sum(-1).double().mean())
    sae.as_dictionary(Jumps(), real, explained=explained, l0=l0, where="toy")
    sae.as_dictionary(Jumps(), factor * real, explained=explained, l0=None, where="toy")
    message = rf"^toy: .* latents of the SAE are active .*, {l0:.2f} are declared; check"
    with pytest.raises(SubjectError, match=message):
        sae.as_dictionary(Jumps(), factor * real, explained=explained, l0=l0, where="toy")


def test_l0_is_the_mean_number_of_active_latents(shipped, trained):
    loaded, real = sae.load(shipped), trained.activations
    active = float((loaded.encode(real) > 0).sum(-1).double().mean())
    for share, refused in ((0.96, False), (1.04, False), (0.94, True), (1.06, True)):
        facts = declared(trained) | {"l0": active / share}
        with pytest.raises(SubjectError) if refused else nullcontext():
            sae.as_dictionary(loaded, real, **facts, where="tiny")


def test_too_good_is_as_wrong_as_too_bad(shipped, trained):
    with pytest.raises(SubjectError, match=r"0\.700 is declared"):
        sae.as_dictionary(
            sae.load(shipped), trained.activations, explained=0.7, l0=None, where="tiny"
        )


def test_nan_activations_are_refused(shipped, trained):
    broken = trained.activations.clone()
    broken[0] = torch.nan
    with pytest.raises(SubjectError, match="explains nan"):
        sae.as_dictionary(sae.load(shipped), broken, explained=0.9, l0=None, where="tiny")
