from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from synact_bench.models.language_model import LanguageModel
from synact_bench.testbeds.spec import Testbed
from tests.helpers.commands import invoke, refused
from tests.helpers.faulty import plugin
from tests.helpers.testbeds import write_documents
from tests.helpers.tiny import save_tiny

PLAN = ("plan", "--testbed", "tiny", "--preset", "smoke")
Said = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LanguageModel, "load", lambda *_, **__: pytest.fail("opened the model"))


def planned(capfd: Said, *arguments: object) -> dict[str, Any]:
    capfd.readouterr()
    assert invoke(*arguments, "--json") == 0
    found: dict[str, Any] = json.loads(capfd.readouterr().out)
    assert found["schema"] == "synact-plan@1"
    return found


def test_a_whole_run_lacks_nothing(full_run: Path, tiny_catalog: Testbed, capfd: Said) -> None:
    before = {path: path.stat().st_mtime_ns for path in full_run.rglob("*")}
    found = planned(capfd, *PLAN, "--runs", full_run)
    assert (found["units"], found["cells"]) == (0, 0)
    assert found["predicted"] == {"seconds": 0, "memory": None, "bytes": 0}
    (testbed,) = found["testbeds"]
    assert testbed["stored_cells"] == len(list(full_run.rglob("*--*.parquet")))
    assert {path: path.stat().st_mtime_ns for path in full_run.rglob("*")} == before


def test_what_is_missing_is_told_by_row_with_its_cost(
    full_run: Path, tiny_catalog: Testbed, capfd: Said
) -> None:
    folder = full_run / "tiny" / "smoke" / "seed-0"
    lost = sorted(folder.glob("gaussian--*.json"))
    for path in [*lost, next(folder.glob("mean--*.parquet"))]:
        path.unlink()
    found = planned(capfd, *PLAN, "--runs", full_run)
    assert (found["units"], found["cells"]) == (2, len(lost) + 1)
    (testbed,) = found["testbeds"]
    assert (testbed["testbed"], testbed["folder"]) == ("tiny", str(folder))
    gaussian, mean = testbed["units"]
    assert (gaussian["row"], gaussian["cells"]) == ("gaussian", len(lost))
    assert (mean["row"], mean["cells"]) == ("mean", 1)
    assert gaussian["seconds"] is not None
    assert gaussian["bytes"] > mean["bytes"] > 0
    assert found["predicted"]["bytes"] == gaussian["bytes"] + mean["bytes"]
    assert str(folder) in testbed["predicted"]["source"]
    assert invoke(*PLAN, "--runs", full_run) == 0
    said = capfd.readouterr().out
    assert f"{len(lost) + 1} missing in 2 units" in said
    assert "| gaussian " in said


def test_shards_of_a_plan_make_it_up(tiny_catalog: Testbed, tmp_path: Path, capfd: Said) -> None:
    own = plugin(tmp_path, track="unconditional")
    asked = (*PLAN, "--runs", tmp_path, "--generator", own)
    (whole,) = planned(capfd, *asked)["testbeds"]
    ids = [unit["id"] for unit in whole["units"]]
    assert whole["predicted"]["seconds"] is None
    assert whole["predicted"]["source"].startswith("nothing was measured")
    parts = [planned(capfd, *asked, "--shard", f"{i}/3")["testbeds"][0] for i in (1, 2, 3)]
    assert [unit["id"] for part in parts for unit in part["units"]] == ids
    assert all(part["units"] for part in parts)


def test_a_testbed_whose_facts_are_not_measured_is_refused(tmp_path: Path, capfd: Said) -> None:
    save_tiny("llama", tmp_path / "model")
    text = write_documents(tmp_path / "text")
    model = ("--model", tmp_path / "model", "--hook", "blocks.1.hook_resid_pre", "--text", text)
    said = refused(capfd, "plan", *model, "--runs", tmp_path / "runs")
    assert "needs its facts first" in said
    assert "'synact-bench run --prepare'" in said
