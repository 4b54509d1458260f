"""The pytest plugin beside other plugins and suites: what they do is done here by a few lines."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from synact_bench.core.errors import SynactError
from synact_bench.pytest_plugin.company import begin, message, tell
from synact_bench.reports import board, markdown
from synact_bench.run import runner
from synact_bench.testbeds.spec import Testbed
from tests.helpers.suites import ROOT, TINY, copy_suite

IMPORTED = (board, markdown)
"""Loaded before pytester runs, which unloads what a run imports."""
CELLS = ("-k", "(real or mean) and scaled and not native")
NAMES = (
    *("testbed", "preset", "generator", "compare", "seed", "runs", "text", "dense"),
    *("precision", "device", "min"),
)

RUNS_TWICE = """
from _pytest.runner import runtestprotocol

def pytest_runtest_protocol(item, nextitem):
    runtestprotocol(item, nextitem=nextitem, log=False)
    item._initrequest()
    runtestprotocol(item, nextitem=nextitem)
    return True

def pytest_runtest_logreport(report):
    names = [name for name, _ in report.user_properties]
    assert len(names) == len({*names}), names
    assert report.when != "call" or "synact_cell" in names
"""
"""As pytest-rerunfailures does."""

SHUFFLES = """
import random
import numpy
import torch

def pytest_collection_modifyitems(items):
    items.reverse()

def pytest_runtest_setup(item):
    for seed in (random.seed, numpy.random.seed, torch.manual_seed):
        seed(7)
"""
"""As pytest-randomly does."""

WRAPS = """
import pytest

@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem):
    pyfuncitem.obj = (lambda call: lambda **given: call(**given))(pyfuncitem.obj)
    return (yield)

class Other(pytest.Item):
    def runtest(self):
        pass

class File(pytest.File):
    def collect(self):
        yield Other.from_parent(self, name="other_scaled_mean")

def pytest_collect_file(file_path, parent):
    if file_path.suffix == ".other":
        return File.from_parent(parent, path=file_path)
"""
"""As pytest-asyncio does, and those whose items are no functions."""


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    return copy_suite(pytester)


def same_cells(suite: pytest.Pytester, full_run: Path) -> int:
    """How many cells the suite stored, each the bytes that a run alone stores."""
    tables = sorted((suite.path / "runs").rglob("*.parquet"))
    for table in tables:
        assert table.read_bytes() == next(full_run.rglob(table.name)).read_bytes()
    return len(tables)


def test_every_option_is_free_for_other_suites(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        "def pytest_addoption(parser):\n"
        f"    for name in {NAMES}:\n"
        "        parser.addoption(f'--{name}', default='theirs')\n"
    )
    pytester.makepyfile(
        test_other="def test_other(pytestconfig):\n"
        f"    for name in {NAMES}:\n"
        "        assert pytestconfig.getoption(f'--{name}') == 'mine'\n"
        "        assert pytestconfig.getoption(f'--synact-{name}') != 'mine'\n"
    )
    given = [f"--{name}=mine" for name in NAMES]
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", *given)
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize("company", [RUNS_TWICE, SHUFFLES, WRAPS])
def test_in_company_the_suite_stores_the_cells_that_it_stores_alone(
    suite: pytest.Pytester, opened_once: Testbed, full_run: Path, company: str
) -> None:
    suite.makeconftest(company)
    (suite.path / "a.other").touch()
    result = suite.runpytest_inprocess(*TINY, *CELLS)
    result.assert_outcomes(
        passed=7 + (company is WRAPS), deselected=result.parseoutcomes()["deselected"]
    )
    assert same_cells(suite, full_run) == 7
    result.stdout.fnmatch_lines(["*= synact_bench =*"])


def test_nothing_is_shown_where_there_is_no_terminal(
    suite: pytest.Pytester, opened_once: Testbed, full_run: Path
) -> None:
    result = suite.runpytest_inprocess(*TINY, *CELLS, "-p", "no:terminal")
    assert result.ret == 0, result.stderr.str()
    assert same_cells(suite, full_run) == 7
    assert result.outlines == []


def test_warnings_of_libraries_are_no_errors_of_cells(
    suite: pytest.Pytester,
    opened_once: Testbed,
    full_run: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    prepare = runner.prepare

    def warning(*given: Any, **named: Any) -> object:
        warnings.warn("will be removed", DeprecationWarning, stacklevel=2)
        return prepare(*given, **named)

    monkeypatch.setattr(runner, "prepare", warning)
    suite.makepyfile(
        test_other="import warnings\n\ndef test_scaled_mean():\n    warnings.warn('x')"
    )
    result = suite.runpytest_inprocess(*TINY, *CELLS, "-W", "error")
    result.assert_outcomes(
        passed=7, failed=1, warnings=1, deselected=result.parseoutcomes()["deselected"]
    )
    result.stdout.fnmatch_lines(["*DeprecationWarning: will be removed"])
    assert same_cells(suite, full_run) == 7


def test_a_plugin_that_warns_while_it_is_configured_stops_no_benchmark(tmp_path: Path) -> None:
    (tmp_path / "advice.py").write_text(
        "import warnings\n\ndef pytest_configure():\n    warnings.warn('set an option of mine')\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "pytest", "-p", "advice", "-p", "no:cacheprovider"]
    command += ["--co", "-q", "benchmarks/test_plateau.py", "-k", "mean-scaled"]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={"PYTHONPATH": f"{tmp_path}:{ROOT}", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "test_plateau[mean-scaled]" in done.stdout


def test_in_our_own_tests_a_warning_is_an_error() -> None:
    with pytest.raises(UserWarning, match="once"):
        warnings.warn("once", stacklevel=1)


def test_an_error_names_the_options_of_pytest(pytestconfig: pytest.Config) -> None:
    def said(where: str, fix: str) -> str:
        return message(SynactError("is wrong", where=where, fix=fix), pytestconfig)

    for name in (*NAMES, "plugin-timeout", "no-isolate"):
        assert said(f"--{name}", "a") == f"--synact-{name}: is wrong; a"
        assert said("a", f"give --{name}-more or x--{name}").endswith(f"--{name}-more or x--{name}")

    assert said("--testbed a.toml", "give --text") == (
        "--synact-testbed a.toml: is wrong; give --synact-text"
    )
    assert said("my--text", "give --text-file or --synact-runs") == (
        "my--text: is wrong; give --text-file or --synact-runs"
    )
    assert said("a", "run 'synact-bench run --seed 1'").endswith("'synact-bench run --seed 1'")


def test_what_was_told_of_an_item_is_forgotten_when_it_runs_again() -> None:
    item: Any = SimpleNamespace(user_properties=[("theirs", 1)], stash=pytest.Stash())
    for run in ("first", "second"):
        begin(item)
        tell(item, [("a", run)])
        tell(item, [("b", run)])
        assert item.user_properties == [("theirs", 1), ("a", run), ("b", run)]
