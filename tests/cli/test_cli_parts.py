"""Runs of a part of the units, and their results put together again."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from safetensors.torch import load_file

from synact_bench.core.errors import SubjectError
from synact_bench.core.experiments import PRESETS
from synact_bench.reports import publish
from synact_bench.results.journal import lines
from synact_bench.run import facts as run_facts
from synact_bench.run import runner
from synact_bench.testbeds.spec import Testbed
from tests.helpers.commands import invoke, refused
from tests.helpers.faulty import faulty
from tests.helpers.testbeds import write_documents
from tests.helpers.tiny import save_tiny
from tests.helpers.tiny_testbed import Home

RUN = ("run", "--testbed", "tiny", "--preset", "smoke", "--generator", "gaussian")
PLAN = ("plan", *RUN[1:], "--json")
SCORES = "scores.json"
Said = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _no_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish, "draw", lambda *_: [])


def tables(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*--*.parquet")}


def test_shards_in_one_folder_or_in_several_give_the_board_of_one_run(
    opened_once: Testbed, tmp_path: Path, capfd: Said
) -> None:
    for index in (1, 2, 3):
        for runs in ("one", f"part-{index}"):
            asked = (*RUN, "--runs", tmp_path / runs, "--shard", f"{index}/3")
            assert invoke(*asked) == 0
    parts = [tables(tmp_path / f"part-{index}") for index in (1, 2, 3)]
    assert all(parts)
    assert not (tmp_path / "one" / "tiny" / "smoke" / "seed-0" / SCORES).exists()
    assert invoke(*RUN, "--runs", tmp_path / "whole") == 0
    capfd.readouterr()
    assert invoke(*RUN, "--runs", tmp_path / "one") == 0
    assert " cells reused, 0 to measure" in capfd.readouterr().out
    whole, one = (tmp_path / each / "tiny" / "smoke" / "seed-0" for each in ("whole", "one"))
    together = {name: content for part in parts for name, content in part.items()}
    assert sum(map(len, parts)) == len(together)
    assert together == tables(one) == tables(whole)
    folders = [tmp_path / f"part-{index}" / "tiny" / "smoke" / "seed-0" for index in (1, 2, 3)]
    assert invoke("board", *folders, "--out", tmp_path / "board") == 0
    scores = [(each / SCORES).read_bytes() for each in (one, whole, tmp_path / "board")]
    assert scores[0] == scores[1] == scores[2]


def test_units_of_a_plan_are_measured_and_no_others(
    opened_once: Testbed, tmp_path: Path, capfd: Said
) -> None:
    assert invoke(*PLAN, "--runs", tmp_path) == 0
    plan = json.loads(capfd.readouterr().out)
    (testbed,) = plan["testbeds"]
    testbed["units"] = [each for each in testbed["units"] if each["row"] in {"mean", "gaussian"}]
    file = tmp_path / "some.json"
    file.write_text(json.dumps(plan), encoding="utf-8")
    assert invoke(*RUN, "--runs", tmp_path, "--units", file) == 0
    assert "2 of 2 units are stored" in capfd.readouterr().out
    assert {name.partition("--")[0] for name in tables(tmp_path)} == {"mean", "gaussian"}
    other = (*RUN, "--seed", "1", "--runs", tmp_path, "--units", file)
    assert "names 2 units that this run has not" in refused(capfd, *other)


def test_units_of_a_plugin_that_cannot_be_loaded_are_refused_with_why(
    tiny_catalog: Testbed, tmp_path: Path, capfd: Said
) -> None:
    plugin = faulty(tmp_path, "nan")
    asked = ("--generator", plugin, "--runs", tmp_path / "runs")
    assert invoke(*PLAN, *asked) == 0
    file = tmp_path / "plan.json"
    file.write_text(capfd.readouterr().out, encoding="utf-8")
    plugin.write_text("import not_installed_here\n", encoding="utf-8")
    said = refused(capfd, *RUN, *asked, "--units", file)
    assert f"--units: names units that this run has not; {plugin} cannot be loaded: " in said
    assert "not_installed_here" in said


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": "synact-plan@9", "testbeds": []}'])
def test_what_is_no_plan_is_refused(
    text: str, tiny_catalog: Testbed, tmp_path: Path, capfd: Said
) -> None:
    file = tmp_path / "plan.json"
    file.write_text(text, encoding="utf-8")
    said = refused(capfd, *RUN, "--runs", tmp_path, "--units", file)
    assert f"{file}: is no plan: " in said


def test_mistakes_are_told_before_anything_is_opened(tmp_path: Path, capfd: Said) -> None:
    assert "give i/n" in refused(capfd, *RUN, "--shard", "3/2")
    said = refused(capfd, *RUN, "--prepare", "--shard", "1/2")
    assert "comes before all shards" in said


@pytest.mark.parametrize("part", [("--shard", "1/2"), ("--prepare",)])
@pytest.mark.parametrize(
    ("asked", "complaint"),
    [
        (("--sae", "own", "--sae", "pca", "--official"), "--official and several --sae"),
        (("--sae", "pca", "--sae", "pca"), "two of them are the same dictionary"),
        (("--sae", "own", "--sae", "pca"), "names controls alone"),
        (("--track", "reconstruction", "--diagnostic"), "--diagnostic beside --track"),
    ],
)
@pytest.mark.usefixtures("tiny_catalog")
def test_what_the_whole_run_refuses_its_parts_do_too(
    asked: tuple[str, ...], complaint: str, part: tuple[str, ...], tmp_path: Path, capfd: Said
) -> None:
    assert complaint in refused(capfd, *RUN, "--runs", tmp_path, *asked, *part)
    assert not tables(tmp_path)


def test_a_plugin_that_cannot_be_loaded_makes_no_other_shards(
    tiny_catalog: Testbed, tmp_path: Path, capfd: Said
) -> None:
    asked = (*RUN, "--generator", "missing.py", "--runs", tmp_path)
    said = refused(capfd, *asked, "--shard", "1/2")
    assert "--shard 1/2: would be another without missing.py: missing.py: " in said
    assert "would be another" in refused(capfd, "plan", *asked[1:], "--shard", "1/2")
    assert not tables(tmp_path)


def test_a_part_of_which_nothing_could_be_measured_ends_as_such_a_run(
    opened_once: Testbed, tmp_path: Path, capfd: Said
) -> None:
    own = faulty(tmp_path, "nan")
    asked = (*RUN[1:], "--generator", own, "--runs", tmp_path / "runs")
    assert invoke("plan", *asked, "--json") == 0
    plan = json.loads(capfd.readouterr().out)
    (testbed,) = plan["testbeds"]
    testbed["units"] = [each for each in testbed["units"] if each["row"] == "faulty"]
    file = tmp_path / "some.json"
    file.write_text(json.dumps(plan), encoding="utf-8")
    assert invoke("run", *asked, "--units", file) == 2
    said = capfd.readouterr()
    assert "0 of 1 units are stored" in said.out
    assert "row faulty on tiny is not measured" in said.out
    assert "faulty" in said.err


def test_a_failed_row_costs_its_own_unit_and_the_exit_code(
    opened_once: Testbed, tmp_path: Path, capfd: Said
) -> None:
    own = faulty(tmp_path, "nan")
    asked = (*RUN, "--generator", own, "--runs", tmp_path / "runs", "--shard", "1/1")
    assert invoke(*asked) == 1
    said = capfd.readouterr()
    assert "row faulty on tiny is not measured" in said.err
    rows = {name.partition("--")[0] for name in tables(tmp_path)}
    assert {"real", "gaussian", "mean"} <= rows
    assert "faulty" not in rows
    assert f"{len(rows)} of {len(rows) + 1} units are stored" in said.out


def test_a_testbed_that_cannot_be_opened_costs_its_own_units(
    tiny_home: Home,
    opened_once: Testbed,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: Said,
) -> None:
    early = tiny_home.testbed.model_copy(update={"name": "tiny-early"})
    tiny_home.install(monkeypatch, early)
    suite = tmp_path / "both.toml"
    suite.write_text('name = "both"\ntestbeds = ["tiny-early", "tiny"]\n', encoding="utf-8")
    opens = runner.prepare

    def prepare(testbed: Testbed, *given: object, **named: object) -> object:
        if testbed.name == "tiny-early":
            raise SubjectError("is not what it was", where="the model", fix="fetch it again")
        opening: Callable[..., object] = opens
        return opening(testbed, *given, **named)

    monkeypatch.setattr(runner, "prepare", prepare)
    asked = ("run", "--suite", suite, "--preset", "smoke", "--generator", "gaussian")
    assert invoke(*asked, "--runs", tmp_path / "runs", "--shard", "1/1") == 1
    said = capfd.readouterr().err
    assert "row (all) on tiny-early is not measured: the model: is not what it was" in said
    assert tables(tmp_path / "runs" / "tiny")
    assert not (tmp_path / "runs" / "tiny-early").exists()


def test_facts_and_activations_are_made_once_before_the_shards(
    tmp_path: Path, capfd: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNACT_CACHE", str(tmp_path / "cache"))
    save_tiny("llama", tmp_path / "model")
    text = write_documents(tmp_path / "text")
    model = ("--model", tmp_path / "model", "--hook", "blocks.1.hook_resid_pre", "--n-ctx", 6)
    row = ("--preset", "smoke", "--generator", "gaussian", "--runs", tmp_path / "runs")
    asked = ("run", *model, "--text", text, *row)
    assert invoke(*asked, "--prepare") == 0
    assert "ready to be measured" in capfd.readouterr().out
    assert not tables(tmp_path)
    (folder,) = (tmp_path / "runs").glob("*/smoke/seed-0")
    (opened,) = lines(folder)
    assert opened["event"] == "opened"
    pools = made_in(tmp_path / "cache")
    assert any(len(load_file(path)["activations"]) > 100 for path in pools)  # the train pool
    monkeypatch.setattr(run_facts, "Opened", lambda *_, **__: pytest.fail("measured facts again"))
    assert invoke(*asked, "--shard", "2/2") == 0
    assert tables(folder)
    after = made_in(tmp_path / "cache")
    assert {path: after[path] for path in pools} == pools
    drawn = [len(load_file(path)["activations"]) for path in after.keys() - pools]
    assert max(drawn, default=0) <= PRESETS["smoke"].bases  # the pool that rules ask for was there


def made_in(cache: Path) -> dict[Path, int]:
    """Files of captured activations, and when each was written."""
    return {path: path.stat().st_mtime_ns for path in cache.rglob("*.safetensors")}
