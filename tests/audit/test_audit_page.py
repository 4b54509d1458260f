from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from synact_bench.audit.audit import Audit
from synact_bench.audit.page import page
from synact_bench.audit.robustness import Corruption, Subset
from synact_bench.scoring import Estimate
from tests.helpers import boards, cells
from tests.helpers.boards import ROWS, audited
from tests.helpers.scored import curve_score

SPREAD = np.linspace(-0.2, 0.2, 101)


@pytest.fixture(scope="module")
def whole() -> Audit:
    """With corrupted paths and subsets, of which toy cells have too few."""
    part, high = curve_score(0.5, 0.5 + SPREAD), curve_score(0.75, 0.75 + SPREAD)
    found = Corruption("nothing", 2, 100, high, part, Estimate(0.25, 0.25 + SPREAD))
    few = Subset(50, 25, {"near": part, "far": part})
    all_ = Subset(90, 45, {"near": curve_score(0.55), "far": curve_score(0.85)})
    return replace(boards.whole_audit(), corruptions=(found,), subsets=(few, all_))


def lines(shown: str, start: str) -> list[str]:
    return [" ".join(line.split()) for line in shown.splitlines() if line.startswith(start)]


def test_the_page_has_a_section_for_everything_measured(whole: Audit) -> None:
    shown = page(whole)
    assert shown.startswith(
        "# Audit: toy@1\n\nPreset tiny: 24 bases of 24 documents, release seed 0.\n"
    )
    rho = whole.halves.agreement.rho
    assert f"\nSpearman's correlation over 5 rows: **{rho:.3f}**. Significant rev" in shown
    assert f"median **{whole.halves.median:.3f}**" in shown
    assert "correlation of dose and overall realism: **-1.00**." in shown
    assert "Realism falls with every step; 3 of 3 are significant." in shown
    headings = [line for line in shown.splitlines() if line.startswith("## ")]
    assert headings == [
        "## Split halves",
        "## Real against real",
        "## Ladder from real to Gaussian",
        "## A few wrong paths",
        "## Number of bases",
        "## Further paths",
        "## Trivial explanation",
    ]
    assert "\n\n\n" not in shown


def test_draws_that_are_told_from_real_are_counted(whole: Audit) -> None:
    told = sum(not each.test.indistinguishable for each in whole.turns.values() if each.test)
    shown = page(whole)
    found = re.search(r"Told from real: \*\*(\d) of 6\*\* draws overall, (\d+) of 18", shown)
    assert found
    assert int(found[1]) == told
    section = shown.split("## Real against real")[1].split("\n## ")[0]
    marked = [line for line in section.splitlines() if line.startswith("| real") and "≈" in line]
    assert len(marked) == 6 - told


def test_the_ladder_stands_with_rows_of_known_place_and_its_steps(whole: Audit) -> None:
    section = page(whole).split("## Ladder")[1].split("\n## ")[0]
    rows = [line.split("|")[1].strip() for line in lines(section, "| ")]
    assert rows == [
        *("row", "dose 0", "dose 0.1", "dose 0.25", "dose 0.5", "dose 1"),
        *("real-holdout", "wrong-prompt", "gaussian"),
        *("dose", "0 to 0.25", "0.25 to 0.5", "0.5 to 1"),
    ]
    assert whole.ladder is not None
    step = whole.ladder.steps[0]
    (shown,) = lines(section, "| 0 to 0.25")
    assert f"| {step.z:.1f} | yes |" in shown


def test_wrong_paths_and_fewer_bases_are_held_against_the_whole(whole: Audit) -> None:
    shown = page(whole)
    (replaced,) = lines(shown, "| nothing")
    before, after, fall = "0.75 [0.56, 0.94]", "0.50 [0.31, 0.69]", "0.25 [0.06, 0.44]"
    assert replaced == f"| nothing | 2 of 100 | {before} | {after} | {fall} |"
    assert "Agree with all bases: **1 of 2**." in shown
    (near,), (far,) = lines(shown, "| near"), lines(shown, "| far")
    assert "*" not in near
    assert r"] \* | 0.85 |" in far


def test_what_was_not_measured_has_no_section() -> None:
    shown = page(audited(cells.whole_board(cells.FEW)))
    for name in ("Real against", "A few wrong", "Number of", "Further", "What can be told"):
        assert f"## {name}" not in shown


def test_what_a_track_can_tell_apart_is_shown_with_its_share() -> None:
    audit = audited(cells.whole_board([*ROWS, "near"]))
    found = audit.resolution["unconditional"]
    (row,) = lines(page(audit), "| unconditional")
    assert row.startswith(f"| unconditional | 2 | {found.decided} of 1 | {found.detectable:.3f} | ")
    assert f"| {found.share:.0%}".replace("%", " %") in row


def test_the_page_is_narrow() -> None:
    """Names of toy rows are short: tables of long ones may be wider."""
    wide = [line for line in page(boards.whole_audit()).splitlines() if len(line) > 100]
    assert wide == []


def test_markup_in_a_record_stays_harmless() -> None:
    shown = page(audited([*cells.whole_board(cells.FEW), *cells.hostile()]))
    assert "<img" not in shown


def test_halves_without_a_correlation_say_why() -> None:
    shown = page(audited(cells.whole_board(cells.FEW)))
    assert "\nNo correlation: 1 rows have no order to speak of" in shown
