from __future__ import annotations

from synact_bench.reports import figures
from synact_bench.reports.comparable import arrange
from tests.helpers import boards, cells
from tests.helpers.boards import built

FEW = cells.FEW


def test_every_figure_has_a_name_a_caption_and_a_picture() -> None:
    drawings = figures.draw(boards.few(), arrange(cells.whole_board(FEW)))
    assert [each.name for each in drawings] == [
        "plateau-and-step.png",
        "overall.png",
        "curves-sensitivity-l2.png",
        "curves-sensitivity-kl.png",
        "curves-plateau-l2.png",
        "curves-plateau-kl.png",
        "distributions.png",
    ]
    assert all(each.caption.endswith(".") for each in drawings)
    assert len({each.content for each in drawings}) == 7
    assert all(each.content.startswith(b"\x89PNG") for each in drawings)


def test_of_too_few_documents_the_curves_alone_are_drawn() -> None:
    few = cells.whole_board(FEW, documents=8)
    names = [each.name for each in figures.draw(built(few), arrange(few))]
    assert names == [
        *(
            f"curves-{cell}-{each}.png"
            for cell in ("sensitivity", "plateau")
            for each in ("l2", "kl")
        )
    ]


def test_where_the_leading_rows_fail_has_a_figure() -> None:
    given = cells.whole_board([*FEW, "mine"])
    names = [each.name for each in figures.draw(built(given), arrange(given))]
    assert names[-1] == figures.FAILING


def test_only_measured_experiments_are_drawn() -> None:
    part = cells.whole_board(FEW, experiments=["sensitivity"])
    names = [each.name for each in figures.draw(built(part), arrange(part))]
    assert names == ["curves-sensitivity-l2.png", "curves-sensitivity-kl.png", "distributions.png"]


def test_other_paths_have_no_figure() -> None:
    part = [cells.cell(name, path="matched") for name in FEW]
    assert figures.draw(built(part), arrange(part)) == []


def test_real_without_values_is_left_out() -> None:
    given = cells.whole_board(FEW[1:], experiments=["sensitivity"])
    for path in ("relative", "matched"):
        given.append(cells.cell("real", "sensitivity", path, dropped=cells.BASES))
    assert len(figures.draw(built(given), arrange(given))) == 3


def test_captions_say_how_much_was_interpolated() -> None:
    given = cells.whole_board(FEW)
    said = [each.caption for each in figures.draw(built(given), arrange(given))]
    assert not [caption for caption in said if "interpolated" in caption]
    part = arrange([cells.partly_run(each, share=0.0) for each in given])
    said = [each.caption for each in figures.draw(built(given), part)]
    share = f"{100 * (1 - 9 / cells.POINTS):.0f} %"  # except for the start and the scored points
    ending = f"each generator before real (grey); {share} of the points are interpolated."
    assert [caption.endswith(ending) for caption in said[2:6]] == [True] * 4
