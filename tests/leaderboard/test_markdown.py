from __future__ import annotations

import pytest

from synact_bench.experiments import DENSE
from synact_bench.leaderboard.board import build
from synact_bench.leaderboard.markdown import page
from synact_bench.results.record import own_text_mark
from tests.helpers import cells


def test_the_page_says_what_was_measured_and_how() -> None:
    text = page(build(cells.whole_board()), {"figures/a.png": "Curves."})
    assert text.startswith(
        "# Leaderboard: toy@1\n\nPreset tiny: 24 bases x 17 points, seed 0, float32.\n"
    )
    for part in (
        "![Curves.](figures/a.png)",
        "\n## Real activations\n",
        "\n### Sensitivity\n",
        "\n### Plateau\n",
        "\n## Secondary metrics: sensitivity\n",
        "\n    synact-bench run --testbed toy --preset tiny --seed 0\n",
        f"- Trial digest: {'d' * 64}\n",
        "- Versions: numpy 2.4.6, torch 2.13.0\n",
        "- Machine: abacus, 2 cores, Linux x86\\_64, 2 threads\n",
    ):
        assert part in text
    assert text.endswith("- Commit: 0123abcd\n")
    assert "Why a place is empty\n" not in text
    assert "\n\n\n" not in text


def test_a_board_of_own_text_says_that_the_text_must_be_given() -> None:
    sha256 = "0123456789abcdef" * 4
    name, made = f"toy{own_text_mark(sha256)}@1", cells.provenance(text=sha256)
    shown = page(build(cells.whole_board(testbed=name, made=made)), {})
    command = "synact-bench run --testbed toy --preset tiny --seed 0 --text <your text>"
    assert f"\n    {command}\n" in shown
    other = page(build(cells.whole_board(testbed=name)), {})
    assert "--text" not in other


def test_the_legend_says_what_conditioned_generators_are_shown() -> None:
    words = " ".join(page(build(cells.whole_board()), {}).split())
    assert "in sensitivity the base, in plateau one of another document" in words


def test_an_empty_place_has_its_reason_on_the_page() -> None:
    text = page(build(cells.whole_board(experiments=["plateau"])), {})
    assert "### Why a place is empty\n\n- every row: sensitivity, relative path" in text
    assert "### Sensitivity" not in text
    assert "Secondary" not in text


def test_without_a_checkout_the_commit_is_not_known() -> None:
    made = cells.provenance(commit=None, dirty=None)
    assert "- Commit: not known\n" in page(build(cells.whole_board(made=made)), {})


def test_the_page_does_not_depend_on_when_cells_were_made() -> None:
    later = cells.provenance(created="2030-01-01T00:00:00+00:00", seconds=99.0)
    boards = [build(cells.whole_board()), build(cells.whole_board(made=later))]
    first, second = (page(board, {}) for board in boards)
    assert first == second


@pytest.mark.parametrize(
    ("changed", "options"),
    [
        ({"engine": DENSE}, " --dense"),
        ({"dtype": "mixed"}, " --precision mixed"),
        ({"engine": DENSE, "dtype": "mixed"}, " --dense --precision mixed"),
    ],
)
def test_the_command_gives_the_board_it_stands_on(changed: dict[str, str], options: str) -> None:
    shown = page(build(cells.whole_board(**changed)), {})
    assert f"\n    synact-bench run --testbed toy --preset tiny --seed 0{options}\n" in shown
