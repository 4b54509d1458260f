"""The board at the end of a pytest session, in the terminal and as JUnit properties."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from synact_bench.core.errors import SynactError
from synact_bench.core.warning_filters import warnings_heard
from synact_bench.pytest_plugin.cells import (
    CELL,
    is_worker,
    readable,
    refused,
    request_of,
    tell_junit,
)
from synact_bench.pytest_plugin.company import Properties, message

if TYPE_CHECKING:
    from synact_bench.reports.board import Board


class Reporting:
    """Hooks of the process that reports: with pytest-xdist, not the one that measures.

    Args:
        config: of pytest.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._stems: set[str] = set()
        self._line: str | None = None
        self._board: Board | str | None = None

    @property
    def ran(self) -> bool:
        """Whether a cell was measured or found stored."""
        return bool(self._stems)

    @property
    def board(self) -> Board | str:
        """The board of what the options ask for, made once, or why there is none."""
        if self._board is None:
            self._board = self._built()
        return self._board

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Notice that a cell was measured or found stored."""
        self._stems |= {str(value) for name, value in report.user_properties if name == CELL}

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Make the board, before a report is written that it belongs to."""
        if not is_worker(self._config) and self._stems:
            self._line = self._report()

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Show the board of the cells that this session ran over, if they make a whole one."""
        if self._line is not None:
            terminalreporter.section("synact_bench")
            terminalreporter.write_line(self._line)

    @warnings_heard()
    def _report(self) -> str:
        from synact_bench.reports.printed import printed  # noqa: PLC0415  (only where needed)

        try:
            tell_junit(self._config, self._distances)
        except SynactError as error:
            self._board = self._none(error)
        board = self.board
        if isinstance(board, str):
            return board
        tell_junit(self._config, partial(scores, board))
        lacking = [
            f"row {target} is not measured: {message(error, self._config)}"
            for target, error in refused(self._config).items()
        ]
        return "\n".join([printed(board), *lacking])

    @warnings_heard()
    def _built(self) -> Board | str:
        from synact_bench.reports import board  # noqa: PLC0415
        from synact_bench.run import plan  # noqa: PLC0415  (only where needed)

        try:
            request = request_of(self._config)
            missing = plan.missing(request.plans, request.store)
            if missing:
                many = f"{len(missing)} of {len(request.plans)} cells"
                return f"no board: {many} are not measured yet"
            return board.build(request.board_cells())
        except SynactError as error:
            return self._none(error)

    def _none(self, error: SynactError) -> str:
        return f"no board: {message(error, self._config)}"

    def _distances(self) -> Properties:
        """Distances from real of the cells that this session ran over, if real is stored.

        None of cells with too few documents. Told at the end, since another worker may be measuring
        real until then.
        """
        from synact_bench.regression.distances import DRAWS, distances  # noqa: PLC0415
        from synact_bench.regression.snapshot import Snapshot  # noqa: PLC0415

        request = request_of(self._config)
        store = request.store
        real = [
            plan.identity.stem
            for plan in request.plans
            if plan.entry.name in DRAWS and store.holds(plan.identity, events=plan.events)
        ]
        cells = {stem: store.read(store.folder / f"{stem}.json") for stem in {*self._stems, *real}}
        snapshot = Snapshot.of(cells.values(), where="this run")
        shown = [stem for stem in sorted(self._stems) if readable(cells[stem])]
        keys = [Snapshot.of([cells[stem]], where=stem).only.key for stem in shown]
        return [
            (".".join(("distance", row, *cell, metric)), f"{value:.6g}")
            for row, cell in keys
            for metric, value in distances((row, cell), snapshot).items()
        ]


def scores(board: Board) -> Properties:
    """Realism of every row, overall and by part, or why there is none, for JUnit.

    Of a board of too few documents one property, ``board``, says that it has nothing to say.
    """
    from synact_bench.reports.confidence import too_few  # noqa: PLC0415  (only where needed)

    few = too_few(board)
    if few is not None:
        return [("board", few)]
    return [
        (
            f"realism.{row.name}.{name}",
            score.reason if score.value is None else f"{score.value:.6g}",
        )
        for row in board.rows
        for name, score in {"overall": row.realism, **row.score.parts}.items()
    ]
