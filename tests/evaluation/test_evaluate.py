"""``synact_bench.evaluate`` on the tiny testbed: what it measures, writes and says."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import synact_bench
from synact_bench.assets import custom_file
from synact_bench.core.errors import PluginError, UnknownNameError
from synact_bench.core.experiments import CONTROLS, EXPERIMENTS
from synact_bench.generators import BUILTINS
from synact_bench.results.store import Store
from synact_bench.run import runner
from synact_bench.run.request import Request
from synact_bench.testbeds.spec import Testbed
from tests.helpers.cells import planned_cells
from tests.helpers.commands import invoke
from tests.helpers.faulty import faulty, plugin
from tests.helpers.requests import requested

pytestmark = pytest.mark.usefixtures("no_figures")
CELLS = {(each.name, path) for each in EXPERIMENTS.values() for path in each.paths}
MADE = sum(name in BUILTINS for name in CONTROLS)


def imported(path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The file as a module, as ``import`` would load it."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, path.stem, module)
    spec.loader.exec_module(module)
    return module


def test_a_class_is_scored_as_the_command_line_scores_its_file(
    opened_once: Testbed,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    path = plugin(tmp_path, track="unconditional")
    module = imported(path, monkeypatch)
    runs = tmp_path / "runs"
    result = synact_bench.evaluate(module.Faulty, "tiny", "smoke", runs=runs, progress=False)
    assert capfd.readouterr() == ("", "")
    assert (result.name, result.folder) == ("faulty", runs / "tiny" / "smoke" / "seed-0")
    assert len(list(result.folder.glob("*.parquet"))) == planned_cells(MADE + 1)
    assert set(result.curves) == CELLS

    page = (result.folder / "LEADERBOARD.md").read_bytes()
    assert (result.folder / "scores.json").read_text(encoding="utf-8") == result.board.to_json()

    options = ("--testbed", "tiny", "--preset", "smoke", "--runs", runs)
    assert invoke("run", *options, "--generator", path) == 0
    assert "0 to measure" in capfd.readouterr().out
    assert (result.folder / "LEADERBOARD.md").read_bytes() == page


def test_stored_cells_are_reused_and_the_model_is_not_opened(
    full_run: Path, tiny_catalog: Testbed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "prepare", lambda *_, **__: pytest.fail("opened the model"))
    result = synact_bench.evaluate("synthetic-structured", "tiny", "smoke", runs=full_run)
    stored = {each.record.identity.stem: each for each in Store(result.folder).cells()}
    for cell, curves in result.curves.items():
        (stem,) = (
            each for each in stored if each.startswith("synthetic-structured--" + "--".join(cell))
        )
        assert np.array_equal(curves.kl, stored[stem].table.curves.kl)
    assert {row.name for row in result.board.rows} >= {"synthetic-random", *CONTROLS}


def test_a_bar_is_drawn_on_standard_error_unless_it_is_not_wanted(
    opened_once: Testbed, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    synact_bench.evaluate("mean", "tiny", "smoke", runs=tmp_path)
    said = capfd.readouterr()
    assert said.out == ""
    assert "pt" in said.err
    assert "mean plateau scaled" in said.err


def test_a_row_that_the_trial_draws_can_be_evaluated(full_run: Path, tiny_catalog: Testbed) -> None:
    result = synact_bench.evaluate("real-native", "tiny", "smoke", runs=full_run)
    assert {experiment for experiment, _ in result.curves} == {"plateau"}
    reason = result.scores["overall"].reason or ""
    assert "no cell: " in reason
    assert "sensitivity/relative" in reason


def test_own_text_and_seed_are_those_of_the_command_line(
    tiny_catalog: Testbed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Request] = []

    def session(request: Request) -> None:
        asked.append(request)
        raise PluginError("stop", where="here", fix="nothing")

    monkeypatch.setattr(Request, "session", session)
    with pytest.raises(PluginError, match="stop"):
        synact_bench.evaluate(
            "mean",
            "tiny",
            "smoke",
            runs=str(tmp_path),
            seed=7,
            text=tiny_catalog.text.path,
            progress=False,
        )
    (request,) = asked
    assert request == requested(
        testbed="tiny",
        preset="smoke",
        generators=("mean",),
        seed=7,
        text=Path(tiny_catalog.text.path),
        runs=tmp_path,
    )


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"generator": "gausian"}, "did you mean 'gaussian'"),
        ({"testbed": "tinny"}, "did you mean 'tiny'"),
        ({"preset": "quik"}, "did you mean 'quick'"),
        ({"device": "tpu"}, "there is no device 'tpu'"),
    ],
)
def test_an_unknown_name_is_refused_before_anything_is_written(
    tiny_catalog: Testbed, tmp_path: Path, changed: dict[str, str], message: str
) -> None:
    asked = {"generator": "mean", "testbed": "tiny", "preset": "smoke", "runs": str(tmp_path)}
    with pytest.raises(UnknownNameError, match=message):
        synact_bench.evaluate(**(asked | changed))  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


def test_a_faulty_plugin_is_refused_before_anything_is_measured(
    opened_once: Testbed, tmp_path: Path
) -> None:
    path = faulty(tmp_path, "nan")
    with pytest.raises(PluginError, match="NaN or infinity"):
        synact_bench.evaluate(str(path), "tiny", "smoke", runs=tmp_path / "runs", progress=False)
    assert not list(tmp_path.rglob("*.parquet"))


def test_a_testbed_may_be_a_file_or_a_declaration(opened_once: Testbed, tmp_path: Path) -> None:
    mine = opened_once.model_copy(update={"name": "mine"})
    file = tmp_path / "mine.toml"
    file.write_text(custom_file.dumps(mine), encoding="utf-8")
    given: dict[str, Any] = {"preset": "smoke", "runs": tmp_path / "runs", "progress": False}
    first = synact_bench.evaluate("gaussian", mine, **given)
    assert first.folder == tmp_path / "runs" / "mine" / "smoke" / "seed-0"
    stored = {path: path.stat().st_mtime_ns for path in first.folder.glob("*--*")}
    for testbed in (file, str(file)):
        again = synact_bench.evaluate("gaussian", testbed, **given)
        assert again.scores == first.scores
    assert {path: path.stat().st_mtime_ns for path in first.folder.glob("*--*")} == stored
