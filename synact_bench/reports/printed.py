"""What a terminal shows of a board: verdicts first, then narrow tables, then how far they carry."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from synact_bench.reports import formatting
from synact_bench.reports.board import Board, BoardRow
from synact_bench.reports.confidence import facts, too_few, wrapped
from synact_bench.reports.flags import flag_words
from synact_bench.reports.missing_scores import empty_scores, missing_cells
from synact_bench.reports.named_metrics import undecided
from synact_bench.reports.tables import bare_cells, grouped, headers_of, score_cells
from synact_bench.reports.verdicts import verdicts

WIDTH = 100
"""Characters of the widest line."""
NAME = 27
"""Characters of a row's name in a table."""


def printed(board: Board, rows: Collection[str] | None = None) -> str:
    """All of it.

    Verdicts are said of the named rows; by default of every row that is no control.
    """
    few = too_few(board)
    if few is not None:
        parts = [few, _bare(board), wrapped(missing_cells(board), WIDTH)]
    else:
        said = [row for row in board.rows if not row.control and (rows is None or row.name in rows)]
        parts = [
            wrapped(verdicts(board, rows), WIDTH),
            *(_table(title, own) for title, own in grouped(board).items()),
            wrapped(_flags([row for row in board.rows if row not in said]), WIDTH),
            wrapped(facts(board), WIDTH),
            wrapped(undecided(board), WIDTH),
            wrapped(empty_scores(board), WIDTH),
        ]
    parts.append(wrapped(_archived(board), WIDTH))
    return "\n\n".join(each for each in parts if each)


def _table(title: str, rows: Iterable[BoardRow]) -> str:
    lines = [[formatting.rank(row.rank), _name(row), *score_cells(row)] for row in rows]
    return _aligned([["rank", title, *headers_of()], *lines], left=2)


def _bare(board: Board) -> str:
    """Which rows ran, and on how many paths; a flag of so few activations would say nothing."""
    lines = [[formatting.cut(row.name, NAME), *bare_cells(row)] for row in board.ran]
    return _aligned([["row", "track", "n", "dropped"], *lines], left=2)


def _aligned(lines: Sequence[Sequence[str]], *, left: int) -> str:
    """Columns two spaces apart, the first ``left`` flush left; a rule under the first line."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    shown = [
        "  ".join(
            cell.ljust(width) if place < left else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]
    return "\n".join([shown[0], "  ".join("-" * width for width in widths), *shown[1:]])


def _name(row: BoardRow) -> str:
    mark = " †" if row.flags else ""
    return formatting.cut(row.name, NAME - len(mark)) + mark


def _flags(rows: Iterable[BoardRow]) -> list[str]:
    return [f"† {row.name}: {'; '.join(flag_words(row))}" for row in rows if row.flags]


def _archived(board: Board) -> list[str]:
    """How many rows are not compared, and what has changed since they were measured."""
    if not board.archive:
        return []
    reasons = "; ".join(sorted({reason for each in board.archive for reason in each.reasons}))
    many = "1 row" if len(board.archive) == 1 else f"{len(board.archive)} rows"
    return [f"Not compared, in the archive of LEADERBOARD.md: {many} ({reasons})."]
