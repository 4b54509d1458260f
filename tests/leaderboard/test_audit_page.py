from __future__ import annotations

import re

from synact_bench.leaderboard.audit_page import page
from tests.helpers import boards, cells
from tests.helpers.boards import ROWS, audited


def test_the_page_has_a_section_for_everything_measured() -> None:
    shown = page(boards.whole_audit())
    assert shown.startswith(
        "# Audit: toy@1\n\nPreset tiny: 24 bases x 17 points, release seed 0.\n"
    )
    assert (
        "\nSpearman's correlation over 3 rows: **1.000**. Significant reversals: none.\n" in shown
    )
    found = re.search(
        r"Intervals that hold 1: by metric \*\*(\d+) of 20\*\*, of overall realism \*\*(\d) of 5",
        shown,
    )
    assert found
    assert shown.count("] *") == 25 - int(found[1]) - int(found[2])
    assert "correlation of dose and overall realism: **-1.00**." in shown
    headings = [line for line in shown.splitlines() if line.startswith("## ")]
    assert headings == [
        "## Split halves",
        "## Real against real",
        "## Ladder from real to Gaussian",
        "## Further paths",
        "## Trivial explanation",
    ]
    assert "\n\n\n" not in shown


def test_what_was_not_measured_has_no_section() -> None:
    shown = page(audited(cells.whole_board(ROWS)))
    assert "## Ladder" not in shown
    assert "## Further paths" not in shown


def test_markup_in_a_record_stays_harmless() -> None:
    shown = page(audited([*cells.whole_board(cells.FEW), *cells.hostile()]))
    assert "<img" not in shown


def test_halves_without_a_correlation_say_why() -> None:
    shown = page(audited(cells.whole_board([*cells.FEW[:-1], "mine"])))
    assert "\nNo correlation: 1 rows have no order to speak of" in shown
