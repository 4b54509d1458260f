from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from synact_bench.core.experiments import PRESETS
from synact_bench.metrics import plateau_width, positions
from synact_bench.regression import baseline, comparison, report
from synact_bench.reports import board, markdown, minimum
from synact_bench.run import opening, options
from synact_bench.testbeds.spec import Testbed
from tests.helpers.cells import whole_board
from tests.helpers.suites import TINY, copy_suite, elsewhere, run_apart
from tests.helpers.tiny_testbed import Home

IMPORTED = (board, markdown, minimum, comparison, report)
"""Loaded before pytester runs, which unloads what a run imports."""
ROW = "synthetic-structured"
NAMED = (*TINY, "--synact-generator", ROW)
GIVEN = (*NAMED, "--synact-preset", "quick")
SMALL = """
from synact_bench.core.experiments import PRESETS
from synact_bench.run import opening

opening.find_preset = lambda name: PRESETS["smoke"]
"""
"""What the fixture ``small`` does, for processes that it does not reach."""


@pytest.fixture
def suite(pytester: pytest.Pytester, opened_once: Testbed) -> pytest.Pytester:
    return copy_suite(pytester)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every preset is as small as smoke, though called otherwise on the command line."""
    monkeypatch.setattr(opening, "find_preset", lambda name: PRESETS["smoke"])


@pytest.fixture
def scored(small: None, monkeypatch: pytest.MonkeyPatch) -> float:
    """Realism of the row's plateaus on a board of enough documents, which stands for the real one.

    A board of the tiny model has too few, and its controls are out of order.
    """
    made = board.build(whole_board())
    monkeypatch.setattr(board, "build", lambda cells: made)
    (row,) = [each for each in made.rows if each.name == ROW]
    value = row.score.by_experiment["plateau"].value
    assert value is not None
    return value


def section(result: pytest.RunResult) -> list[str]:
    """What is said of limits, up to the next section."""
    lines = result.outlines
    (start,) = [at for at, line in enumerate(lines) if "= synact_bench minimum =" in line]
    following = lines[start + 1 :]
    ends = [at for at, line in enumerate(following) if line.startswith("=")]
    return [line for line in following[: ends[0]] if line]


def test_a_limit_that_is_reached_changes_no_outcome(
    suite: pytest.Pytester, full_run: Path, scored: float
) -> None:
    given = f"plateau={scored - 0.01:.3f}"
    result = suite.runpytest_inprocess(
        *GIVEN, "--synact-min", given, "--synact-runs", str(full_run)
    )
    assert result.ret == 0
    assert section(result) == [f"reached: {given}"]


def test_a_row_below_a_limit_fails_the_run_in_one_line(
    suite: pytest.Pytester, full_run: Path, scored: float
) -> None:
    limits = ("--synact-min", f"plateau={scored + 0.01:.3f}", "--synact-min", "overall=-0.99")
    others = ("--synact-runs", str(full_run), "--junit-xml", "junit.xml")
    result = suite.runpytest_inprocess(*GIVEN, *limits, *others)
    assert result.ret == 14
    assert "failed" not in result.parseoutcomes()
    (line,) = section(result)
    assert line.startswith(f"{ROW}: realism of plateau is {scored:.4f} [")
    assert line.endswith(f", below {scored + 0.01:.3f}")
    root = ElementTree.parse(suite.path / "junit.xml").getroot()
    told = {each.attrib["name"]: each.attrib["value"] for each in root.iter("property")}
    assert told["synact.min"] == "below"


def test_a_limit_that_cannot_be_told_fails_the_run(suite: pytest.Pytester, small: None) -> None:
    """Of a part of the cells there is no board; of few documents, no number."""
    limit = ("--synact-min", "plateau=-0.9")
    result = suite.runpytest_inprocess(*GIVEN, *limit, "-k", "mean-scaled")
    assert result.ret == 14
    (line,) = section(result)
    assert line.startswith("cannot be told: no board: ")
    result = suite.runpytest_inprocess(*GIVEN, *limit)
    assert result.ret == 14
    assert section(result) == ["cannot be told: 8 prompts: it runs; nothing can be read off"]


def test_where_no_cell_is_run_nothing_is_reached(suite: pytest.Pytester, small: None) -> None:
    suite.makepyfile(test_other="def test_other():\n    pass\n")
    options = (*GIVEN, "--synact-min", "plateau=-0.9", "-k", "test_other")
    result = suite.runpytest_inprocess(*options)
    assert result.ret == 14
    assert section(result) == ["cannot be told: no cell was run"]
    assert suite.runpytest_inprocess(*options, "--collect-only").ret == 0


def test_an_ordinary_failure_and_drift_keep_their_exit_status(
    suite: pytest.Pytester,
    full_run: Path,
    small: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept = tmp_path / "smoke.json"
    baseline.write(comparison.opened(full_run / "tiny" / "smoke" / "seed-0"), kept)
    given = (*GIVEN, "--synact-min", "plateau=-0.9", "-k", "mean-scaled or other")
    whole = positions.first_crossing
    monkeypatch.setattr(plateau_width, "first_crossing", lambda *given: whole(*given) / 2)
    result = suite.runpytest_inprocess(*given, "--synact-compare", str(kept))
    assert result.ret == 10
    assert len(section(result)) == 1
    suite.makepyfile(test_other="def test_other():\n    assert False\n")
    assert suite.runpytest_inprocess(*given).ret == pytest.ExitCode.TESTS_FAILED


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            (*NAMED, "--synact-min", "plateau=0.3"),
            "--synact-min: the preset smoke has 8 documents, and fewer than 20 decide nothing; "
            "add --synact-preset quick",
        ),
        (
            (*TINY, "--synact-preset", "quick", "--synact-min", "plateau=0.3"),
            "--synact-min: is of the rows that are asked for, and none is; "
            "name one with --synact-generator",
        ),
        (
            (*GIVEN, "--synact-min", "plato=0.3"),
            "--synact-min plato=0.3: there is no part 'plato' of a score; known: overall, *",
        ),
        (
            (*GIVEN, "--synact-min", "plateau=0.3", "--synact-min", "plateau=0.4"),
            "--synact-min: plateau has several limits; keep one of them",
        ),
    ],
)
@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_what_can_decide_nothing_is_a_usage_error(
    suite: pytest.Pytester, given: tuple[str, ...], message: str, workers: tuple[str, ...]
) -> None:
    result = suite.runpytest_inprocess(*given, *workers)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {message}"])
    assert not (suite.path / "runs").exists()


def test_under_workers_too_a_limit_has_its_exit_status(
    pytester: pytest.Pytester, tiny_home: Home
) -> None:
    elsewhere(copy_suite(pytester), tiny_home, SMALL)
    given = ("--synact-generator", ROW, "--synact-preset", "quick", "--synact-min", "plateau=-0.9")
    done = run_apart(pytester, tiny_home, "-n", "2", *given, "-k", "mean-scaled")
    assert done.returncode == 14, done.stdout + done.stderr
    assert done.stdout.count("cannot be told: no board: ") == 1


def test_the_help_names_every_part() -> None:
    assert [name for name in minimum.PARTS if name not in options.MINIMUM] == []
