from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from synact_bench.assets import local_files
from synact_bench.core.errors import AssetError, SubjectError, SynactError
from synact_bench.models import custom
from synact_bench.testbeds import spec
from synact_bench.testbeds.scale import ScaleFacts
from synact_bench.testbeds.sources import HubModel
from synact_bench.testbeds.spec import Scaled, Setup, Testbed
from tests.helpers.testbeds import write_documents
from tests.helpers.tiny import LAYERS, save_tiny

HOOK = "blocks.1.hook_resid_pre"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with a tiny model and a text."""
    save_tiny("llama", tmp_path / "model")
    write_documents(tmp_path / "text", documents=3)
    return tmp_path


def declare(home: Path, **choices: object) -> Setup:
    given = {"hook": HOOK, "text": home / "text"} | choices
    return custom.declare(str(home / "model"), **given)  # type: ignore[arg-type]


def test_what_is_not_chosen_is_derived(home: Path) -> None:
    found = declare(home)
    assert not isinstance(found, Testbed)
    assert re.fullmatch(r"model-layer1-pca-[0-9a-f]{8}", found.name)
    assert found.read_hook == f"blocks.{LAYERS - 1}.hook_resid_post"
    assert (found.n_ctx, found.bos, found.weights, found.sae.kind) == (10, False, "raw", "pca")
    assert found.train_activations == 32_000
    assert str(home) not in found.summary
    embedded = custom.declare(str(home / "model"), HOOK)
    assert embedded.text == spec.find("smollm2-135m").text


def test_each_choice_has_a_name_of_its_own(home: Path) -> None:
    chosen = [
        declare(home),
        declare(home, hook="blocks.2.hook_resid_pre"),
        declare(home, read_hook="blocks.2.hook_resid_post"),
        declare(home, n_ctx=6),
        declare(home, bos=True),
        declare(home, text=None),
    ]
    assert len({each.name for each in chosen}) == len(chosen)
    assert declare(home).name == chosen[0].name
    (home / "text" / "more.txt").write_text("w1 w2", encoding="utf-8")
    assert declare(home).name != chosen[0].name


def test_what_a_block_leaves_is_what_the_next_one_enters(home: Path) -> None:
    found = declare(home, hook="blocks.0.hook_resid_post")
    assert found.write_hook == HOOK
    assert found.name == declare(home).name


@pytest.mark.parametrize(("kind", "weights"), [("gpt2", "centred"), ("llama", "raw")])
def test_weights_are_centred_as_the_sae_asks_where_they_can_be(
    home: Path, kind: str, weights: str
) -> None:
    (home / "sae").mkdir()
    (home / "sae" / "sae_weights.safetensors").touch()
    asked = {"model_from_pretrained_kwargs": {"center_writing_weights": True}}
    (home / "sae" / "cfg.json").write_text(json.dumps({"metadata": asked}), encoding="utf-8")
    save_tiny(kind, home / kind)
    found = custom.declare(str(home / kind), HOOK, sae=str(home / "sae"), text=home / "text")
    assert found.weights == weights


def test_a_data_set_is_declared_by_its_columns(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("datasets.load_dataset", lambda *_, **__: [{"text": "w1 w2"}])
    found = declare(home, text=None, dataset="org/rows:en")
    assert (found.text.kind, found.text.origin) == ("hub-text", "org/rows:en")


@pytest.mark.parametrize(
    ("choices", "complaint"),
    [
        ({"hook": "blocks.1.hook_mlp_out"}, "--hook blocks.1.hook_mlp_out: activations are taken"),
        ({"hook": "1"}, "residual stream alone; name one such as blocks.3.hook_resid_pre"),
        ({"hook": "blocks.3.hook_resid_post"}, "the model has 4 blocks; place activations at"),
        ({"hook": "blocks.99.hook_resid_pre"}, "--hook blocks.99.hook_resid_pre: the model has 4"),
        ({"read_hook": "blocks.0.hook_resid_post"}, "comes before"),
        ({"read_hook": "blocks.4.hook_resid_post"}, "the model has 4 blocks; read at blocks.3"),
        ({"n_ctx": 1}, "n_ctx"),
        ({"dataset": "x"}, "--dataset and --text: are mutually exclusive"),
        ({"sae": "nowhere"}, "SAE nowhere: no such folder; give a folder in sae_lens's format"),
        ({"sae": "./no/where"}, "no such folder"),
        ({"sae": "no/where"}, "--sae no/where: no such folder, and sae_lens has no release 'no'"),
    ],
)
def test_a_choice_that_cannot_be_is_refused(
    home: Path, choices: dict[str, object], complaint: str
) -> None:
    with pytest.raises(SynactError, match=re.escape(complaint)):
        declare(home, **choices)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("gpt2", HubModel(kind="hub", name="gpt2")),
        ("org/model-1.5_b", HubModel(kind="hub", name="org/model-1.5_b")),
        ("org/model@v1.0", HubModel(kind="hub", name="org/model", revision="v1.0")),
    ],
)
def test_a_hub_id_is_none_of_the_disk(given: str, expected: HubModel) -> None:
    assert custom.model_source(given) == expected


@pytest.mark.parametrize("given", ["/no/such/model", "./model", "a/b/c", "model.gguf"])
def test_what_can_only_be_a_path_must_be_there(given: str) -> None:
    with pytest.raises(AssetError, match="no such file or folder"):
        custom.model_source(given)


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, Path]:
    """Folders that look like SAEs trained on contexts of so many tokens."""
    found = {}
    for name, context in {"as-tiny": 6, "longer": 8}.items():
        folder = tmp_path / name
        folder.mkdir()
        metadata = {"context_size": context, "prepend_bos": False}
        (folder / "cfg.json").write_text(json.dumps({"metadata": metadata}), encoding="utf-8")
        (folder / "sae_weights.safetensors").write_bytes(b"")
        found[name] = folder
    return found


def test_another_sae_keeps_the_scale_and_leaves_its_own_facts_to_be_measured(
    tiny_catalog: Testbed, folders: dict[str, Path]
) -> None:
    found = custom.varied(tiny_catalog, sae=str(folders["longer"]))
    assert type(found) is Scaled
    assert re.fullmatch(r"tiny-longer-[0-9a-f]{8}", found.name)
    assert found.sae == local_files.local_sae(folders["longer"])
    kept = Scaled.model_fields.keys() - {"name", "summary", "sae"}
    assert all(getattr(found, name) == getattr(tiny_catalog, name) for name in kept)
    facts = ScaleFacts(
        length=1, blocks=(1, 1, 1), draws=5, gamma=1, gamma_error=0, gaussians=4, bases=9
    )
    scaled = tiny_catalog.model_copy(update={"scale": {"plateau/scaled": facts}})
    longer: Any = custom.varied(scaled, sae=str(folders["longer"]))
    assert longer.scale == {"plateau/scaled": facts}
    mere = custom.varied(tiny_catalog.setup, sae="pca")
    assert type(mere) is Setup
    names = {found.name, mere.name, custom.varied(tiny_catalog, sae=str(folders["as-tiny"])).name}
    assert len(names) == 3


def test_a_testbed_s_own_sae_is_the_testbed_itself(
    tiny_catalog: Testbed, folders: dict[str, Path]
) -> None:
    assert custom.varied(tiny_catalog, sae="default") is tiny_catalog
    assert custom.varied(tiny_catalog, sae="own") is tiny_catalog  # its older name
    assert custom.varied(tiny_catalog) is tiny_catalog
    mine = custom.varied(tiny_catalog, sae=str(folders["longer"]))
    assert custom.varied(mine, sae=str(folders["longer"])) is mine


def test_prompts_as_the_sae_was_trained_have_a_scale_of_their_own(
    tiny_catalog: Testbed, folders: dict[str, Path]
) -> None:
    assert custom.varied(tiny_catalog, as_trained=True) is tiny_catalog
    same = custom.varied(tiny_catalog, sae=str(folders["as-tiny"]), as_trained=True)
    assert same == custom.varied(tiny_catalog, sae=str(folders["as-tiny"]))
    longer = custom.varied(tiny_catalog, sae=str(folders["longer"]), as_trained=True)
    assert type(longer) is Setup
    assert (longer.n_ctx, longer.bos, longer.fingerprint) == (8, False, None)
    assert re.fullmatch(r"tiny-longer-as-trained-[0-9a-f]{8}", longer.name)


def test_a_model_of_ones_own_is_declared_as_its_sae_was_trained(
    home: Path, folders: dict[str, Path]
) -> None:
    assert declare(home, sae=str(folders["longer"]), as_trained=True).n_ctx == 8
    with pytest.raises(SubjectError, match="principal components were trained on no context"):
        declare(home, as_trained=True)
    with pytest.raises(SynactError, match="are mutually exclusive"):
        declare(home, sae=str(folders["longer"]), as_trained=True, bos=True)


def test_a_model_of_ones_own_has_no_sae_of_its_own(home: Path) -> None:
    with pytest.raises(SubjectError, match=r"comes with no SAE; give .*\./own"):
        declare(home, sae="own")


def test_warnings_of_libraries_are_no_errors_of_a_notebook_that_makes_them_so(home: Path) -> None:
    """In a process of its own, where the model libraries are loaded by the call."""
    place, text = str(home / "model"), str(home / "text")
    code = (
        "import warnings; warnings.simplefilter('error')\n"
        "from pathlib import Path\n"
        "from synact_bench.models import custom\n"
        f"found = custom.declare({place!r}, {HOOK!r}, text=Path({text!r}), n_ctx=6)\n"
        "print(custom.varied(found, sae='pca').name)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("model-layer1-pca-")
