from __future__ import annotations

import json
from pathlib import Path

import pytest

from synact_bench.assets import custom_file
from synact_bench.core.experiments import REAL
from synact_bench.reproduction.findings import wanted_rows
from synact_bench.results.store import Store, encode
from synact_bench.testbeds.spec import Testbed
from tests.helpers import cells
from tests.helpers.boards import short_floors
from tests.helpers.commands import invoke, refused

ROWS = (*REAL, *wanted_rows())


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """A folder of toy cells, all that the findings need."""
    store = Store(tmp_path / "cells")
    for each in cells.whole_board(ROWS):
        store.write(each.record, encode(each.table))
    return store.folder


def test_the_findings_are_measured_on_any_testbed(
    tiny_catalog: Testbed, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    asked = ("reproduce", "paper", "--testbed", "tiny", "--n", "6", "--runs", tmp_path)
    assert invoke(*asked) == 0
    said = capfd.readouterr().out
    folder = tmp_path / "tiny" / "paper-6" / "seed-0-dense"
    assert said.splitlines()[0] == f"{folder}: 0 cells reused, 50 to measure"
    assert "tiny@1, paper-6 preset (6 bases, 101 points)" in said
    assert said.count("**cannot be told**") == 3  # six documents give no intervals
    page, kept = folder / "REPRODUCTION.md", folder / "reproduction.json"
    assert said.endswith(f"\n\nwrote {page} and {kept}\n")
    assert page.read_text(encoding="utf-8") in said
    assert len(json.loads(kept.read_text(encoding="utf-8"))["findings"]) == 3
    assert len(list(folder.glob("*.parquet"))) == 50


def test_of_a_testbed_of_ones_own_what_is_measured_is_said(
    tiny_catalog: Testbed, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    mine = tiny_catalog.model_copy(update={"name": "mine", "fingerprint": None})
    file = tmp_path / "mine.toml"
    file.write_text(custom_file.dumps(mine), encoding="utf-8")
    asked = ("reproduce", "paper", "--testbed", file, "--n", "4", "--runs", tmp_path / "runs")
    assert invoke(*asked) == 0
    first, second, *_ = capfd.readouterr().out.splitlines()
    assert first == "mine is a custom testbed"
    assert second.startswith("latents explain ")


def test_stored_cells_are_judged_without_a_run(
    stored: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.read_bytes() for path in stored.iterdir()}
    with short_floors():
        assert invoke("reproduce", "paper", "--from", stored) == 0
    said = capfd.readouterr().out
    assert "toy@1, tiny preset" in said
    assert "**replicates**" in said
    assert "wrote" not in said
    assert {path: path.read_bytes() for path in stored.iterdir()} == before
    with short_floors():
        assert invoke("reproduce", "paper", "--from", stored, "--out", tmp_path / "out") == 0
    page = (tmp_path / "out" / "REPRODUCTION.md").read_text(encoding="utf-8")
    assert page == said


def test_cells_may_lie_in_several_folders(
    stored: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "reference"
    other.mkdir()
    for path in stored.glob("real*"):
        path.rename(other / path.name)
    with short_floors():
        assert invoke("reproduce", "paper", "--from", stored, "--from", other) == 0
    assert "**replicates**" in capfd.readouterr().out
    said = refused(capfd, "reproduce", "paper", "--from", stored)
    assert "no cell of real, real-floor-1" in said


@pytest.mark.parametrize("option", ["--n", "--runs", "--device"])
def test_stored_cells_take_no_option_that_says_what_to_measure(
    option: str, stored: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    said = refused(capfd, "reproduce", "paper", "--from", stored, option, "5")
    assert (
        f"{option}: says what to measure or where, and --from measures nothing; drop one of" in said
    )


def test_cells_of_another_testbed_are_refused(
    stored: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with short_floors():
        said = refused(capfd, "reproduce", "paper", "--testbed", "gpt2-small", "--from", stored)
    assert said == (
        "synact-bench: --testbed gpt2-small: the cells are of toy@1; leave it out, or give --from "
        "a folder of its cells"
    )


def test_what_cannot_be_reproduced_is_said_in_a_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    said = refused(capfd, "reproduce", "paper", "--from", tmp_path)
    assert "no stored cells" in said
    said = refused(capfd, "reproduce", "paper", "--testbed", "gpt3", "--runs", tmp_path)
    assert "there is no testbed 'gpt3'" in said
    said = refused(capfd, "reproduce", "paper", "--device", "tpu", "--runs", tmp_path)
    assert "there is no device 'tpu'" in said
    assert invoke("reproduce", "paper", "--n", "1") == 2
    assert "Invalid value for '--n'" in capfd.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_the_papers_testbed_without_a_hub_is_refused_with_what_to_do(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "empty"))
    monkeypatch.setattr("transformers.utils.hub.constants.HF_HUB_CACHE", str(tmp_path / "empty"))
    said = refused(capfd, "reproduce", "paper", "--n", "8", "--runs", tmp_path / "runs")
    assert "gpt2: the model cannot be loaded" in said
    assert "connect to a model hub or fill the local hub cache" in said
