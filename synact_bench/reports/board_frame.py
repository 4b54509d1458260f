"""The rows of a board as a table of pandas, and as text in formats that papers and tools take."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pandas as pd

from synact_bench.reports import formatting
from synact_bench.reports.row_choice import only
from synact_bench.reports.scored_cells import PARTS
from synact_bench.scoring import Realism
from synact_bench.scoring.departure import displayed

if TYPE_CHECKING:
    from synact_bench.reports.board import Board, BoardRow

RANKS = ("rank", *(f"{part}_rank" for part in PARTS))
WORDS = ("track", "row", "version", "flags")
"""Columns that may hold what an author wrote."""
FORMULA = ("=", "+", "-", "@")
"""What a spreadsheet takes a cell for a formula by, at its start."""
SET = re.compile(
    "[ -~¡-ª¬®-º¼-ÏÑ-Ýß-ïñ-ýÿ-ăĆ-ďĒ-ėĚ-ĥĨ-ĭİ-ķĹ-ľŁ-ňŌ-ťŨ-űŴ-ž"
    "\u2010-\u2015\u2018\u2019\u201c\u201d†‡•…‰€™]"
)
"""Characters that pdfLaTeX sets as it comes; any other would end it with an error."""
COMMANDS = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "|": r"\textbar{}",
        **{each: f"\\{each}" for each in "&%$#_{}"},
    }
)
"""What spells a character that LaTeX would obey, or show as another."""
LIGATURE = re.compile("(?<=[-`',!?])(?=[-`',])")
"""Between two characters of which LaTeX would make one."""
DIGITS = "%.6g"
"""Of numbers in CSV, as in scores.json."""


def frame(board: Board, rows: Sequence[str] = ()) -> pd.DataFrame:
    """A line for each row of a board, in its order; a number that does not exist is missing.

    ``realism`` with ``low`` and ``high``, the ends of its 95 % interval, ``rank`` in the row's
    track, and the same of each part, ``relative``, ``matched`` and ``plateau``: 1 - rho, which has
    no lower bound. ``told``: in how many of 100 pairs a judge tells the row from real, where it is
    farthest. ``unscaled``: realism without the Gaussian. ``indistinguishable``: from real. Of too
    few documents there are neither numbers nor flags.

    Args:
        board: the board.
        rows: names of the rows to take; all by default.

    Raises:
        UnknownNameError: there is no such row.
    """
    enough = bool(board.replicates)
    lines = [_line(row, enough=enough) for row in only(board.rows, rows)]
    made = pd.DataFrame(lines)
    kinds = dict.fromkeys((*RANKS, "n", "dropped"), "Int64") | {"indistinguishable": "boolean"}
    kinds |= {name: "float64" for name in made if name not in {*WORDS, *kinds}}
    return made.astype(kinds)


def _line(row: BoardRow, *, enough: bool) -> dict[str, Any]:
    score, test = row.score, row.score.test
    parts: dict[str, Any] = {}
    for part in PARTS:
        parts |= _realism(part, f"{part}_", score.parts.get(part) if enough else None)
        parts[f"{part}_rank"] = row.part_ranks.get(part)
    return {
        "track": "control" if row.control else row.card.track or "control",
        "row": row.name,
        "version": row.identity.version,
        "rank": row.rank,
        **_realism("realism", "", row.realism if enough else None),
        **parts,
        "told": None if row.worst is None or not enough else 100 * row.worst[1].judge.told,
        "unscaled": score.unscaled if enough else None,
        "indistinguishable": None if test is None or not enough else test.indistinguishable,
        "n": row.n,
        "dropped": row.dropped,
        "flags": ", ".join(row.flags) if enough else "",
    }


def _realism(name: str, ends: str, found: Realism | None) -> dict[str, float | None]:
    estimate = None if found is None else found.estimate
    low, high = (estimate.interval if estimate else None) or (None, None)
    value = None if estimate is None else estimate.value
    return {name: value, f"{ends}low": low, f"{ends}high": high}


def shown(found: pd.DataFrame) -> pd.DataFrame:
    """The columns of a frame that a reader looks at, as words: two decimals, above -1 for display.

    A part is followed by its rank in brackets.
    """
    ends = zip(found["low"], found["high"], strict=True)
    columns: dict[str, list[str]] = {
        "track": [*found["track"]],
        "rank": [*map(_whole, found["rank"])],
        "row": [*found["row"]],
        "realism": [*map(_bounded, found["realism"])],
        "95 %": [
            "" if pd.isna(low) else f"[{_bounded(low)}, {_bounded(high)}]" for low, high in ends
        ],
    }
    for part in PARTS:
        pairs = zip(found[part], found[f"{part}_rank"], strict=True)
        columns[part] = [
            _bounded(value) + ("" if pd.isna(rank) else f" ({_whole(rank)})")
            for value, rank in pairs
        ]
    return pd.DataFrame(columns | {"flags": [*found["flags"]]})


def _bounded(value: float) -> str:
    return "" if pd.isna(value) else formatting.score(displayed(value))


def _whole(value: Any) -> str:
    return "" if pd.isna(value) else str(int(value))


def latex(found: pd.DataFrame) -> str:
    r"""A ``tabular`` with the rules of booktabs; what an author wrote is shown as it is.

    A character that pdfLaTeX knows nothing of is spelled out, as ``\u03c0``. Numbers are set as
    mathematics, so that a minus is one. A track is named once, and a line parts it from the next.
    """
    table = shown(found)
    for name in table:
        table[name] = table[name].map(_spelled if name in WORDS else _mathematics)
    indexed = table.set_index(["track", "row"])
    made: str = (
        indexed.style.hide(axis="index", names=True)
        .format_index(escape="latex", axis="columns")
        .to_latex(
            hrules=True,
            clines="skip-last;data",
            multirow_align="naive",
            column_format="ll" + "r" * (indexed.shape[1] - 1) + "l",
        )
    )
    # No word can spell a rule: its backslash would be escaped.
    rule = f"\\cline{{1-{table.shape[1]}}}\n"
    return made.replace(f"{rule}\\bottomrule", "\\bottomrule").replace(rule, "\\midrule\n")


def _spelled(text: str) -> str:
    """Words as LaTeX shows them."""
    line = unicodedata.normalize("NFC", _one_line(text))
    known = "".join(each if SET.match(each) else ascii(each)[1:-1] for each in line)
    return LIGATURE.sub("{}", known.translate(COMMANDS))


def _one_line(text: str) -> str:
    """Words without what would end a line, or spell something else than they show."""
    return "".join(each for each in " ".join(text.split()) if each.isprintable())


def _mathematics(text: str) -> str:
    return f"${text}$" if text else ""


def markdown(found: pd.DataFrame) -> str:
    """A table of GitHub's Markdown; what an author wrote is shown as it is."""
    table = shown(found)
    for name in (each for each in table if each in WORDS):
        table[name] = table[name].map(formatting.escape)
    return formatting.table([*table], table.to_numpy().tolist(), left=3) + "\n"


def csv(found: pd.DataFrame) -> str:
    """Every column, numbers as they are: 1 - rho, not bounded for display.

    A word that a spreadsheet would take for a formula stands behind an apostrophe.
    """
    guarded = found.assign(**{name: found[name].map(_guarded) for name in WORDS})
    text: str = guarded.to_csv(index=False, float_format=DIGITS, lineterminator="\n")
    return text


def _guarded(text: str) -> str:
    line = _one_line(text)
    return f"'{line}" if line.startswith(FORMULA) else line


FORMATS: Mapping[str, Callable[[pd.DataFrame], str]] = MappingProxyType(
    {"markdown": markdown, "latex": latex, "csv": csv}
)
"""By name of the format, what writes a frame in it."""
