from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from synact_bench.leaderboard import board, printed
from synact_bench.pytest_report import realisms
from synact_bench.results.store import Store
from synact_bench.testbeds.spec import Testbed
from tests.helpers.cells import whole_board
from tests.helpers.faulty import faulty
from tests.helpers.suites import TINY, copy_suite

IMPORTED = (board, printed)
"""Loaded before pytester runs, which unloads what a run imports."""


def properties(element: ElementTree.Element | None) -> dict[str, str]:
    assert element is not None
    return {each.attrib["name"]: each.attrib["value"] for each in element}


@pytest.fixture
def suite(pytester: pytest.Pytester, tiny_catalog: Testbed) -> pytest.Pytester:
    return copy_suite(pytester)


def test_junit_has_the_scores(suite: pytest.Pytester, full_run: Path) -> None:
    result = suite.runpytest_inprocess(
        *TINY, "--synact-runs", str(full_run), "--junit-xml", "junit.xml"
    )
    assert result.ret == 0
    root = ElementTree.parse(suite.path / "junit.xml").getroot()
    cases = {case.attrib["name"]: case for case in root.iter("testcase")}
    one = properties(cases["test_plateau[mean-scaled]"].find("properties"))
    store = Store(full_run / "tiny" / "smoke" / "seed-0")
    stored = store.read(store.folder / f"{one['synact_cell']}.json")
    widths = stored.sample.values["plateau_width"].values
    assert float(one["plateau_width.mean"]) == pytest.approx(widths.mean(), rel=1e-5)
    assert (one["generator"], one["paths"]) == ("mean@1", "8")
    scores = properties(root.find("testsuite/properties"))
    made = board.build(store.cells())
    distances = {name: scores.pop(name) for name in list(scores) if name.startswith("distance.")}
    assert scores == dict(realisms(made))
    assert "realism.mean.overall" in scores
    for row in made.rows:
        for cell, metrics in row.metrics.items():
            for name in metrics.keys() & {"plateau_width", "kl_curve_gap"}:
                told = float(distances[".".join(("distance", row.name, *cell, name))])
                assert told == pytest.approx(metrics[name].distance.value, rel=1e-5)


def test_a_score_is_a_number_or_a_reason() -> None:
    made = board.build(whole_board())
    found = dict(realisms(made))
    for row in made.rows:
        parts = {"overall": row.score.overall, **row.score.parts}
        assert list(parts) == ["overall", "relative", "fixed length", "plateau"]
        for name, score in parts.items():
            told = found[f"realism.{row.name}.{name}"]
            if score.value is None:
                assert told == score.reason
            else:
                assert float(told) == pytest.approx(score.value, rel=1e-5)
    assert len(found) == 4 * len(made.rows)
    assert float(found["realism.real-holdout.plateau"]) > 0.5
    assert "sensitivity/relative" in found["realism.real-native.overall"]


def test_junit_of_a_part_has_no_score_that_needs_the_whole(
    suite: pytest.Pytester, full_run: Path
) -> None:
    for file in full_run.rglob("real--*"):
        file.unlink()
    options = ("--synact-runs", str(full_run), "--junit-xml", "junit.xml", "-k", "mean-scaled")
    assert suite.runpytest_inprocess(*TINY, *options).ret == 0
    root = ElementTree.parse(suite.path / "junit.xml").getroot()
    one = properties(root.find("testsuite/testcase/properties"))
    assert "plateau_width.mean" in one
    assert root.find("testsuite/properties") is None


def test_a_failed_cell_says_what_it_is(suite: pytest.Pytester, opened_once: Testbed) -> None:
    file = faulty(suite.path, "raises")
    options = ("--generator", str(file), "-k", "faulty-scaled", "--junit-xml", "junit.xml")
    assert suite.runpytest_inprocess(*TINY, *options).parseoutcomes()["errors"] == 1
    root = ElementTree.parse(suite.path / "junit.xml").getroot()
    assert properties(root.find("testsuite/testcase/properties")) == {
        "generator": "faulty@1",
        "experiment": "plateau@2",
        "path": "scaled@1",
    }


def test_a_failure_of_every_cell_shows_no_board(suite: pytest.Pytester, tmp_path: Path) -> None:
    options = ("--synact-runs", str(tmp_path), "--generator", "nowhere.py", "-k", "mean-scaled")
    result = suite.runpytest_inprocess(*TINY, *options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stdout.no_fnmatch_line("*= synact_bench =*")
