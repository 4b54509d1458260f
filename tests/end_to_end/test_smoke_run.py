"""The whole way, as a user goes it: command line, real model, real text, board."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from synact_bench.core.experiments import CONTROLS, WRONG_PROMPT
from synact_bench.generators import BUILTINS
from tests.helpers.cells import planned_cells
from tests.helpers.commands import invoke

pytestmark = pytest.mark.real_model

ROWS = {*CONTROLS, WRONG_PROMPT, "synthetic-structured", "half-way"}
CELLS = planned_cells(sum(name in BUILTINS for name in CONTROLS) + 2)
PLUGIN = """
from synact_bench.generators.base import GeneratorCard

class HalfWay:
    card = GeneratorCard(name="half-way", version="1", track="conditioned")

    def fit(self, real, dictionary, *, rng):
        self.mean = real.mean

    def generate(self, base, *, rng):
        return (base + self.mean) / 2
"""


def test_a_plugin_is_scored_beside_built_in_rows_and_reused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    plugin = tmp_path / "half_way.py"
    plugin.write_text(PLUGIN, encoding="utf-8")
    asked = ["run", "--preset", "smoke", "--runs", tmp_path / "runs"]
    for target in ("real-holdout", "synthetic-structured", f"{plugin}:HalfWay"):
        asked += ["--generator", target]
    assert invoke(*asked) == 0
    folder = tmp_path / "runs" / "smollm2-135m" / "smoke" / "seed-0"
    board = json.loads((folder / "scores.json").read_text(encoding="utf-8"))
    assert {row["identity"]["name"] for row in board["rows"]} == ROWS
    assert cell_count(folder) == CELLS
    assert f"{CELLS} to measure" in capsys.readouterr().out

    first = (folder / "scores.json").read_bytes()
    monkeypatch.setattr(
        "synact_bench.run.runner.prepare",
        lambda *_, **__: pytest.fail("opened the model again"),
    )
    assert invoke(*asked) == 0
    assert f"{CELLS} cells reused, 0 to measure" in capsys.readouterr().out
    assert (folder / "scores.json").read_bytes() == first


def cell_count(folder: Path) -> int:
    return len({path.stem for path in folder.glob("*--*.json")})
