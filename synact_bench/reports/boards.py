"""Boards of several testbeds, whose replicates stand for the same documents everywhere."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, partial
from multiprocessing import active_children, get_context
from typing import TypeVar

from synact_bench.core.errors import RecordError
from synact_bench.core.experiments import REAL
from synact_bench.core.parent import end_with
from synact_bench.reports.archive import part
from synact_bench.reports.board import WANTED, Board, build
from synact_bench.results.board_cache import BoardCache
from synact_bench.results.packed_testbeds import PackedTestbeds
from synact_bench.results.store import Cell
from synact_bench.scoring.resampling import REPLICATES

Made = TypeVar("Made")
NO_PROCESS = (BrokenProcessPool, MemoryError, NotImplementedError, OSError)
"""A process that is lost, as for want of memory, or cannot be had: its board is built here."""
BOARD = "board"
"""What a testbed's board is called in the cache."""
WORKERS = 4
"""Boards that are built at once, at most: each process holds the cells of its testbed."""


def together(
    cells: Mapping[str, Sequence[Cell]],
    *,
    replicates: int = REPLICATES,
    cache: BoardCache | None = None,
) -> list[Board]:
    """A board a testbed, whose replicates stand for the same documents everywhere.

    Boards keep no replicates but those of the overall realism, which a grid averages.

    Args:
        cells: by testbed. ``PackedTestbeds`` are read one at a time, and not kept.
        replicates: of the bootstrap.
        cache: of boards that were built before, asked where testbeds are packed.

    Raises:
        RecordError: those of a testbed cannot stand on one board.
    """
    made = Boards(cells, replicates, cache)
    made.build_missing()
    return [made.board(name) for name in cells]


@dataclass(frozen=True, eq=False)
class Boards:
    """Boards of several testbeds, and what else is made of their cells.

    Attributes:
        cells: as for ``together``.
        replicates: likewise.
        cache: likewise.
    """

    cells: Mapping[str, Sequence[Cell]]
    replicates: int = REPLICATES
    cache: BoardCache | None = None

    @cached_property
    def documents(self) -> list[str]:
        """Those of all testbeds, which are drawn together, sorted."""
        return sorted({one for name in self.cells for one in self._documents(name)})

    def board(self, testbed: str) -> Board:
        """The board of a testbed, condensed.

        Raises:
            RecordError: its cells cannot stand on one board.
        """
        return self.once(BOARD, testbed, partial(self._built, testbed))

    def build_missing(self) -> None:
        """Build the boards that the cache lacks, several at once, each in a process of its own.

        They come here through the cache: without one nothing is done, nor for a single board.

        Raises:
            RecordError: as ``board``.
        """
        cells, cache = self.cells, self.cache
        if not isinstance(cells, PackedTestbeds) or cache is None or not cache.usable:
            return
        missing = [
            each
            for each in cells
            if not cache.knows([*self._facts(BOARD, each), *cells.checksums(each)])
        ]
        workers = min(WORKERS, os.cpu_count() or 1, len(missing))
        if workers < 2:
            return
        spawn, own = get_context("spawn"), (os.getpid(),)
        with (
            suppress(*NO_PROCESS),
            ProcessPoolExecutor(workers, spawn, initializer=_begin, initargs=own) as pool,
        ):
            try:
                list(pool.map(partial(_keep, self), missing))
            except KeyboardInterrupt:
                for each in active_children():  # what they are at takes too long to wait for
                    each.terminate()
                raise

    def _built(self, testbed: str) -> Board:
        cells = self.cells[testbed]
        try:
            return build(cells, replicates=self.replicates, among=self.documents).condensed()
        except RecordError as error:
            where = f"testbed {testbed}: {error.where}"
            raise RecordError(error.what, where=where, fix=error.fix) from error

    def once(self, what: str, testbed: str, make: Callable[[], Made]) -> Made:
        """What is made of a testbed's board and cells, as it was made before where that is known.

        Args:
            what: it is.
            testbed: of which it is.
            make: makes it, of these boards alone.
        """
        return self._once(self._facts(what, testbed), testbed, make)

    def _facts(self, what: str, testbed: str) -> list[object]:
        """All that something is made of beside the cells of its testbed."""
        return [what, testbed, self.replicates, self.documents]

    def _documents(self, testbed: str) -> list[str]:
        """Documents of the draws of real that a testbed's scores are made of, sorted."""

        def made() -> list[str]:
            cells = self.cells
            own = cells.rows(testbed, REAL) if isinstance(cells, PackedTestbeds) else cells[testbed]
            found = {
                one
                for cell in part(own)[0]
                if cell.name in WANTED and cell.record.identity.generator.name in REAL
                for one in cell.table.document
            }
            return sorted(found)

        return self._once(["documents", testbed], testbed, made)

    def _once(self, facts: Sequence[object], testbed: str, make: Callable[[], Made]) -> Made:
        """What is made of a testbed, as it was made before where that is known."""
        if self.cache is None or not isinstance(self.cells, PackedTestbeds):
            return make()
        return self.cache.of([*facts, *self.cells.checksums(testbed)], make)


def _begin(parent: int) -> None:
    """Begin a process that builds boards: it ends with the one that started it, without a word."""
    end_with(parent)
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _keep(boards: Boards, testbed: str) -> None:
    """Build a board for the cache, from which it is taken by who asked for it."""
    boards.board(testbed)
