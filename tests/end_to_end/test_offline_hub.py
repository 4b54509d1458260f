"""The paper's testbed as a user runs it, from a local hub cache with the offline switch on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from synact_bench.experiments import CONTROLS
from tests.helpers.commands import invoke


def test_the_papers_testbed_is_run_from_a_hub_cache_alone(
    hub: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    asked = ["run", "--testbed", "gpt2-small", "--preset", "smoke", "--runs", tmp_path]
    assert invoke(*asked, "--generator", "synthetic-structured") == 0
    folder = tmp_path / "gpt2-small" / "smoke" / "seed-0"
    board = json.loads((folder / "scores.json").read_text(encoding="utf-8"))
    assert {row["identity"]["name"] for row in board["rows"]} == {
        *CONTROLS,
        "synthetic-structured",
    }
    assert board["setting"]["absolute_length"] == 50
    assert board["origin"]["models"] == ["gpt2@main"]
    assert board["origin"]["saes"] == ["gpt2-small-res-jb/blocks.1.hook_resid_pre"]
    assert f"wrote {folder / 'LEADERBOARD.md'}" in capfd.readouterr().out
