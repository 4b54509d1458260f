from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from synact_bench.core.errors import AssetError, SubjectError
from synact_bench.models import releases
from synact_bench.testbeds import spec
from synact_bench.testbeds.sources import LocalSae, PrincipalComponents, ReleasedSae
from synact_bench.testbeds.spec import Testbed
from tests.helpers.testbeds import N_CTX


def local(folder: Path, config: dict[str, Any]) -> LocalSae:
    (folder / "cfg.json").write_text(json.dumps(config), encoding="utf-8")
    return LocalSae(kind="local", path=str(folder), sha256="0" * 64)


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"metadata": {"context_size": 64, "prepend_bos": False}}, (64, False)),
        ({"context_size": 128, "prepend_bos": True}, (128, True)),
        ({"context_size": 9, "metadata": {"context_size": 7, "prepend_bos": True}}, (7, True)),
    ],
)
def test_an_sae_s_config_says_on_what_contexts_it_was_trained(
    config: dict[str, Any], expected: tuple[int, bool], tmp_path: Path
) -> None:
    assert releases.context_of(local(tmp_path, config)) == expected


@pytest.mark.parametrize(
    ("config", "stated"),
    [
        ({}, "context_size None, prepend_bos None"),
        ({"metadata": None, "context_size": 64}, "context_size 64, prepend_bos None"),
        ({"context_size": 1, "prepend_bos": True}, "context_size 1, prepend_bos True"),
        ({"context_size": "64", "prepend_bos": 1}, "context_size 64, prepend_bos 1"),
        ({"context_size": True, "prepend_bos": True}, "context_size True"),
    ],
)
def test_a_config_that_does_not_say_is_refused(
    config: dict[str, Any], stated: str, tmp_path: Path
) -> None:
    with pytest.raises(SubjectError, match=rf"does not say on what contexts .*\({stated}"):
        releases.context_of(local(tmp_path, config))


def test_principal_components_were_trained_on_none() -> None:
    with pytest.raises(SubjectError, match="principal components were trained on no context"):
        releases.context_of(PrincipalComponents(kind="pca"))


def test_a_trained_sae_says_it_itself(ready: Testbed) -> None:
    assert releases.context_of(ready.sae) == (N_CTX, False)


@pytest.mark.parametrize("name", ["smollm2-135m", "smollm2-135m-native"])
def test_the_shipped_sae_says_what_its_card_says(name: str) -> None:
    card = json.loads((spec.baselines() / "smollm2-135m/sae/card.json").read_text("utf-8"))
    found = releases.context_of(spec.find(name).sae)
    assert found == (card["settings"]["context"], False)


@pytest.mark.parametrize("name", ["smollm2-135m-native", "gpt2-small-native"])
@pytest.mark.usefixtures("hub")
def test_a_native_testbed_is_as_its_sae_was_trained(name: str) -> None:
    testbed = spec.find(name)
    assert (testbed.n_ctx, testbed.bos) == releases.context_of(testbed.sae)


@pytest.mark.usefixtures("hub")
def test_a_release_that_is_not_to_be_had_says_so() -> None:
    missing = ReleasedSae(kind="release", release="gpt2-small-res-jb", id="blocks.7.hook_resid_pre")
    complaint = "gpt2-small-res-jb/blocks.7.hook_resid_pre: the SAE's config cannot be read"
    with pytest.raises(AssetError, match=re.escape(complaint)):
        releases.context_of(missing)
