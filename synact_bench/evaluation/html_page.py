"""A result as HTML for notebooks: whatever an author wrote is shown, never interpreted."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from html import escape as quoted

from synact_bench.core.printable import printable
from synact_bench.drawing.panels import png, style
from synact_bench.evaluation.picture import Picture
from synact_bench.evaluation.score import Score
from synact_bench.metrics import METRICS
from synact_bench.reports import formatting
from synact_bench.reports.board import Board, BoardRow
from synact_bench.reports.flags import flag_words
from synact_bench.reports.tables import bare_cells
from synact_bench.reports.verdicts import verdict

WIDTH = 160
"""Of a bar from 0 to 1, in pixels."""
LEFT = 'style="text-align:left"'


def escape(text: str) -> str:
    """``text`` as HTML shows it, and nothing in it that is not seen."""
    return quoted(printable(text))


def page(row: BoardRow, board: Board, scores: Mapping[str, Score], picture: Picture) -> str:
    """One element, without scripts, links or outside resources.

    Args:
        row: the row to show.
        board: that it stands on.
        scores: of the row, by name.
        picture: of its curves, embedded as PNG.
    """
    setting = board.setting
    measured = (
        f"{setting.testbed}, preset {setting.preset}: {setting.bases} bases, {setting.refined} of "
        f"them at {setting.points} points, {setting.split} seed {setting.seed}"
    )
    with style():
        content = base64.b64encode(png(picture)).decode()
    parts = [
        f"<h4>{escape(row.name)} <small>version {escape(row.identity.version)}, "
        f"{escape(_track(row))}</small></h4>",
        f"<p>{escape(measured)}</p>",
        f"<p><b>{escape(verdict(row, board))}</b></p>",
        *_facts(row, board),
        *(_numbers(row, scores) if board.replicates else ()),
        f'<img alt="curves of {escape(row.name)} before those of real" '
        f'style="max-width:100%" src="data:image/png;base64,{content}">',
        "<details><summary>The board</summary>",
        _board_table(row, board),
        "</details>",
    ]
    return f"<div>{''.join(parts)}</div>"


def _track(row: BoardRow) -> str:
    return "control" if row.control else row.card.track or "control"


def _facts(row: BoardRow, board: Board) -> Iterable[str]:
    """What it is; of too few documents without the flags, which would say nothing."""
    facts = {
        "what it is": row.card.summary,
        "authors": ", ".join(row.card.authors),
        "reference": row.card.reference,
        "rank": "" if row.rank is None else str(row.rank),
        "flags": "; ".join(flag_words(row)) if board.replicates else "",
        "dropped pairs": str(row.dropped or ""),
    }
    for fact, value in facts.items():
        if value:
            yield f"<div><b>{escape(fact)}</b>: {escape(value)}</div>"


def _numbers(row: BoardRow, scores: Mapping[str, Score]) -> Iterable[str]:
    """Realism and what explains it."""
    yield _table(("realism", "0 is Gaussian, 1 is real", ""), _score_lines(scores))
    lines = list(_metric_lines(row))
    if lines:
        yield _table(("cell", "metric", "mean", "of real", "distance from real"), lines)


def _metric_lines(row: BoardRow) -> Iterable[Sequence[str]]:
    """Headline metrics by cell: they explain a realism and are no part of it."""
    for cell, scores in row.metrics.items():
        for name, score in scores.items():
            if METRICS[name].status == "headline" and score.distance is not None:
                yield (
                    escape("/".join(cell)),
                    escape(name),
                    formatting.measure(score.mean),
                    formatting.measure(score.real_mean),
                    escape(formatting.measured(score.distance))
                    + (", as far as real from real" if score.indistinguishable else ""),
                )


def _score_lines(scores: Mapping[str, Score]) -> Iterable[Sequence[str]]:
    for name, score in scores.items():
        shown = score.reason if score.value is None else str(score)
        yield escape(name), _bar(score), escape(shown or "")


def _bar(score: Score) -> str:
    """From 0 to the value, cut at the ends of the scale."""
    if score.value is None:
        return ""
    filled = round(WIDTH * min(max(score.value, 0.0), 1.0))
    return (
        f'<div style="width:{WIDTH}px;background:#e6e6e6">'
        f'<div style="width:{filled}px;height:0.8em;background:#0072b2"></div></div>'
    )


def _board_table(row: BoardRow, board: Board) -> str:
    """Every row with its score, or which rows ran where there are too few documents for one."""

    def named(each: BoardRow) -> str:
        name = escape(each.name)
        return f"<b>{name}</b>" if each.name == row.name else name

    if not board.replicates:
        lines = [(named(each), *map(escape, bare_cells(each))) for each in board.ran]
        return _table(("row", "track", "paths", "dropped"), lines)
    scored = [
        (
            "" if each.rank is None else str(each.rank),
            named(each),
            escape(_track(each)),
            escape(str(Score.of(each.realism))),
            escape("; ".join(flag_words(each))),
        )
        for each in board.rows
    ]
    return _table(("rank", "row", "track", "overall", "flags"), scored)


def _table(headers: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A table; headers are text, cells are HTML already."""
    head = "".join(f"<th {LEFT}>{escape(each)}</th>" for each in headers)
    rows = ("".join(f"<td {LEFT}>{cell}</td>" for cell in line) for line in lines)
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
