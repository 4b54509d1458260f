"""The page for the continuous integration of others: its workflow and its exit statuses."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from synact_bench.pytest_plugin.minimum import BELOW
from synact_bench.regression.verdict import Severity
from tests.helpers.pages import blocks
from tests.helpers.published import PAPER

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "in-your-ci.md"


@pytest.fixture(scope="module")
def workflow() -> str:
    (block,) = [each for each in blocks(PAGE) if each.kind == "yaml"]
    assert block.title == ".github/workflows/synact.yml"
    return block.text


def steps(workflow: str) -> list[dict[str, Any]]:
    (job,) = yaml.safe_load(workflow)["jobs"].values()
    found: list[dict[str, Any]] = job["steps"]
    return found


def test_the_workflow_is_one(workflow: str, tmp_path: Path) -> None:
    path = tmp_path / "synact.yml"
    path.write_text(workflow, encoding="utf-8")
    command = [sys.executable, "-m", "check_jsonschema"]
    command += ["--builtin-schema", "vendor.github-workflows", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_workflow_keeps_what_is_fetched_and_pins_what_is_installed(workflow: str) -> None:
    used = {step["uses"]: step.get("with", {}) for step in steps(workflow) if "uses" in step}
    assert [each for each in used if not re.fullmatch(r"actions/[\w-]+@v\d+", each)] == []
    cache = used["actions/cache@v4"]
    assert cache["path"] == "${{ env.SYNACT_CACHE }}"
    assert yaml.safe_load(workflow)["env"]["SYNACT_CACHE"].endswith(".cache/synact")
    installs = [step["run"] for step in steps(workflow) if "pip install" in step.get("run", "")]
    assert installs
    assert all("--constraint constraints.txt" in each for each in installs)
    assert "hashFiles('constraints.txt')" in cache["key"]


def test_the_page_names_every_exit_status() -> None:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    table = {cells[1].strip(): cells[2] for line in lines if len(cells := line.split("|")) == 4}
    outcomes = [each for each in Severity if each.exit_status]
    first, last = outcomes[0].exit_status, outcomes[-1].exit_status
    assert ", ".join(each.value for each in outcomes) in table[f"{first} to {last}"]
    assert "--synact-min" in table[str(BELOW)]
    assert str(int(pytest.ExitCode.USAGE_ERROR)) in table


def test_the_row_that_falls_short_is_the_published_one() -> None:
    board = json.loads((PAPER / "scores.json").read_text(encoding="utf-8"))
    (row,) = [each for each in board["rows"] if each["name"] == "synthetic-structured"]
    found = row["score"]["by_experiment"]["plateau"]["estimate"]
    value, low, high = (found[name] for name in ("value", "low", "high"))
    assert value < 0.4
    line = f"{row['name']}: realism of plateau is {value:.4f} [{low:.2f}, {high:.2f}], below 0.4"
    (shown,) = [each.text for each in blocks(PAGE) if each.kind == "text"]
    assert shown.strip() == line
