"""The paper's testbed as a user runs it, from a local hub cache with the offline switch on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from synact_bench.core.experiments import CONTROLS, WRONG_PROMPT
from tests.helpers.commands import invoke

pytestmark = pytest.mark.usefixtures("no_figures")


def test_the_papers_testbed_is_run_from_a_hub_cache_alone(
    hub: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    asked = ["run", "--testbed", "gpt2-small", "--preset", "smoke", "--runs", tmp_path]
    assert invoke(*asked, "--generator", "synthetic-structured") == 0
    folder = tmp_path / "gpt2-small" / "smoke" / "seed-0"
    board = json.loads((folder / "scores.json").read_text(encoding="utf-8"))
    assert {row["identity"]["name"] for row in board["rows"]} == {
        *CONTROLS,
        WRONG_PROMPT,
        "synthetic-structured",
    }
    assert board["setting"]["absolute_length"] == 50
    assert board["origin"]["models"] == ["gpt2@main"]
    assert board["origin"]["saes"] == ["gpt2-small-res-jb/blocks.1.hook_resid_pre"]
    assert f"wrote {folder / 'LEADERBOARD.md'}" in capfd.readouterr().out


def test_the_papers_numbers_are_reproduced_from_a_hub_cache_alone(
    hub: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = ["reproduce", "paper", "--testbed", "gpt2-small", "--n", "8", "--runs", tmp_path]
    assert invoke(*asked) == 0
    folder = tmp_path / "gpt2-small" / "paper-8" / "seed-0-dense"
    said = capfd.readouterr().out
    assert said.splitlines()[0] == f"{folder}: 0 cells reused, 18 to measure"
    assert "gpt2-small@2, paper-8 preset (8 bases, 101 points), seed 0, dense@2" in said
    assert "Published means are over 1000 prompts, these over 8" in said
    assert "not measured" not in said
    page = (folder / "REPRODUCTION.md").read_text(encoding="utf-8")
    assert page.strip() in said
    stored = json.loads((folder / "reproduction.json").read_text(encoding="utf-8"))
    assert [each["ours"]["n"] for each in stored["cells"]] == [8] * 42
    # A random model has no steps: nothing may look like the paper's numbers.
    assert {each["verdict"] for each in stored["cells"]} == {"differs", None}

    monkeypatch.setattr(
        "synact_bench.run.runner.prepare",
        lambda *_, **__: pytest.fail("opened the model again"),
    )
    assert invoke(*asked) == 0
    again = capfd.readouterr().out
    assert again.splitlines()[0] == f"{folder}: 18 cells reused, 0 to measure"
    rest = again.splitlines()[1:]
    assert said.splitlines()[-len(rest) :] == rest
    assert invoke("reproduce", "paper", "--from", folder) == 0
    assert capfd.readouterr().out == page


def test_fetch_says_what_the_papers_testbed_needs_before_it_is_opened(
    hub: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert invoke("fetch", "gpt2-small") == 0
    said = capfd.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in said] == ["model", "text", "SAE", "gpt2-small@2"]
    assert said[0].endswith("cached already")
    assert "test prompts, 32 of 40 latents alive" in said[3]
