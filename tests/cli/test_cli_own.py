"""A model and an SAE that the project has never seen, from the command line to the board."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from synact_bench.assets import custom_file
from synact_bench.cli import custom as cli
from synact_bench.models import custom, train_sae
from synact_bench.testbeds import spec
from synact_bench.testbeds.sources import LocalSae
from synact_bench.testbeds.spec import HubModel, Testbed
from tests.helpers.commands import invoke, refused
from tests.helpers.faulty import plugin
from tests.helpers.gguf_file import save_gguf
from tests.helpers.testbeds import N_CTX, SETTINGS, write_documents
from tests.helpers.tiny import D_MODEL, LAYERS, save_tiny, tiny_tokenizer

pytestmark = pytest.mark.usefixtures("no_figures")
HOOK = ("--hook", "blocks.1.hook_resid_pre")
Said = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _empty_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SYNACT_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def llama(tmp_path: Path) -> tuple[object, ...]:
    """Options that name a tiny model and its text."""
    save_tiny("llama", tmp_path / "My Llama")
    text = write_documents(tmp_path / "text")
    return ("--model", tmp_path / "My Llama", *HOOK, "--text", text)


def scored(tmp_path: Path, *options: object) -> tuple[Testbed, Path]:
    """Run once; the testbed that was written and the folder of its cells."""
    asked = ("run", "--preset", "smoke", "--generator", "gaussian", "--n-ctx", N_CTX)
    assert invoke(*asked, "--runs", tmp_path / "runs", *options) == 0
    (file,) = (tmp_path / "runs").glob("*/testbed.toml")
    found = custom_file.read(file)
    assert isinstance(found, Testbed)
    return found, file.parent / "smoke" / "seed-0"


def test_a_gguf_file_is_scored_by_one_command_and_measured_once(
    tmp_path: Path, capfd: Said
) -> None:
    save_gguf(tmp_path / "tiny.Q8_0.gguf")
    text = write_documents(tmp_path / "text")
    options = ("--model", tmp_path / "tiny.Q8_0.gguf", *HOOK, "--text", text)
    found, folder = scored(tmp_path, *options)
    lines = capfd.readouterr().out.splitlines()
    assert found.name.startswith("tiny.q8-0-layer1-pca-")
    place = f"{tmp_path / 'tiny.Q8_0.gguf'} at {HOOK[1]}"
    assert lines[0] == f"{place}: loading libraries, then looking for stored cells"
    assert lines[1] == f"{found.name} is a custom testbed"
    assert lines[2] == "no SAE: latents are the principal components of its activations"
    kept = folder.parents[1] / "testbed.toml"
    assert lines[3] == f"measuring its facts first, once (minutes on a CPU): {kept}"
    assert f"with {found.l0:g} latents active" in lines[4]
    assert found.bases is not None
    assert lines[5].endswith(f"tau {found.tau:g}, medians over {found.bases} prompts")
    assert lines[6] == "fewer than 20 prompts: both are rough, and more text is needed"
    assert found.read_hook == f"blocks.{LAYERS - 1}.hook_resid_post"
    assert 0 < found.tau < found.absolute_length
    assert (found.explained_variance, found.l0) == (1.0, D_MODEL)
    page = (folder / "LEADERBOARD.md").read_text(encoding="utf-8")
    assert "Testbed: a person's own" in page
    assert f"--testbed runs/{found.name}/testbed.toml --preset smoke" in page
    assert str(tmp_path) not in page
    record = json.loads(next(folder.glob("gaussian--*.json")).read_text(encoding="utf-8"))
    assert record["provenance"]["model"] == f"tiny.Q8_0.gguf {found.model.sha256}"
    moved = tmp_path / "mine.toml"
    moved.write_text(custom_file.dumps(found), encoding="utf-8")
    capfd.readouterr()
    assert invoke("fetch", moved) == 0
    assert f"{found.identity}: ready in" in capfd.readouterr().out
    for again in (options, ("--testbed", moved)):
        capfd.readouterr()
        n_ctx = ("--n-ctx", N_CTX) if "--model" in again else ()
        asked = ("run", "--preset", "smoke", "--generator", "gaussian", *n_ctx)
        assert invoke(*asked, "--runs", tmp_path / "runs", *again) == 0
        out = capfd.readouterr().out
        assert " cells reused, 0 to measure" in out
        assert "measuring" not in out


def test_an_sae_is_trained_on_a_folder_of_safetensors_and_scored_with_it(
    tmp_path: Path, llama: tuple[object, ...], capfd: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    def small(**chosen: object) -> train_sae.SaeSettings:
        return SETTINGS.model_copy(update=chosen)

    monkeypatch.setattr(train_sae, "SaeSettings", small)
    sae = tmp_path / "my-sae"
    asked = ("--samples", 25600, "--batch", 64, "--context", N_CTX, "--out", sae)
    assert invoke("train-sae", *llama, *asked) == 0
    card = train_sae.SaeCard.model_validate_json(capfd.readouterr().out)
    assert card.settings.d_sae == train_sae.LATENTS_PER_DIMENSION * D_MODEL
    assert 0.5 < card.explained_variance < 1
    found, _ = scored(tmp_path, *llama, "--sae", sae)
    assert found.name.startswith("my-llama-layer1-my-sae-")
    assert found.sae.kind == "local"
    assert 0.5 < found.explained_variance < 1
    assert "no SAE" not in capfd.readouterr().out


def test_a_file_of_ones_own_is_trained_on(
    tmp_path: Path, llama: tuple[object, ...], capfd: Said
) -> None:
    file = tmp_path / "mine.toml"
    lines = (
        *('name = "mine"', 'version = "1"', 'summary = "Mine."', 'weights = "raw"'),
        *('write_hook = "blocks.1.hook_resid_pre"', 'read_hook = "blocks.3.hook_resid_post"'),
        *("n_ctx = 6", "train_activations = 400", '[model]\nkind = "local"\npath = "My Llama"'),
        *('[text]\nkind = "local-text"\npath = "text"', '[sae]\nkind = "pca"'),
    )
    file.write_text("\n".join(lines), encoding="utf-8")
    asked: tuple[object, ...] = ("--samples", 1280, "--batch", 64, "--d-sae", 24, "--context", 8)
    asked += ("--out", tmp_path / "sae")
    assert invoke("train-sae", "--testbed", file, *asked) == 0
    card = train_sae.SaeCard.model_validate_json(capfd.readouterr().out)
    assert (card.testbed, card.settings.d_sae, card.settings.context) == ("mine@1", 24, 8)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--hook", "blocks.1.hook_resid_pre"), "--hook: of a custom model, which is not"),
        (("--n-ctx", "8", "--bos"), "--n-ctx, --bos: of a custom model, which is not named;"),
        (("--sae", "x"), "SAE x: no such folder; give a folder in sae_lens's format"),
        (
            ("--model", "m", *HOOK, "--sae", "default"),
            "--sae default: a custom model comes with no",
        ),
        (("--model", "m", *HOOK, "--sae", "own"), "--sae own: a custom model comes with no"),
        (
            ("--model", "m", *HOOK, "--as-trained", "--n-ctx", "8"),
            "--as-trained and --n-ctx or --bos: are mutually exclusive",
        ),
        (("--model", "m"), "--model: needs --hook; add one such as"),
        (
            ("--model", "m", *HOOK, "--testbed", "tiny"),
            "--testbed and --model: are mutually exclusive",
        ),
        (("--model", "./m", *HOOK), "model m: no such file or folder; give a folder with"),
        (("--model", "m.gguf", *HOOK), "model m.gguf: no such file or folder"),
        (("--testbed", "m.toml"), "--testbed m.toml: no such file; check the path"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    options: tuple[str, ...], complaint: str, tmp_path: Path, capfd: Said
) -> None:
    assert complaint in refused(capfd, "run", "--runs", tmp_path, *options)


def test_what_comes_from_a_hub_is_said_before_it_is_downloaded() -> None:
    built_in = spec.find("gpt2-small")
    mine = built_in.setup.model_copy(update={"name": "mine"})
    text = [line for line in cli.announced(mine) if line.startswith("text: ")]
    assert len(text) == 1
    assert text[0].endswith("120 MB as declared, streamed again whenever the testbed is opened")
    assert list(cli.announced(built_in)) == []


@pytest.mark.parametrize("bos", [True, False])
@pytest.mark.parametrize("added", [True, False])
def test_a_token_that_only_the_tokenizer_puts_first_is_said(
    tmp_path: Path, added: bool, bos: bool
) -> None:
    save_tiny("llama", tmp_path / "model")
    tokenizer = tiny_tokenizer()
    tokenizer.add_bos_token = added
    tokenizer.save_pretrained(tmp_path / "model")
    text = write_documents(tmp_path / "text", documents=3)
    mine = custom.declare(str(tmp_path / "model"), HOOK[1], text=text, bos=bos)
    said = [line for line in cli.announced(mine) if "tokenizer" in line]
    expected = (
        "the model's tokenizer begins every text with '<end>', and these prompts begin without "
        "it: bos = true (--bos) puts it there"
    )
    assert said == [expected] * (added and not bos)


def test_a_tokenizer_that_cannot_be_read_is_left_to_what_opens_it(tmp_path: Path) -> None:
    built_in = spec.find("gpt2-small")
    gone = HubModel(kind="hub", name="some/model")
    mine = built_in.setup.model_copy(
        update={"name": "mine", "model": gone, "text": spec.find("smollm2-135m").text}
    )
    first, *others = cli.announced(mine)
    assert first == "mine is a custom testbed"
    assert not any("tokenizer" in line for line in others)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"metadata": {"hook_name": "model.layers.0"}}, False),
        ({"hook_point": "blocks.1.hook_resid_pre"}, False),
        ({"metadata": {"hook_name": None}}, True),
        ({}, True),
    ],
)
def test_an_sae_that_does_not_say_where_it_was_trained_is_told_of(
    config: dict[str, object], said: bool, tmp_path: Path
) -> None:
    (tmp_path / "cfg.json").write_text(json.dumps(config), encoding="utf-8")
    sae = LocalSae(kind="local", path=str(tmp_path), sha256="0" * 64)
    mine = spec.find("smollm2-135m").setup.model_copy(update={"name": "mine", "sae": sae})
    lines = list(cli.announced(mine))
    assert any("states no hook_name" in line for line in lines) == said


def test_a_testbed_of_ones_own_is_not_submitted_to(tmp_path: Path, capfd: Said) -> None:
    target = plugin(tmp_path, track="unconditional")
    line = refused(capfd, "submit", target, "--testbed", "mine.toml", "--out", tmp_path / "out")
    assert "--testbed: there is no built-in testbed 'mine.toml'; score it with" in line
    assert not (tmp_path / "out").exists()
