"""``--synact-min`` of the pytest plugin: a realism below which the session fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from synact_bench.core.errors import SynactError
from synact_bench.core.experiments import find_preset
from synact_bench.pytest_plugin.cells import is_worker, request_of, tell_junit
from synact_bench.pytest_plugin.company import message
from synact_bench.pytest_plugin.options import run_options
from synact_bench.pytest_plugin.report import Reporting

if TYPE_CHECKING:
    from synact_bench.reports.minimum import Limit

OPTION = "--synact-min"
BELOW = 14
"""Exit status where a limit is not reached, or that cannot be told; 10 to 13 are of comparing."""


class Minimum:
    """Hooks that are registered where ``--synact-min`` was given.

    A limit is of a whole row, so no item fails: the session does, if nothing else failed already.

    Args:
        config: of pytest.
        reporting: has the board.

    Raises:
        pytest.UsageError: a limit cannot be read.
    """

    def __init__(self, config: pytest.Config, reporting: Reporting) -> None:
        self._config = config
        self._reporting = reporting
        self._lines: list[str] = []
        try:
            self._limits = limits_of(config.getoption(OPTION))
        except SynactError as error:
            raise pytest.UsageError(message(error, config)) from error

    def pytest_sessionstart(self) -> None:
        """Refuse what could never be decided, before anything is measured.

        Raises:
            pytest.UsageError: no row is named, or the preset has too few documents.
        """
        try:
            self._refuse_undecidable()
        except SynactError as error:
            raise pytest.UsageError(message(error, self._config)) from error

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Compare the board with the limits, and say it in the exit status."""
        if is_worker(self._config) or self._config.option.collectonly:
            return
        undecided = self._undecided()
        failed = [f"cannot be told: {undecided}"] if undecided else self._fallen()
        self._lines = failed or [f"reached: {', '.join(self._config.getoption(OPTION))}"]
        verdict = "undecided" if undecided else "below" if failed else "reached"
        tell_junit(self._config, lambda: [("synact.min", verdict)])
        if failed and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = BELOW

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Show which rows fell short, a line each."""
        if self._lines:
            terminalreporter.section("synact_bench minimum")
            for line in self._lines:
                terminalreporter.write_line(line)

    def _refuse_undecidable(self) -> None:
        from synact_bench.scoring.resampling import FEWEST_DOCUMENTS  # noqa: PLC0415  (loads scipy)

        asked = run_options(self._config)
        if not asked.generators:
            raise SynactError(
                "is of the rows that are asked for, and none is",
                where=OPTION,
                fix="name one with --generator",
            )
        preset = find_preset(str(asked.preset))
        if preset.bases < FEWEST_DOCUMENTS:
            raise SynactError(
                f"the preset {preset.name} has {preset.bases} documents, and fewer than "
                f"{FEWEST_DOCUMENTS} decide nothing",
                where=OPTION,
                fix="add --preset quick",
            )

    def _undecided(self) -> str | None:
        """Why no limit can be compared with anything; None if they can."""
        from synact_bench.reports.confidence import too_few  # noqa: PLC0415  (only where needed)

        if not self._reporting.ran:
            return "no cell was run"
        board = self._reporting.board
        return board if isinstance(board, str) else too_few(board)

    def _fallen(self) -> list[str]:
        from synact_bench.reports.board import Board  # noqa: PLC0415
        from synact_bench.reports.minimum import shortfalls  # noqa: PLC0415  (only where needed)

        board = self._reporting.board
        assert isinstance(board, Board)
        return [str(each) for each in shortfalls(board, self._limits, self._rows())]

    def _rows(self) -> list[str]:
        """Those asked for, and the targets of plugins that can have no row."""
        request = request_of(self._config)
        return [*request.rows, *request.roster.refused]


def limits_of(given: list[str]) -> list[Limit]:
    """What the option asks for, each part once.

    Raises:
        SynactError: one cannot be read, or two are of the same part.
    """
    from synact_bench.reports.minimum import Limit  # noqa: PLC0415  (loads scipy)

    found = [Limit.parse(text, option=OPTION) for text in given]
    parts = [each.part for each in found]
    for part in parts:
        if parts.count(part) > 1:
            raise SynactError(f"{part} has several limits", where=OPTION, fix="keep one of them")
    return found
