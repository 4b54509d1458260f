"""``--synact-compare`` of the pytest plugin: cells and a baseline, one by one and at the end."""

from __future__ import annotations

import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from synact_bench.core.errors import SynactError
from synact_bench.core.warning_filters import warnings_heard
from synact_bench.pytest_plugin.cells import CELL, is_worker, request_of, tell_junit
from synact_bench.pytest_plugin.company import message, tell

if TYPE_CHECKING:
    from synact_bench.regression.snapshot import Snapshot
    from synact_bench.regression.verdict import Verdict
    from synact_bench.results.store import Cell

RUNS_OPTION = "synact_runs"
SECTION = "synact_bench baseline"
"""Of the terminal, where everything that was compared is said."""
MEASURED_CELL: pytest.StashKey[Cell] = pytest.StashKey()


class Comparing:
    """Hooks that are registered where ``--synact-compare`` was given.

    A cell that drifted fails its own item. New versions of a method are compared at the end, when
    all their cells are there, by the process that started the others. Then the exit status tells
    the outcomes apart, unless something else failed.

    Args:
        config: of pytest; gets a temporary runs folder unless one was named, so that nothing
            stored before is taken for measured now.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._file = Path(config.getoption("--synact-compare"))
        self._kept = bool(config.getoption("--synact-runs"))
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        if is_worker(config):
            config.option.synact_runs = config.workerinput[RUNS_OPTION]  # type: ignore[attr-defined]
        elif not self._kept:
            self._temporary = tempfile.TemporaryDirectory(prefix="synact-compare-")
            config.option.synact_runs = self._temporary.name
        self._stored: Snapshot | None = None
        self._stems: set[str] = set()
        self._failed: set[str] = set()
        self._lines: list[str] = []

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker of pytest-xdist where cells go."""
        node.workerinput[RUNS_OPTION] = str(self._config.option.synact_runs)

    def stored(self) -> Snapshot:
        """The baseline, read once.

        Raises:
            SynactError: it cannot be read, or the options ask for what cannot be compared with it.
        """
        from synact_bench.regression import baseline  # noqa: PLC0415  (only where needed)
        from synact_bench.regression.snapshot import RunSetting, refuse_other  # noqa: PLC0415

        if self._stored is None:
            stored = baseline.read(self._file)
            for plan in request_of(self._config).plans[:1]:
                asked = RunSetting.of(plan.identity)
                where = f"--synact-compare {self._file}"
                refuse_other(stored.setting, asked, where=where, versions=False)
            self._stored = stored
        return self._stored

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        """Fail a cell that drifted, once its own test has passed.

        What drifted is named here, and said whole once: at the end, with what all cells say
        together. JUnit has it with the item.
        """
        done = yield
        if MEASURED_CELL in item.stash:
            drifted = self._drifts(item.stash[MEASURED_CELL])
            if drifted:
                tell(item, [("synact_drift", "\n".join(map(str, drifted)))])
                what = ", ".join(dict.fromkeys(each.metric or "its paths" for each in drifted))
                pytest.fail(f"drift of {what}; said whole under {SECTION!r}", pytrace=False)
        return done

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember what was measured, and what failed for another reason than drift."""
        said = dict(report.user_properties)
        if report.when == "call" and CELL in said:
            self._stems.add(str(said[CELL]))
        if report.failed and not (report.when == "call" and "synact_drift" in said):
            self._failed.add(report.nodeid)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Judge everything measured, and say it in the exit status."""
        if is_worker(self._config) or not self._stems:
            return
        from synact_bench.regression import report  # noqa: PLC0415  (only where needed)
        from synact_bench.regression.verdict import gravest  # noqa: PLC0415

        try:
            store = request_of(self._config).store
            cells = [store.read(store.folder / f"{stem}.json") for stem in sorted(self._stems)]
            verdicts, unjudged = self._judged(cells)
        except SynactError as error:
            self._lines = [f"not compared: {message(error, self._config)}"]
            session.exitstatus = exitstatus or pytest.ExitCode.TESTS_FAILED
            return
        self._lines = [f"{len(cells)} cells compared with {self._file}", *report.summary(verdicts)]
        if unjudged:
            self._lines.append(f"not judged: {unjudged} cells that this run did not measure")
        severity = gravest(verdicts)
        tell_junit(self._config, lambda: [("synact.verdict", severity.value)])
        status = severity.exit_status
        if status:
            self._lines.append(self._advice(str(store.folder)))
        only_drift = exitstatus == pytest.ExitCode.TESTS_FAILED and not self._failed
        if status and (exitstatus == pytest.ExitCode.OK or only_drift):
            session.exitstatus = status

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Show what the comparison said."""
        if self._lines:
            terminalreporter.section(SECTION)
            for line in self._lines:
                terminalreporter.write_line(line)

    def pytest_unconfigure(self) -> None:
        """Throw the temporary runs folder away."""
        if self._temporary is not None:
            self._temporary.cleanup()

    @warnings_heard()
    def _drifts(self, cell: Cell) -> list[Verdict]:
        """What drifted in a cell whose version the baseline has."""
        from synact_bench.regression.comparison import compare, other_version  # noqa: PLC0415
        from synact_bench.regression.snapshot import Snapshot  # noqa: PLC0415
        from synact_bench.regression.verdict import Severity  # noqa: PLC0415

        stored, now = self.stored(), Snapshot.of([cell], where="this run")
        before = stored.cells.get(now.only.key)
        if before is None or other_version(before, now.only):
            return []
        found = compare(stored, now, where="this run")
        return [each for each in found if each.severity is Severity.DRIFT]

    @warnings_heard()
    def _judged(self, cells: list[Cell]) -> tuple[list[Verdict], int]:
        """Verdicts on all cells that were run, and how many of the baseline were not.

        A run of everything that there is tells besides which cells the suite has lost; of a
        selection, whether by name, marker, file or row, nothing can be missing.
        """
        from synact_bench.regression.comparison import compare, lacking  # noqa: PLC0415
        from synact_bench.regression.snapshot import Snapshot  # noqa: PLC0415
        from synact_bench.regression.verdict import Severity, Verdict  # noqa: PLC0415

        stored, now = self.stored(), Snapshot.of(cells, where="this run")
        verdicts, others = compare(stored, now, where="this run"), lacking(stored, now.cells)
        if self._selected(now):
            return verdicts, len(others)
        reason = "the suite no longer measures it"
        lost = [Verdict(row, Severity.OUTDATED, cell, reason=reason) for row, cell in others]
        return [*lost, *verdicts], 0

    def _selected(self, now: Snapshot) -> bool:
        """Whether there is more to run than was."""
        from synact_bench.scoring import CellName  # noqa: PLC0415  (loads scipy)

        planned = {
            (plan.entry.name, CellName(plan.experiment.name, plan.path))
            for plan in request_of(self._config).plans
        }
        return bool(self._config.getoption("--synact-generator") or planned - now.cells.keys())

    def _advice(self, folder: str) -> str:
        if self._kept:
            return f"if this is meant: synact-bench baseline renew {self._file} {folder}"
        return (
            "if this is meant: run again with --synact-runs FOLDER, which keeps the cells, and "
            f"renew with: synact-bench baseline renew {self._file} FOLDER/..."
        )
