from __future__ import annotations

import csv as standard
import io
import re
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synact_bench.core.errors import UnknownNameError
from synact_bench.reports import board_frame
from synact_bench.reports.board import PARTS
from synact_bench.scoring.departure import displayed
from tests.helpers import boards, cells

BOARD = boards.whole()
FRAME = BOARD.to_frame()
NAMES = (
    *("a_b", "50 %", "a & b", r"a\b", r"\input{/etc/passwd}", "[1ex]", "*", "^^41", "$x$", "#1"),
    *("{", "}", "~", '"q"', "\u202erow", "x" * 120, "-", "'", "?`"),
)
"""Names that LaTeX would stumble over if it obeyed them."""


def named(name: str, flags: str = "") -> pd.DataFrame:
    """A frame of one row that is called so."""
    return FRAME.iloc[:1].assign(row=name, flags=flags)


def test_a_line_says_what_the_board_says_of_its_row() -> None:
    assert FRAME["row"].tolist() == [row.name for row in BOARD.rows]
    for (_, line), row in zip(FRAME.iterrows(), BOARD.rows, strict=True):
        estimate = row.realism.estimate
        assert line["track"] == ("control" if row.control else row.card.track)
        if estimate is None:
            assert pd.isna(line["realism"])
        else:
            assert line["realism"] == estimate.value
            assert (line["low"], line["high"]) == estimate.interval
        assert (line["rank"] if pd.notna(line["rank"]) else None) == row.rank
        for part in PARTS:
            value = row.score.parts[part].value
            assert line[part] == value if value is not None else pd.isna(line[part])
        assert line["n"] == row.n


def test_named_rows_stand_in_the_board_s_order() -> None:
    assert BOARD.to_frame(["gaussian", "real-holdout"])["row"].tolist() == [
        "real-holdout",
        "gaussian",
    ]
    with pytest.raises(UnknownNameError, match="did you mean 'gaussian'"):
        BOARD.to_frame(["gausian"])


def test_of_too_few_documents_there_are_no_numbers_and_no_flags() -> None:
    few = cells.whole_board([*cells.FEW], documents=5)
    few += cells.whole_board(["mine"], documents=5, seen=cells.inspection("echo"))
    frame = boards.built(few).to_frame()
    assert frame["realism"].isna().all()
    assert set(frame["flags"]) == {""}


def test_latex_has_a_line_for_each_row_with_its_numbers_as_mathematics() -> None:
    text = BOARD.to_latex()
    assert text.startswith("\\begin{tabular}{llrrrrrrl}\n\\toprule\n")
    assert text.endswith("\\bottomrule\n\\end{tabular}\n")
    lines = [line for line in text.splitlines() if line.endswith("\\\\")][1:]
    assert len(lines) == len(BOARD.rows)
    for line, row in zip(lines, BOARD.rows, strict=True):
        fields = [each.strip() for each in line.removesuffix("\\\\").split("&")]
        assert fields[1] == row.name
        value = row.realism.value
        assert fields[3] == ("" if value is None else f"${round(displayed(value), 2) + 0:.2f}$")
    assert text.count("\\midrule") == FRAME["track"].nunique()
    assert "\\cline" not in text


@settings(deadline=None, max_examples=40)
@given(st.text(min_size=1, max_size=30))
def test_no_name_is_taken_for_a_command_of_latex(name: str) -> None:
    text = board_frame.latex(named(name, flags=name))
    (line,) = [each for each in text.splitlines() if each.startswith(str(FRAME["track"][0]))]
    commands = "backslash|asciitilde|asciicircum|less|greater|bar"
    bare = re.sub(rf"\\text({commands}){{}}|(?<=[-`',!?]){{}}", "", line)
    bare = re.sub(r"\\[&%$#_{}]", "", bare)
    own = bare.removesuffix("\\\\")
    assert own.count("&") == 8
    assert own.count("$") % 2 == 0
    assert not re.search(r"[\\#%~^{}<>|]", own)
    assert all(map(board_frame.SET.match, own))


@pytest.mark.parametrize(
    ("name", "set_as"),
    [
        ("a_b & 50 %", r"a\_b \& 50 \%"),
        (r"\input{x}", r"\textbackslash{}input\{x\}"),
        ("<a>|b", r"\textless{}a\textgreater{}\textbar{}b"),
        ("a--b ``c''", "a-{}-b `{}`c'{}'"),
        ("?`!`", "?{}`!{}`"),
        ("^^41~", r"\textasciicircum{}\textasciicircum{}41\textasciitilde{}"),
        ("größe e\u0301", "größe é"),
        ("\u03c0 \u6f22", r"\textbackslash{}u03c0 \textbackslash{}u6f22"),
    ],
)
def test_what_latex_would_obey_or_show_as_another_is_spelled(name: str, set_as: str) -> None:
    text = board_frame.latex(named(name))
    (line,) = [each for each in text.splitlines() if each.startswith(str(FRAME["track"][0]))]
    assert line.split(" & ", 1)[1].startswith(f"{set_as} & ")


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no TeX is installed")
def test_tables_with_any_names_are_set_by_latex(tmp_path: Path) -> None:
    letters = (
        "".join(chr(each) for each in range(0x20, 0x180)) + "\u2026\u2192\u03c0\u05d0\U0001f600"
    )
    names = [*(letters[each : each + 24] for each in range(0, len(letters), 24)), *NAMES]
    several = pd.concat([named(each, flags=each) for each in names], ignore_index=True)
    tables = [BOARD.to_latex(), board_frame.latex(several)]
    text = "\\documentclass{article}\n\\usepackage{booktabs}\n\\begin{document}\n"
    (tmp_path / "all.tex").write_text(text + "\n\n".join(tables) + "\\end{document}\n", "utf-8")
    asked = ("pdflatex", "-halt-on-error", "-interaction=nonstopmode", "all.tex")
    made = subprocess.run(
        asked, cwd=tmp_path, check=False, capture_output=True, text=True, errors="replace"
    )
    assert made.returncode == 0, made.stdout[-1000:]
    assert "Missing character" not in made.stdout + (tmp_path / "all.log").read_text("latin-1")


def test_markdown_shows_markup_as_it_is() -> None:
    text = board_frame.markdown(named(cells.HOSTILE))
    line = text.splitlines()[2]
    assert len(re.findall(r"(?<!\\)\|", line)) == len(text.splitlines()[0].split("|")) - 1
    assert "<img" not in line
    assert "&lt;img" in line


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        *((f"{start}1+1", f"'{start}1+1") for start in "=+-@"),
        ("\t=1", "'=1"),
        ("\r\n=1", "'=1"),
        ('a,"b"', 'a,"b"'),
    ],
)
def test_csv_holds_no_formula(name: str, shown: str) -> None:
    (line,) = standard.DictReader(io.StringIO(board_frame.csv(named(name)), newline=""))
    assert line["row"] == shown


def test_csv_has_every_number_as_it_is() -> None:
    back = pd.read_csv(io.StringIO(board_frame.csv(FRAME)), keep_default_na=False, na_values=[""])
    assert back.columns.tolist() == FRAME.columns.tolist()
    for name in ("realism", "low", "plateau", "told", "n"):
        expected = FRAME[name].astype("float64").tolist()
        assert back[name].tolist() == pytest.approx(expected, rel=1e-5, nan_ok=True)
    least = FRAME["realism"].min()
    assert least < displayed(least) - 0.05  # so that what is bounded for display would differ
