from __future__ import annotations

import dataclasses
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from synact_bench.core.experiments import EXPERIMENTS
from synact_bench.generators import BUILTINS
from synact_bench.metrics import plateau_width
from synact_bench.metrics.positions import first_crossing
from synact_bench.regression import baseline, comparison, report, versions
from synact_bench.reports import board, markdown
from synact_bench.testbeds.spec import Testbed
from tests.helpers.cells import planned_cells
from tests.helpers.suites import TINY, copy_suite

IMPORTED = (board, markdown, comparison, report)
"""Loaded before pytester runs, which unloads what a run imports."""
CELLS = ("-k", "(real or mean) and scaled and not native")
"""The reference, its floors, the holdout, and one generator."""

LOST = planned_cells(1) - planned_cells(0)
"""Cells of a row."""

PLUGIN = """
import torch
from synact_bench import GeneratorCard

class Mine:
    card = GeneratorCard(name="mine", version="{version}", track="unconditional")

    def fit(self, real, dictionary, *, rng):
        self.real = real

    def generate(self, n, *, rng):
        return self.real.draw(n, rng=rng) * {times}
"""


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    return copy_suite(pytester)


@pytest.fixture
def kept(full_run: Path, tmp_path: Path) -> Path:
    """A baseline of every built-in generator on ``tiny``."""
    path = tmp_path / "smoke.json"
    baseline.write(comparison.opened(full_run / "tiny" / "smoke" / "seed-0"), path)
    return path


@pytest.fixture
def halved(monkeypatch: pytest.MonkeyPatch) -> None:
    """plateau_width gives other numbers under the same version."""
    whole = first_crossing
    monkeypatch.setattr(plateau_width, "first_crossing", lambda *given: whole(*given) / 2)


def test_the_same_code_agrees_with_its_baseline(
    suite: pytest.Pytester, opened_once: Testbed, kept: Path
) -> None:
    result = suite.runpytest_inprocess(*TINY, *CELLS, "--synact-compare", str(kept))
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        ["* cells compared with *smoke.json", "same: every number is what it was (*"]
    )
    assert not (suite.path / "runs").exists()


def test_a_metric_that_changed_without_a_version_is_drift(
    suite: pytest.Pytester, opened_once: Testbed, kept: Path, halved: None
) -> None:
    result = suite.runpytest_inprocess(*TINY, *CELLS, "--synact-compare", str(kept))
    assert result.ret == 10
    result.assert_outcomes(failed=7, deselected=result.parseoutcomes()["deselected"])
    result.stdout.fnmatch_lines(
        [
            "drift: numbers changed and no version was raised (7 numbers of 7 rows)",
            "  drift: mean plateau scaled plateau_width: differs on 8 of 8 paths*",
            "if this is meant: run again with --synact-runs FOLDER*baseline renew*",
        ]
    )


def test_a_drift_is_said_once_and_whole(
    suite: pytest.Pytester,
    opened_once: Testbed,
    kept: Path,
    halved: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CI", "1")  # where pytest repeats whole messages at the end
    options = ("-k", "mean-scaled", "--synact-compare", str(kept), "--junit-xml", "junit.xml")
    result = suite.runpytest_inprocess(*TINY, *options)
    said = [line for line in result.outlines if "differs on" in line]
    assert len(said) == 1
    assert said[0].startswith("  drift: mean plateau scaled plateau_width: differs on 8 of 8 paths")
    assert said[0].endswith("look at the sweep, the scoring, the libraries and the model")
    result.stdout.fnmatch_lines(
        ["drift of plateau_width; said whole under 'synact_bench baseline'"]
    )
    root = ElementTree.parse(suite.path / "junit.xml").getroot()
    (case,) = root.iter("testcase")
    told = {each.attrib["name"]: each.attrib["value"] for each in case.iter("property")}
    assert told["synact_drift"] == said[0].strip()


def test_what_is_stored_does_not_hide_drift(
    suite: pytest.Pytester, opened_once: Testbed, full_run: Path, kept: Path, halved: None
) -> None:
    options = ("-k", "mean and scaled", "--synact-runs", str(full_run))
    assert suite.runpytest_inprocess(*TINY, *options).ret == 0
    result = suite.runpytest_inprocess(*TINY, *options, "--synact-compare", str(kept))
    assert result.ret == 10
    result.stdout.fnmatch_lines([f"if this is meant: synact-bench baseline renew {kept} *seed-0"])


def mine(suite: pytest.Pytester, *, version: str, times: float) -> str:
    path = suite.path / f"mine_{version}.py"
    path.write_text(PLUGIN.format(version=version, times=times), encoding="utf-8")
    return str(path)


@pytest.fixture
def two_versions(
    suite: pytest.Pytester, opened_once: Testbed, tmp_path: Path
) -> dict[str, tuple[str, Path]]:
    """A good and a bad version of one method, each as a file and in a baseline."""
    found = {}
    for name, version, times in (("good", "1", 1.0), ("bad", "2", 30.0)):
        file, runs = mine(suite, version=version, times=times), tmp_path / name
        options = ("--synact-generator", file, "-k", "mine or real", "--synact-runs", str(runs))
        assert suite.runpytest_inprocess(*TINY, *options).ret == 0
        kept = tmp_path / f"{name}.json"
        baseline.write(comparison.opened(runs / "tiny" / "smoke" / "seed-0"), kept)
        found[name] = (file, kept)
    return found


def test_versions_of_a_method_are_told_apart(
    suite: pytest.Pytester,
    two_versions: dict[str, tuple[str, Path]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The eight bases come from three documents, which tell nothing at the usual level.
    monkeypatch.setattr(versions, "ALPHA", 0.3)
    monkeypatch.setattr(versions, "holm", np.asarray)
    (good, kept_good), (bad, kept_bad) = two_versions["good"], two_versions["bad"]
    for file, kept, status, line in (
        (bad, kept_good, 11, "regression: a new version is significantly worse*"),
        (good, kept_bad, 12, "improvement: a new version is significantly better*"),
        (good, kept_good, 0, "same: every number is what it was*"),
    ):
        options = ("--synact-generator", file, "-k", "mine", "--synact-compare", str(kept))
        result = suite.runpytest_inprocess(*TINY, *options)
        assert result.ret == status
        result.stdout.fnmatch_lines([line])


def test_another_failure_keeps_pytest_s_own_exit_status(
    suite: pytest.Pytester, opened_once: Testbed, kept: Path, halved: None
) -> None:
    suite.makepyfile(test_other="def test_real_scaled():\n    assert False\n")
    result = suite.runpytest_inprocess(*TINY, *CELLS, "--synact-compare", str(kept))
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_a_row_that_the_baseline_lacks_is_no_failure(
    suite: pytest.Pytester, opened_once: Testbed, kept: Path
) -> None:
    file = mine(suite, version="1", times=1.0)
    options = ("--synact-generator", file, "-k", "mine and scaled")
    result = suite.runpytest_inprocess(*TINY, *options, "--synact-compare", str(kept))
    assert result.ret == 0
    result.stdout.fnmatch_lines(["new: not in the baseline; renew it to compare with them (1 *"])


@pytest.fixture
def with_a_lost_row(kept: Path) -> Path:
    """The baseline with the cells of ``mean`` a second time, under a name that no row has."""
    stored = baseline.read(kept)
    more = {
        ("dropped", key[1]): dataclasses.replace(
            each, generator=each.generator.model_copy(update={"name": "dropped"})
        )
        for key, each in stored.cells.items()
        if key[0] == "mean"
    }
    assert len(more) == LOST
    baseline.write(dataclasses.replace(stored, cells={**stored.cells, **more}), kept)
    return kept


def test_a_row_that_the_suite_no_longer_has_outdates_the_baseline(
    suite: pytest.Pytester, opened_once: Testbed, with_a_lost_row: Path
) -> None:
    options = ("--synact-compare", str(with_a_lost_row), "--junit-xml", "junit.xml")
    result = suite.runpytest_inprocess(*TINY, *options)
    assert result.ret == 13
    told = (suite.path / "junit.xml").read_text(encoding="utf-8")
    assert '<property name="synact.verdict" value="outdated"' in told
    result.stdout.fnmatch_lines(
        [
            f"outdated: * ({LOST} numbers of 1 rows)",
            "  outdated: dropped plateau scaled: the suite no longer measures it",
        ]
    )
    result.stdout.no_fnmatch_line("not judged:*")


@pytest.mark.parametrize(
    ("selection", "run"),
    [
        (("-k", "mean-scaled"), 1),
        (("-m", "synact_plateau and synact_draw"), len(EXPERIMENTS["plateau"].draws)),
        (("test_plateau.py::test_plateau[mean-scaled]",), 1),
        (("--synact-generator", "mean", "-k", "isotropic"), LOST),
    ],
)
def test_a_selection_fails_for_nothing_that_it_leaves_out(
    suite: pytest.Pytester,
    opened_once: Testbed,
    with_a_lost_row: Path,
    selection: tuple[str, ...],
    run: int,
) -> None:
    options = (*selection, "--synact-compare", str(with_a_lost_row))
    result = suite.runpytest_inprocess(*TINY, *options)
    assert result.ret == 0
    result.assert_outcomes(passed=run, deselected=result.parseoutcomes().get("deselected", 0))
    left = planned_cells(len(BUILTINS)) + LOST - run
    lines = [line for line in result.outlines if "not judged" in line]
    assert lines == [f"not judged: {left} cells that this run did not measure"]


def test_rows_that_are_not_asked_for_are_not_missing(
    suite: pytest.Pytester, opened_once: Testbed, with_a_lost_row: Path
) -> None:
    options = ("--synact-generator", "mean", "--synact-compare", str(with_a_lost_row))
    result = suite.runpytest_inprocess(*TINY, *options)
    assert result.ret == 0
    result.stdout.fnmatch_lines(["not judged: * cells that this run did not measure"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--synact-preset", "quick"), "*preset is 'quick' here and 'smoke' in what*"),
        (("--synact-seed", "5"), "*seed is 5 here and 0 in what*"),
    ],
)
def test_a_baseline_of_something_else_is_a_usage_error(
    suite: pytest.Pytester,
    tiny_catalog: Testbed,
    kept: Path,
    options: tuple[str, ...],
    message: str,
) -> None:
    result = suite.runpytest_inprocess(*TINY, *options, "--synact-compare", str(kept))
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: --synact-compare {kept}: {message}"])


def test_a_missing_baseline_is_a_usage_error(
    suite: pytest.Pytester, tiny_catalog: Testbed, tmp_path: Path
) -> None:
    result = suite.runpytest_inprocess(*TINY, "--synact-compare", str(tmp_path / "none.json"))
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["ERROR: *none.json: there is no such baseline; make it with 'synact-bench baseline make*"]
    )
