from __future__ import annotations

import subprocess
import sys

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure

from synact_bench.drawing.sheet import METADATA, PRINT, encoded, print_style

DRAWN = """
import sys
from matplotlib.figure import Figure
from synact_bench.drawing.sheet import encoded, print_style
with print_style():
    figure = Figure(figsize=(3.25, 2))
    axes = figure.subplots()
    axes.plot([1, 2], label="row")
    axes.fill_between([0, 1], [0, 1], alpha=0.5)
    axes.legend()
    sys.stdout.buffer.write(encoded(figure, sys.argv[1]))
"""


def drawn() -> Figure:
    figure = Figure(figsize=(1, 1))
    figure.text(0.1, 0.5, "Row")
    return figure


@pytest.mark.parametrize("ending", METADATA)
def test_equal_figures_give_equal_bytes_in_any_process(ending: str) -> None:
    first, second = (
        subprocess.run(
            [sys.executable, "-c", DRAWN, ending],
            env={"PYTHONHASHSEED": seed, "PATH": "", "SOURCE_DATE_EPOCH": when},
            capture_output=True,
            check=True,
        ).stdout
        for seed, when in (("1", "1"), ("2", "1000000000"))
    )
    assert first == second
    assert mpl.__version__.encode() not in first


def test_letters_of_a_pdf_are_embedded_as_truetype() -> None:
    with print_style():
        content = encoded(drawn(), "pdf")
    assert content.startswith(b"%PDF")
    assert b"/Subtype /Type0" in content
    assert b"/FontFile2" in content
    assert b"/Type3" not in content


def test_a_figure_in_print_is_as_wide_as_a_column_or_a_page() -> None:
    widths = {"column": 3.25, "page": 6.75}
    assert {name: each.width for name, each in PRINT.items()} == widths
    with print_style():
        figure = Figure(figsize=(widths["column"], 1))
        content = encoded(figure, "svg")
        png = encoded(figure, "png", dpi=200)
    assert b'width="234pt"' in content
    assert int.from_bytes(png[16:20], "big") == 650


def test_letters_have_the_size_of_print_whatever_the_user_s_style_is() -> None:
    with mpl.rc_context({"font.size": 30, "pdf.fonttype": 3}), print_style():
        sizes = [mpl.rcParams[name] for name in ("font.size", "axes.labelsize", "legend.fontsize")]
        assert all(6 <= size <= 8 for size in sizes)
        assert mpl.rcParams["pdf.fonttype"] == 42


def test_a_long_label_is_broken_to_the_room_of_its_panel() -> None:
    label = "step sharpness (slope relative to a straight line)"
    column = PRINT["column"]
    lines = column.broken(label, 2).splitlines()
    assert " ".join(lines) == label
    assert len(lines) > 1
    assert max(map(len, lines)) * column.letter <= column.width / 2
    assert PRINT["page"].broken("kl (nats)", 2) == "kl (nats)"
