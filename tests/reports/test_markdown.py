from __future__ import annotations

import shlex
from typing import Any

import pytest

from synact_bench.core.errors import RecordError
from synact_bench.core.experiments import DENSE, DESIGN
from synact_bench.reports import formatting
from synact_bench.reports.board import Board
from synact_bench.reports.confidence import confidence
from synact_bench.reports.markdown import page
from synact_bench.results.record import own_text_mark
from tests.helpers import boards, cells
from tests.helpers.boards import built


@pytest.fixture(scope="module")
def two() -> Board:
    """Two ranked rows, one of which is better."""
    return built(cells.whole_board([*cells.FEW, "mine", "a*b"]))


def test_the_page_says_what_was_measured_and_how() -> None:
    shown = page(boards.whole(), {"figures/a.png": "Curves."})
    assert shown.startswith(
        "# Leaderboard: toy@1\n\nPreset tiny: 24 bases of 24 documents x 51 points, release seed "
        f"0, float32. Intervals from {boards.REPLICATES}\n  resamplings of the documents.\n"
    )
    first = shown.split("### Details")[0]
    assert max(map(len, first.splitlines())) <= 100
    for part in (
        "![Curves.](figures/a.png)",
        "\n- synthetic-structured-other: realism 0.",
        "\n## Unconditional\n",
        "\n## Conditioned\n",
        "\n## Controls\n",
        "\n### Orders\n",
        "\n## How far it carries\n",
        "\n## Where it fails\n",
        "\n## Named metrics\n",
        "\n## Copying and collapse\n",
        "\n## Real activations\n",
        "\n## Measured numbers: sensitivity\n",
        "\n## Measured numbers: plateau\n",
        "\n### Secondary metrics: sensitivity\n",
        "\n    synact-bench run --testbed runs/toy/testbed.toml --preset tiny --seed 0\n",
        f"- Design: {DESIGN}\n",
        "- Versions: numpy 2.4.6, torch 2.13.0\n",
        "- Machine: abacus, 2 cores, Linux x86\\_64, 2 threads\n",
    ):
        assert part in shown
    assert shown.endswith("- Commit: 0123abcd\n")
    assert "## Archive" not in shown
    assert "\n\n\n" not in shown


def test_what_has_no_rows_has_no_heading() -> None:
    shown = page(boards.few(), {})
    assert "Why a place is empty\n" not in shown
    assert "\n## Archive\n" not in shown
    assert "\n## Unconditional\n" not in shown
    assert "Unconditional:" not in shown


def test_archived_rows_have_a_section_of_their_own() -> None:
    old = cells.cell("retired", "sensitivity@0")
    shown = page(built([*cells.whole_board(cells.FEW), old]), {})
    assert "\n## Archive\n" in shown
    assert shown.count("retired") == 1


def test_too_few_documents_leave_what_ran() -> None:
    flagged = cells.inspection("near-duplicate")
    given = cells.whole_board([*cells.FEW, "real-holdout"], documents=12)
    given += cells.whole_board(["mine"], documents=12, seen=flagged)
    shown = page(built(given), {"figures/a.png": "Curves."})
    assert "24 bases of 12 documents" in shown
    assert "No intervals and no ranks: 12 documents are fewer than 20." in " ".join(shown.split())
    assert "\n\n**24 prompts: it runs; nothing can be read off.**\n\n" in shown
    headings = [line for line in shown.splitlines() if line.startswith("##")]
    assert headings == ["## What ran", "## Rows", "## How it was made"]
    table = shown.split("## What ran\n\n")[1].split("\n\n")[0].splitlines()
    lines = [[each.strip() for each in line.split("|")[1:-1]] for line in table]
    assert lines[0] == ["row", "track", "n", "dropped"]
    assert sorted(lines[2:]) == [
        ["gaussian", "control", "24", "0"],
        ["mine", "unconditional", "24", "0"],
        ["real-holdout", "control", "24", "0"],
    ]
    assert "![Curves.](figures/a.png)" in shown
    assert not {"near-duplicate", "flags", "realism"} & {*shown.replace("*", " ").split()}


def test_too_few_documents_say_which_cells_did_not_run() -> None:
    given = cells.whole_board(cells.FEW, documents=12)
    given.append(cells.cell("mine", "sensitivity", "relative", documents=12))
    given.append(cells.cell("mine", "sensitivity", "matched", documents=12, dropped=cells.BASES))
    shown = page(built(given), {})
    notes = shown.split("### Why a place is empty\n\n")[1].split("\n\n")[0].splitlines()
    assert notes == [
        "- mine: sensitivity, matched path: every pair was dropped",
        "- mine: plateau, scaled path: not measured",
    ]


def test_that_curves_are_interpolated_is_said_where_points_were_left_out() -> None:
    words = "Curves of refined bases are run at some points and interpolated between them"
    assert f"\n\n{words}: " in page(boards.few(), {})
    assert "No realism, no rank by it and no judge depends" in page(boards.few(), {})
    before = page(built(cells.whole_board(cells.FEW, engine="adaptive@1")), {})
    assert words in before
    assert "No realism, no rank by it and no judge depends" not in before
    assert words not in page(built(cells.whole_board(cells.FEW, engine=DENSE)), {})


def test_metrics_that_decide_nothing_are_named_under_their_table() -> None:
    given = cells.whole_board([*cells.FEW, "mine", "late"], refined=16)
    section = page(built(given), {}).split("## Named metrics\n\n")[1].split("## Copying")[0]
    line = section.strip().split("\n\n")[-1]
    assert line.startswith("Named metrics are of fewer than 20 documents, for they come from the")
    assert " measure with --preset suite, which refines " in line


def test_confidence_says_what_can_be_told_apart_and_whether_the_first_place_holds(
    two: Board,
) -> None:
    line = confidence(two, "unconditional")
    ranking = two.tracks["unconditional"]
    assert ranking.overall.detectable is not None
    assert ranking.influence is not None
    assert line.startswith("Unconditional: two rows compared alone are told apart with prob")
    assert ranking.adjacent is not None
    assert (
        f"if their realism differs by {ranking.overall.detectable:.2f} ({ranking.adjacent:.2f} for "
        f"neighbours), {ranking.overall.detectable:.0%} of the way from Gaussian to real."
    ) in line
    assert "Without the 1 of 24 documents (4%) that favour it most, the highest realism" in line
    assert f"the highest realism, that of {formatting.escape(ranking.influence.first)}, " in line
    overtaken = ", ".join(map(formatting.escape, ranking.influence.overtaken_by))
    assert line.endswith(f"is passed by {overtaken}." if overtaken else "stays the highest.")
    assert f"\n\n{line}\n\n" in page(two, {})


def test_markup_in_a_record_stays_harmless_all_over_the_page() -> None:
    given = [*cells.whole_board([*cells.FEW, "mine"]), *cells.hostile()]
    named = {"preset": cells.HOSTILE, "testbed": f"{cells.HOSTILE}@1"}
    for board in (built(given), built(cells.whole_board(cells.FEW, **named))):
        shown = page(board, {})
        assert formatting.escape(cells.HOSTILE) in shown
        outside = [line for line in shown.splitlines() if not line.startswith("    ")]
        assert not [line for line in outside if "<img" in line or "](d)`" in line]


def test_a_board_of_own_text_says_that_the_text_must_be_given() -> None:
    sha256 = "0123456789abcdef" * 4
    name, made = f"toy{own_text_mark(sha256)}@1", cells.provenance(text=sha256)
    shown = page(built(cells.whole_board(cells.FEW, testbed=name, made=made)), {})
    command = (
        "synact-bench run --testbed runs/toy/testbed.toml --preset tiny --seed 0 --text <your text>"
    )
    assert f"\n    {command}\n" in shown
    other = page(built(cells.whole_board(cells.FEW, testbed=name)), {})
    assert "--text" not in other


def test_the_legend_says_what_conditioned_generators_are_shown() -> None:
    words = " ".join(page(boards.few(), {}).split())
    assert "in sensitivity the base, in plateau another document's" in words


def test_an_empty_place_has_its_reason_on_the_page() -> None:
    shown = page(built(cells.whole_board([*cells.FEW, "mine"], experiments=["plateau"])), {})
    assert "### Why a place is empty\n\n- every row: sensitivity, relative path" in shown
    assert "numbers: sensitivity" not in shown
    assert "Secondary" not in shown


def test_without_a_checkout_the_commit_is_not_known() -> None:
    made = cells.provenance(commit=None, dirty=None)
    assert "- Commit: not known\n" in page(built(cells.whole_board(cells.FEW, made=made)), {})


def test_the_page_does_not_depend_on_when_cells_were_made() -> None:
    later = cells.provenance(created="2030-01-01T00:00:00+00:00", seconds=99.0)
    again = built(cells.whole_board(cells.FEW, made=later))
    assert page(again, {}) == page(boards.few(), {})


@pytest.mark.parametrize(
    ("changed", "options"),
    [
        ({"engine": DENSE}, " --seed 0 --dense"),
        ({"dtype": "mixed"}, " --seed 0 --precision mixed"),
        ({"engine": DENSE, "dtype": "mixed"}, " --seed 0 --dense --precision mixed"),
        ({"record": {"split": "own"}, "seed": 7}, " --seed 7"),
        ({"record": {"split": "official"}, "seed": 7}, " --official"),
    ],
)
def test_the_command_gives_the_board_it_stands_on(changed: dict[str, Any], options: str) -> None:
    given = cells.whole_board(cells.FEW, experiments=["plateau"], **changed)
    shown = page(built(given), {})
    assert (
        f"\n    synact-bench run --testbed runs/toy/testbed.toml --preset tiny{options}\n" in shown
    )
    split = changed.get("record", {"split": "release"})["split"]
    assert f" {split} seed {changed.get('seed', 0)}, " in shown


def test_a_board_in_mixed_precision_says_so_and_ranks() -> None:
    given = cells.whole_board([*cells.FEW, "mine", "a*b"], dtype="mixed")
    board = built(given)
    shown = page(board, {})
    head = " ".join(shown.split("##")[0].split())
    assert "release seed 0, mixed precision (bfloat16). Intervals" in head
    assert head.endswith("are not those of float32.")
    assert max(map(len, shown.split("### Details")[0].splitlines())) <= 100
    assert all(row.rank for row in board.rows if row.name in {"mine", "a*b"})
    with pytest.raises(RecordError, match=r"dtype is (float32|mixed) in one"):
        built([*given, *cells.whole_board(["other"])])


def test_the_command_to_type_again_runs_nothing_else() -> None:
    named = {"preset": "$(reboot)", "testbed": "x; rm -rf ~ \x1b[2J@1"}
    shown = page(built(cells.whole_board(cells.FEW, **named)), {})
    (command,) = (line for line in shown.splitlines() if line.startswith("    synact-bench run"))
    assert shlex.split(command)[2:6] == [
        *("--testbed", "runs/x; rm -rf ~ \\x1b[2J/testbed.toml"),
        *("--preset", "$(reboot)"),
    ]


def test_no_control_character_comes_through() -> None:
    odd = "a\x1b[2Jb\u202ec\x00"
    given = [*cells.whole_board(cells.FEW), *cells.whole_board([odd], version=odd)]
    shown = page(built(given), {})
    assert "a\\\\x1b\\[2Jb\\\\u202ec\\\\x00" in shown
    assert all(line.isprintable() for line in shown.splitlines())
