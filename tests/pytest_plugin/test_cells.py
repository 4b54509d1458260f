from __future__ import annotations

from pathlib import Path

import pytest

from synact_bench.core.experiments import CONTROLS, EXPERIMENTS
from synact_bench.generators import BUILTINS
from synact_bench.reports import board, markdown
from synact_bench.testbeds.spec import Testbed
from tests.helpers.cells import planned_cells
from tests.helpers.faulty import faulty
from tests.helpers.installed import install
from tests.helpers.suites import ROOT, TINY, copy_suite, elsewhere, run_apart
from tests.helpers.tiny_testbed import Home

IMPORTED = (board, markdown)
"""Loaded before pytester runs, which unloads what a run imports."""
PACKAGE = ROOT / "tests" / "plugin_package"


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    return copy_suite(pytester)


def collected(suite: pytest.Pytester, *options: str) -> list[str]:
    result = suite.runpytest_inprocess(*TINY, "--co", "-q", *options)
    return [line for line in result.outlines if "::" in line]


def test_markers_select_cells(suite: pytest.Pytester, tiny_catalog: Testbed) -> None:
    scaled = collected(suite, "-m", "synact_plateau and synact_scaled and synact_draw")
    assert "test_plateau.py::test_plateau[real-native-scaled]" in scaled
    assert len(scaled) == len(EXPERIMENTS["plateau"].draws)
    controls = collected(suite, "-m", "synact_control and not synact_draw and synact_matched")
    made = [name for name in CONTROLS if name in BUILTINS]
    assert sorted(controls) == sorted(
        f"test_sensitivity.py::test_sensitivity[{name}-matched]" for name in made
    )
    tracks = [
        collected(suite, "-m", f"synact_{each} and synact_matched")
        for each in ("draw", "conditioned", "unconditional")
    ]
    assert [len(each) > 0 for each in tracks] == [True] * 3
    assert sum(map(len, tracks)) == len(collected(suite, "-m", "synact_matched"))


def test_every_marker_is_declared(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_inprocess("--markers")
    for name in ("plateau", "spherical", "draw", "control", "unconditional", "conditioned"):
        result.stdout.fnmatch_lines([f"@pytest.mark.synact_{name}: a cell of *"])


def test_a_failed_cell_shows_the_plugin_s_part_of_the_traceback(
    suite: pytest.Pytester, opened_once: Testbed
) -> None:
    file = faulty(suite.path, "raises")
    result = suite.runpytest_inprocess(
        *TINY, "--synact-generator", str(file), "-k", "faulty-scaled"
    )
    assert result.parseoutcomes()["errors"] == 1
    result.stdout.fnmatch_lines(
        [
            "generator 'faulty': generate raised KeyError: 'nothing' at *faulty.py:*",
            "Traceback, the generator's own lines:",
            f'  File "{file}", line *, in generate',
            "    return {}['nothing']",
            "KeyError: 'nothing'",
        ]
    )
    result.stdout.no_fnmatch_line("*contract.py*")
    result.stdout.no_fnmatch_line("*Traceback (most recent call last)*")


def test_benchmark_only_measures_no_cell(
    suite: pytest.Pytester, tiny_catalog: Testbed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)  # workers measure no speed
    suite.makepyfile(test_speed="def test_speed(benchmark):\n    benchmark(int)\n")
    result = suite.runpytest_inprocess(*TINY, "--benchmark-only", "--synact-generator", "mean")
    made = sum(name in BUILTINS for name in CONTROLS)
    result.assert_outcomes(passed=1, skipped=planned_cells(made))
    result.stdout.fnmatch_lines(["*benchmark: 1 tests*"])
    assert not (suite.path / "runs").exists()


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package under tests/plugin_package, installed by pip into a folder of its own."""
    return install(PACKAGE, tmp_path_factory.mktemp("installed") / "site")


def test_workers_measure_an_installed_plugin_and_give_one_board(
    suite: pytest.Pytester, tiny_home: Home, installed: Path
) -> None:
    elsewhere(suite, tiny_home)
    options = ("-n", "2", "--synact-generator", "half-mean", "-q")
    done = run_apart(suite, tiny_home, *options, path=(installed,))
    assert done.returncode == 0, done.stdout + done.stderr
    made = sum(name in BUILTINS for name in CONTROLS) + 1
    assert f"{planned_cells(made)} passed" in done.stdout
    assert "= synact_bench =" in done.stdout
    assert "half-mean" in done.stdout.partition("= synact_bench =")[2]
    cells = list((suite.path / "runs").rglob("*.parquet"))
    assert len(cells) == planned_cells(made)


def test_workers_give_the_numbers_of_one_process(
    suite: pytest.Pytester, tiny_home: Home, full_run: Path
) -> None:
    elsewhere(suite, tiny_home)
    done = run_apart(suite, tiny_home, "-n", "2", "-k", "(real or mean) and scaled")
    assert done.returncode == 0, done.stdout + done.stderr
    tables = sorted((suite.path / "runs").rglob("*.parquet"))
    assert len(tables) == 8
    for table in tables:
        assert table.read_bytes() == next(full_run.rglob(table.name)).read_bytes()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ("--synact-generator", "men"),
            "--synact-generator: there is no generator 'men'; did you mean 'mean'",
        ),
        (("--synact-compare", "none.json"), "none.json: there is no such baseline"),
    ],
)
def test_under_workers_too_a_wrong_option_is_a_usage_error(
    suite: pytest.Pytester, tiny_home: Home, options: tuple[str, ...], message: str
) -> None:
    elsewhere(suite, tiny_home)
    done = run_apart(suite, tiny_home, "-n", "2", *options)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert f"ERROR: {message}" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize("named", [True, False])
def test_under_workers_too_drift_has_its_exit_status(
    named: bool, suite: pytest.Pytester, tiny_home: Home, full_run: Path, tmp_path: Path
) -> None:
    from synact_bench.regression import baseline, comparison

    kept = tmp_path / "smoke.json"
    baseline.write(comparison.opened(full_run / "tiny" / "smoke" / "seed-0"), kept)
    changed = (
        "from synact_bench.metrics import positions\n"
        "steepest = positions.steepest_midpoint\n"
        "from synact_bench.metrics import max_slope_step\n"
        "max_slope_step.steepest_midpoint = lambda *given: steepest(*given) / 2\n"
    )
    elsewhere(suite, tiny_home, changed)
    options = ("-n", "2", "-k", "mean and relative", "--synact-compare", str(kept))
    place = tmp_path / "named"
    done = run_apart(suite, tiny_home, *options, *(("--synact-runs", str(place)) if named else ()))
    assert done.returncode == 10, done.stdout + done.stderr
    assert done.stdout.count("drift: mean sensitivity relative max_slope_step: differs on") == 1
    assert "drift: numbers changed and no version was raised (1 numbers of 1 rows)" in done.stdout
    assert not (suite.path / "runs").exists()
    assert any(place.rglob("mean--*.parquet")) is named
