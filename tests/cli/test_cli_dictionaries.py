"""Several SAEs of one hook, from the command line to their order."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from synact_bench.assets import custom_file
from synact_bench.cli import dictionaries
from synact_bench.generators import BUILTINS, COMPOSITIONS
from synact_bench.models import custom, train_sae
from synact_bench.reports import publish
from synact_bench.testbeds.sources import ReleasedSae
from synact_bench.testbeds.spec import Testbed
from tests.attacks.misbehaviours import Misbehaviour
from tests.helpers import boards
from tests.helpers.commands import invoke, refused
from tests.helpers.testbeds import SETTINGS, Trained

RUN = ("run", "--preset", "smoke", "--testbed", "tiny", "--generator", "synthetic-random")
Said = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _no_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """They take longer than all the cells, and are tested with the board."""
    monkeypatch.setattr(publish, "draw", lambda *_: ())


@pytest.fixture
def worse(trained: Trained, tmp_path: Path) -> Path:
    """An SAE of the same hook that was hardly trained."""
    short = SETTINGS.model_copy(update={"samples": 40 * 64, "d_sae": 24, "lr_decay_steps": 10})
    train_sae.train(trained.testbed, short, tmp_path / "worse")
    return tmp_path / "worse"


def edited(sae: Path, **metadata: object) -> Path:
    """The SAE with other facts in its config."""
    file = sae / "cfg.json"
    config = json.loads(file.read_text(encoding="utf-8"))
    config["metadata"] |= metadata
    file.write_text(json.dumps(config), encoding="utf-8")
    return sae


def test_the_built_in_compositions_are_those_that_compose_latents() -> None:
    kinds = ("synthetic-", "structured-", "permuted-values")
    assert list(COMPOSITIONS) == [name for name in BUILTINS if name.startswith(kinds)]


def test_dictionaries_are_measured_ranked_and_measured_once(
    tiny_catalog: Testbed, worse: Path, tmp_path: Path, capfd: Said
) -> None:
    runs = tmp_path / "runs"
    asked = (*RUN, "--runs", runs, "--sae", "default", "--sae", worse)
    with boards.short_floors():
        assert invoke(*asked) == 0
    out = capfd.readouterr().out
    (page,) = runs.glob("dictionaries-*/smoke/seed-0/DICTIONARIES.md")
    assert f"wrote {page}" in out
    found = json.loads((page.parent / "dictionaries.json").read_text(encoding="utf-8"))
    rows = {row["name"]: row for row in found["rows"]}
    assert rows.keys() == {"tiny", "worse"}
    assert (rows["tiny"]["latents"]["d_sae"], rows["worse"]["latents"]["d_sae"]) == (48, 24)
    explained = {name: row["latents"]["explained_variance"] for name, row in rows.items()}
    assert explained["worse"] < explained["tiny"]
    assert all(list(row["compositions"]) == ["synthetic-random"] for row in rows.values())
    for row in rows.values():
        board = runs / row["testbed"].split("@")[0] / "smoke" / "seed-0"
        assert (board / "LEADERBOARD.md").is_file()
        assert list(board.glob("synthetic-random--*.parquet"))
        kept = json.loads((board.parents[1] / "dictionary.json").read_text(encoding="utf-8"))
        assert row["latents"].items() <= kept.items()
    (file,) = runs.glob("tiny-worse-*/testbed.toml")
    measured = custom_file.read(file)
    assert isinstance(measured, Testbed)
    shared = (measured.tau, measured.absolute_length)
    assert shared == (tiny_catalog.tau, tiny_catalog.absolute_length)
    assert measured.explained_variance == explained["worse"]
    before = page.read_bytes()
    with boards.short_floors():
        assert invoke(*asked) == 0
    assert capfd.readouterr().out.count(" cells reused, 0 to measure") == 2
    assert page.read_bytes() == before


def test_a_composition_that_fails_with_one_dictionary_is_left_out_of_all(
    tiny_catalog: Testbed, worse: Path, tmp_path: Path, capfd: Said
) -> None:
    bad = Misbehaviour(fit="assert len(dictionary.directions) == 48")
    asked = (*RUN, "--generator", bad.write("bad", tmp_path), "--runs", tmp_path / "runs")
    with boards.short_floors():
        assert invoke(*asked, "--sae", worse, "--sae", "own") == 1
    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith("synact-bench: row bad on worse is not measured: generator 'bad': ")
    (page,) = tmp_path.glob("runs/dictionaries-*/smoke/seed-0/DICTIONARIES.md")
    found = json.loads((page.parent / "dictionaries.json").read_text(encoding="utf-8"))
    compositions = {row["name"]: list(row["compositions"]) for row in found["rows"]}
    assert compositions == {"tiny": ["synthetic-random"], "worse": ["synthetic-random"]}


def test_one_other_sae_makes_an_ordinary_board(
    tiny_catalog: Testbed, tmp_path: Path, capfd: Said
) -> None:
    runs = tmp_path / "runs"
    with boards.short_floors():
        assert invoke(*RUN, "--runs", runs, "--sae", "pca") == 0
    out = capfd.readouterr().out
    (folder,) = runs.iterdir()
    assert folder.name.startswith(f"{tiny_catalog.name}-pca-")
    assert f"{folder.name} is a custom testbed" in out
    assert f"wrote {folder / 'smoke' / 'seed-0' / 'LEADERBOARD.md'}" in out
    page = (folder / "smoke" / "seed-0" / "LEADERBOARD.md").read_text(encoding="utf-8")
    assert f"--testbed runs/{folder.name}/testbed.toml" in page


@pytest.mark.usefixtures("tiny_catalog")
def test_an_sae_of_elsewhere_is_refused_before_any_is_measured(
    worse: Path, tmp_path: Path, capfd: Said
) -> None:
    saes = ("--sae", "own", "--sae", edited(worse, hook_name="blocks.2.hook_resid_pre"))
    said = refused(capfd, *RUN, "--runs", tmp_path / "runs", *saes)
    assert "it was trained at blocks.2.hook_resid_pre" in said
    assert not list((tmp_path / "runs").rglob("*.parquet"))


@pytest.mark.usefixtures("tiny_catalog")
def test_saes_that_were_trained_on_other_contexts_are_refused(
    worse: Path, tmp_path: Path, capfd: Said
) -> None:
    saes = ("--sae", "own", "--sae", edited(worse, context_size=4), "--as-trained")
    line = refused(capfd, *RUN, "--runs", tmp_path / "runs", *saes)
    assert "--sae: n_ctx is 6 for tiny and 4 for tiny-worse-as-trained-" in line
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--sae", "pca", "--sae", "pca"), "two of them are the same dictionary (tiny-pca-"),
        (
            ("--sae", "own", "--sae", "default"),
            "two of them are the same dictionary (tiny); name it",
        ),
        (("--sae", "own", "--sae", "pca", "--official"), "--official and several --sae: each SAE"),
        (("--sae", "pca", "--as-trained"), "principal components were trained on no context"),
        (("--sae", "./nowhere"), "no such folder"),
    ],
)
@pytest.mark.usefixtures("tiny_catalog")
def test_what_cannot_be_compared_is_refused(
    options: tuple[str, ...], complaint: str, tmp_path: Path, capfd: Said
) -> None:
    assert complaint in refused(capfd, *RUN, "--runs", tmp_path / "runs", *options)
    assert not (tmp_path / "runs").exists()


@pytest.mark.usefixtures("tiny_catalog")
def test_controls_alone_tell_no_dictionary_from_another(tmp_path: Path, capfd: Said) -> None:
    asked = ("run", "--preset", "smoke", "--testbed", "tiny", "--generator", "gaussian")
    saes = ("--sae", "own", "--sae", "pca", "--runs", tmp_path / "runs")
    assert "--generator: names controls alone" in refused(capfd, *asked, *saes)
    assert not list((tmp_path / "runs").rglob("*.parquet"))


def test_a_dictionary_is_called_as_it_was_asked_for(tiny_catalog: Testbed, tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("mine", "a/sae", "b/sae")]
    for seed, folder in enumerate(folders):
        folder.mkdir(parents=True)
        (folder / "cfg.json").write_text(f'{{"seed": {seed}}}', encoding="utf-8")
        (folder / "sae_weights.safetensors").write_bytes(b"")
    released = ReleasedSae(kind="release", release="a", id="b/c")
    mine, one, other = (custom.varied(tiny_catalog, sae=str(folder)) for folder in folders)
    called = {
        "tiny": tiny_catalog,
        "pca": custom.varied(tiny_catalog, sae="pca"),
        "mine": mine,
        one.name: one,
        other.name: other,
        "a/b/c": tiny_catalog.model_copy(update={"sae": released}),
    }
    assert dictionaries.names(list(called.values())) == list(called)
    assert one.name != other.name
