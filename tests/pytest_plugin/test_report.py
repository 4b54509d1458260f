from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from synact_bench.pytest_plugin.report import scores
from synact_bench.reports import board, confidence, printed
from synact_bench.results.store import Store
from synact_bench.scoring import resampling
from synact_bench.testbeds.spec import Testbed
from tests.helpers.cells import whole_board
from tests.helpers.faulty import faulty
from tests.helpers.suites import TINY, copy_suite

IMPORTED = (board, confidence, printed)
"""Loaded before pytester runs, which unloads what a run imports."""
MEASURED = ("synact_cell", "paths", "dropped", "points_run")
"""What JUnit is told of every cell that was measured."""


def properties(element: ElementTree.Element | None) -> dict[str, str]:
    assert element is not None
    return {each.attrib["name"]: each.attrib["value"] for each in element}


@pytest.fixture
def suite(pytester: pytest.Pytester, tiny_catalog: Testbed) -> pytest.Pytester:
    return copy_suite(pytester)


def test_junit_of_too_few_documents_says_what_ran(suite: pytest.Pytester, full_run: Path) -> None:
    result = suite.runpytest_inprocess(
        *TINY, "--synact-runs", str(full_run), "--junit-xml", "junit.xml"
    )
    assert result.ret == 0
    root = ElementTree.parse(suite.path / "junit.xml").getroot()
    cases = {case.attrib["name"]: case for case in root.iter("testcase")}
    one = properties(cases["test_plateau[mean-scaled]"].find("properties"))
    assert one.keys() == {*("generator", "experiment", "path"), *MEASURED}
    assert (one["generator"], one["paths"], one["dropped"]) == ("mean@1", "8", "0")
    told = properties(root.find("testsuite/properties"))
    assert told == {"board": "8 prompts: it runs; nothing can be read off"}


def test_junit_has_the_numbers_of_enough_documents(
    suite: pytest.Pytester, full_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rule is lowered, not the preset raised: twenty documents take too long here.

    By so few, controls of the tiny model are out of order, and there is no board.
    """
    options = ("--synact-runs", str(full_run), "--junit-xml", "junit.xml")
    with monkeypatch.context() as patch:
        patch.setattr(resampling, "FEWEST_DOCUMENTS", 2)
        assert suite.runpytest_inprocess(*TINY, *options).ret == 0
    root = ElementTree.parse(suite.path / "junit.xml").getroot()
    cases = {case.attrib["name"]: case for case in root.iter("testcase")}
    one = properties(cases["test_plateau[mean-scaled]"].find("properties"))
    store = Store(full_run / "tiny" / "smoke" / "seed-0")
    stored = store.read(store.folder / f"{one['synact_cell']}.json")
    widths = stored.sample.values["plateau_width"].values
    assert float(one["plateau_width.mean"]) == pytest.approx(widths.mean(), rel=1e-5)
    distances = properties(root.find("testsuite/properties"))
    for row in board.build(store.cells()).rows:
        for cell, metrics in row.metrics.items():
            for name in metrics.keys() & {"plateau_width", "kl_curve_gap"}:
                distance = float(distances[".".join(("distance", row.name, *cell, name))])
                assert distance == pytest.approx(metrics[name].distance.value, rel=1e-5)


def test_a_score_is_a_number_or_a_reason() -> None:
    made = board.build(whole_board())
    found: dict[str, Any] = dict(scores(made))
    for row in made.rows:
        parts = {"overall": row.score.overall, **row.score.parts}
        assert list(parts) == ["overall", "relative", "matched", "plateau"]
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
    assert one.keys() >= {*MEASURED}
    assert root.find("testsuite/properties") is None


def test_a_failed_cell_says_what_it_is(suite: pytest.Pytester, opened_once: Testbed) -> None:
    file = faulty(suite.path, "raises")
    options = ("--synact-generator", str(file), "-k", "faulty-scaled", "--junit-xml", "junit.xml")
    assert suite.runpytest_inprocess(*TINY, *options).parseoutcomes()["errors"] == 1
    root = ElementTree.parse(suite.path / "junit.xml").getroot()
    assert properties(root.find("testsuite/testcase/properties")) == {
        "generator": "faulty@1",
        "experiment": "plateau@2",
        "path": "scaled@1",
    }


def test_a_failure_of_every_cell_shows_no_board(suite: pytest.Pytester, tmp_path: Path) -> None:
    options = (
        "--synact-runs",
        str(tmp_path),
        "--synact-generator",
        "nowhere.py",
        "-k",
        "mean-scaled",
    )
    result = suite.runpytest_inprocess(*TINY, *options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stdout.no_fnmatch_line("*= synact_bench =*")
