"""The suite of the installed package, where there is no checkout and no file of the project."""

from __future__ import annotations

import importlib
import shutil
from pathlib import Path

import pytest

from synact_bench.generators import BUILTINS
from synact_bench.regression import baseline, comparison, report
from synact_bench.reports import board, markdown
from synact_bench.testbeds.spec import Testbed
from tests.helpers.cells import planned_cells
from tests.helpers.suites import ROOT, TINY, elsewhere, run_apart
from tests.helpers.tiny_testbed import Home

IMPORTED = (board, markdown, comparison, report)
"""Loaded before pytester runs, which unloads what a run imports."""
SUITE = ("--pyargs", "synact_bench.suite")
CELLS = ("-k", "(real or mean) and scaled and not native")
EXPERIMENTS = ("sensitivity", "plateau")


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_a_checkout_runs_the_same_test(name: str) -> None:
    thin = importlib.import_module(f"benchmarks.test_{name}")
    whole = importlib.import_module(f"synact_bench.suite.test_{name}")
    assert getattr(thin, f"test_{name}") is getattr(whole, f"test_{name}")


def test_it_is_collected_from_any_folder(pytester: pytest.Pytester, tiny_catalog: Testbed) -> None:
    result = pytester.runpytest_inprocess(*TINY, *SUITE, "--collect-only", "-q", "-W", "error")
    items = [line for line in result.outlines if "::" in line]
    assert len(items) == planned_cells(len(BUILTINS))
    for name in EXPERIMENTS:
        module = f"synact_bench.suite.test_{name}"
        one = pytester.runpytest_inprocess(*TINY, "--pyargs", module, "--collect-only", "-q")
        assert 0 < len([line for line in one.outlines if "::" in line]) < len(items)
    node = "synact_bench.suite.test_plateau::test_plateau[mean-scaled]"
    result = pytester.runpytest_inprocess(*TINY, "--pyargs", node, "--collect-only", "-q")
    assert len([line for line in result.outlines if "::" in line]) == 1


def test_a_checkout_keeps_its_node_ids(pytester: pytest.Pytester, tiny_catalog: Testbed) -> None:
    for name in EXPERIMENTS:
        shutil.copy(ROOT / "benchmarks" / f"test_{name}.py", pytester.path)
    result = pytester.runpytest_inprocess(*TINY, "--collect-only", "-q", *CELLS)
    items = [line for line in result.outlines if "::" in line]
    assert "test_plateau.py::test_plateau[mean-scaled]" in items


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_it_is_compared_with_a_baseline(
    pytester: pytest.Pytester,
    tiny_home: Home,
    full_run: Path,
    tmp_path: Path,
    workers: tuple[str, ...],
) -> None:
    kept = tmp_path / "smoke.json"
    baseline.write(comparison.opened(full_run / "tiny" / "smoke" / "seed-0"), kept)
    elsewhere(pytester, tiny_home)
    done = run_apart(pytester, tiny_home, *SUITE, *CELLS, *workers, "--synact-compare", str(kept))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "same: every number is what it was" in done.stdout
    assert not (pytester.path / "runs").exists()


def test_it_passes_where_warnings_are_errors_and_markers_strict(
    pytester: pytest.Pytester, opened_once: Testbed
) -> None:
    options = ("-W", "error", "--strict-markers", "--strict-config", "-k", "mean-scaled")
    result = pytester.runpytest_inprocess(*TINY, *SUITE, *options)
    result.assert_outcomes(passed=1, deselected=result.parseoutcomes()["deselected"])


def test_a_failed_assertion_shows_its_numbers(
    pytester: pytest.Pytester, opened_once: Testbed
) -> None:
    """Of an installed package, too, asserts are rewritten."""
    pytester.makeconftest(
        "import pytest\n\n"
        "@pytest.fixture\n"
        "def synact_cell(synact_cell):\n"
        "    synact_cell.record.__dict__['dropped'] = 3\n"
        "    return synact_cell\n"
    )
    result = pytester.runpytest_inprocess(*TINY, *SUITE, "-k", "mean-scaled")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*assert (8 + 3) == 8"])
