from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from synact_bench.core.experiments import CONTROLS
from synact_bench.generators import BUILTINS
from synact_bench.reports import board, markdown
from synact_bench.run import runner
from synact_bench.testbeds.spec import Testbed
from tests.attacks.misbehaviours import Misbehaviour
from tests.helpers.cells import planned_cells
from tests.helpers.faulty import faulty

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
TINY = ("--synact-testbed", "tiny", "--synact-preset", "smoke", "-p", "no:cacheprovider")
IMPORTED = (board, markdown)
"""Loaded before pytester runs, which unloads what a run imports."""
MADE = sum(name in BUILTINS for name in CONTROLS)
"""Controls that a generator makes."""
ONE = planned_cells(MADE)
"""Cells of a board of one control."""


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    """The two files of cells of ``benchmarks/``, in a folder of their own."""
    for name in ("sensitivity", "plateau"):
        source = (BENCHMARKS / f"test_{name}.py").read_text(encoding="utf-8")
        pytester.makepyfile(**{f"test_{name}": source})
    return pytester


def cells(pytester: pytest.Pytester) -> list[str]:
    """Cells in the default runs folder."""
    folder = pytester.path / "runs" / "tiny" / "smoke" / "seed-0"
    return sorted(path.name for path in folder.glob("*.parquet"))


@pytest.fixture
def closed(tiny_catalog: Testbed, monkeypatch: pytest.MonkeyPatch) -> None:
    """``tiny`` is known but must not be opened."""

    def prepare(*_: object, **__: object) -> None:
        raise AssertionError("the model was opened")

    monkeypatch.setattr(runner, "prepare", prepare)


def test_cells_are_items_with_readable_names(suite: pytest.Pytester, closed: None) -> None:
    result = suite.runpytest_inprocess(*TINY, "--collect-only", "-q")
    assert result.ret == 0
    items = [line for line in result.outlines if "::" in line]
    assert "test_sensitivity.py::test_sensitivity[synthetic-structured-relative]" in items
    assert "test_plateau.py::test_plateau[real-native-scaled]" in items
    assert len(items) == planned_cells(len(BUILTINS))
    assert cells(suite) == []


def test_items_are_chosen_by_name_before_anything_is_opened(
    suite: pytest.Pytester, closed: None
) -> None:
    result = suite.runpytest_inprocess(*TINY, "--collect-only", "-q", "-k", "isotropic and scaled")
    items = [line for line in result.outlines if "::" in line]
    assert items == ["test_plateau.py::test_plateau[isotropic-scaled]"]


def test_cells_are_measured_stored_and_shown_on_a_board(
    suite: pytest.Pytester, opened_once: Testbed
) -> None:
    result = suite.runpytest_inprocess(*TINY, "--synact-generator", "mean")
    result.assert_outcomes(passed=ONE)
    assert len(cells(suite)) == ONE
    result.stdout.fnmatch_lines(["*= synact_bench =*", "8 prompts: it runs; nothing *"])
    for row in CONTROLS:
        result.stdout.fnmatch_lines([f"{row} *control *"])


def test_stored_cells_are_reused(suite: pytest.Pytester, full_run: Path, closed: None) -> None:
    result = suite.runpytest_inprocess(*TINY, "--synact-runs", str(full_run))
    result.assert_outcomes(passed=planned_cells(len(BUILTINS)))
    result.stdout.fnmatch_lines(["*= synact_bench =*", "*synthetic-structured*"])


def test_a_part_of_the_cells_makes_no_board(suite: pytest.Pytester, opened_once: Testbed) -> None:
    result = suite.runpytest_inprocess(
        *TINY, "--synact-generator", "mean", "-k", "gaussian-relative"
    )
    result.assert_outcomes(passed=1, deselected=ONE - 1)
    assert len(cells(suite)) == 1
    result.stdout.fnmatch_lines([f"no board: {ONE - 1} of {ONE} cells are not measured yet"])


def test_a_faulty_plugin_fails_its_own_items_with_one_line(
    suite: pytest.Pytester, opened_once: Testbed
) -> None:
    file = faulty(suite.path, "nan")
    result = suite.runpytest_inprocess(
        *TINY, "--synact-generator", str(file), "-k", "relative and (faulty or real)"
    )
    drawn = 6  # the reference, its floors and the holdout
    result.assert_outcomes(passed=drawn, errors=1, deselected=planned_cells(MADE + 1) - drawn - 1)
    result.stdout.fnmatch_lines(
        [
            "generator 'faulty': generate returned NaN or infinity in 8 of 8 rows; "
            "return finite numbers only"
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    assert len(cells(suite)) == drawn


def test_a_plugin_that_hangs_does_so_once_and_nothing_is_opened_again(
    suite: pytest.Pytester, opened_once: Testbed, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = []
    prepare = runner.prepare
    monkeypatch.setattr(runner, "prepare", lambda *a, **b: opened.append(1) or prepare(*a, **b))
    started = suite.path / "started"
    hangs = f"open({str(started)!r}, 'a').write('x'); time.sleep(900)"
    file = Misbehaviour(fit=hangs).write("slow", suite.path)
    given = ("--synact-generator", str(file), "--synact-generator", "mean")
    chosen = ("--synact-plugin-timeout", "2", "-k", "slow or mean")
    result = suite.runpytest_inprocess(*TINY, *given, *chosen)
    outcomes = result.parseoutcomes()
    assert outcomes["errors"] == outcomes["passed"] > 1
    assert len(result.stdout.str().split("did not end within 2 s")) > outcomes["errors"]
    assert started.stat().st_size == 1
    assert opened == [1]


def test_a_plugin_that_cannot_be_imported_costs_its_own_row(
    suite: pytest.Pytester, opened_once: Testbed
) -> None:
    file = Misbehaviour(top="1 / 0").write("bad", suite.path)
    given = ("--synact-generator", str(file), "--synact-generator", "mean")
    result = suite.runpytest_inprocess(*TINY, *given, "-k", "relative and mean or bad")
    outcomes = result.parseoutcomes()
    assert outcomes["passed"] == 1
    assert outcomes["errors"] >= 1
    result.stdout.fnmatch_lines([f"*{file.name}-refused*", "*ZeroDivisionError*"])


def test_what_a_faulty_plugin_changed_does_not_reach_other_cells(
    suite: pytest.Pytester, full_run: Path, opened_once: Testbed
) -> None:
    file = faulty(suite.path, "changes-pool")
    given = ("--synact-generator", str(file), "--synact-generator", "mean", "--synact-no-isolate")
    result = suite.runpytest_inprocess(*TINY, *given, "-k", "relative and (faulty or mean)")
    result.assert_outcomes(passed=1, errors=1, deselected=planned_cells(MADE + 1) - 2)
    (name,) = cells(suite)
    stored = suite.path / "runs" / "tiny" / "smoke" / "seed-0" / name
    expected = next(full_run.rglob(name)).read_bytes()
    assert name.startswith("mean--")
    assert stored.read_bytes() == expected


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ("--synact-testbed", "tinny"),
            "--synact-testbed: there is no testbed 'tinny'; did you mean 'tiny'*",
        ),
        (
            ("--synact-preset", "smok"),
            "--synact-preset: there is no preset 'smok'; did you mean 'smoke'*",
        ),
        (
            ("--synact-generator", "men"),
            "--synact-generator: there is no generator 'men'; did you mean 'mean'*",
        ),
        (
            ("--synact-text", "none.txt"),
            "--synact-text none.txt: no such file or folder; check the path",
        ),
    ],
)
def test_an_unknown_name_is_a_usage_error(
    suite: pytest.Pytester, closed: None, options: tuple[str, str], message: str
) -> None:
    result = suite.runpytest_inprocess(*TINY, *options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {message}"])
    result.stdout.no_fnmatch_line("*Traceback*")


@pytest.mark.parametrize(
    ("marker", "message"),
    [
        ("", "its experiment is not named"),
        ("@pytest.mark.synact_experiment", "its experiment is not named"),
        ("@pytest.mark.synact_experiment('plato')", "there is no experiment 'plato'"),
    ],
)
def test_a_cell_test_without_an_experiment_is_a_usage_error(
    pytester: pytest.Pytester, closed: None, marker: str, message: str
) -> None:
    pytester.makepyfile(
        test_own=f"import pytest\n\n{marker}\ndef test_own(synact_cell):\n    pass\n"
    )
    result = pytester.runpytest_inprocess(*TINY)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        [f"ERROR: test_own.py::test_own: {message}; mark it @pytest.mark.synact_experiment(name)*"]
    )


def test_what_cannot_be_opened_is_tried_once(
    suite: pytest.Pytester, tiny_catalog: Testbed, monkeypatch: pytest.MonkeyPatch
) -> None:
    from synact_bench.core.errors import SubjectError

    tries = []

    def prepare(*_: object, **__: object) -> None:
        tries.append(1)
        raise SubjectError("another model", where="tiny", fix="fetch it again")

    monkeypatch.setattr(runner, "prepare", prepare)
    result = suite.runpytest_inprocess(*TINY, "-k", "mean and scaled or isotropic and scaled")
    result.assert_outcomes(errors=2, deselected=planned_cells(len(BUILTINS)) - 2)
    result.stdout.fnmatch_lines(["tiny: another model; fetch it again"])
    assert tries == [1]


def test_other_projects_keep_the_options_they_may_have(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        "def pytest_addoption(parser):\n"
        "    for name in ('--seed', '--text', '--runs'):\n"
        "        parser.addoption(name, default='theirs')\n"
    )
    pytester.makepyfile(
        test_other="def test_other(pytestconfig):\n"
        "    assert pytestconfig.getoption('--seed') == 'mine'\n"
        "    assert pytestconfig.getoption('--text') == 'theirs'\n"
    )
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", "--seed", "mine")
    result.assert_outcomes(passed=1)


def test_other_projects_are_left_alone(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_other="import sys\n"
        "def test_other():\n"
        "    assert 'synact_bench.pytest_plugin.plugin' in sys.modules\n"
        "    assert not {'torch', 'transformer_lens', 'pydantic'} & sys.modules.keys()\n"
    )
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"]
    plugins = ["no:hypothesispytest", "no:benchmark", "no:xdist", "no:jaxtyping", "no:anyio"]
    command += [part for name in plugins for part in ("-p", name)]
    done = subprocess.run(command, cwd=pytester.path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "synact_bench =" not in done.stdout
