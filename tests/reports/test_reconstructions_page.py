from __future__ import annotations

from synact_bench.reports import reconstructions_page
from synact_bench.reports.reconstructions import BESIDE, build
from synact_bench.reports.reconstructions_page import page, printed, verdicts
from synact_bench.results.store import Cell
from tests.helpers import cells
from tests.helpers.reconstruction_cells import reconstruction


def test_the_page_says_what_errors_do_beside_others_of_their_length() -> None:
    board = build(
        [*reconstruction("mild", times=0.5), *reconstruction("harsh", times=8)], replicates=200
    )
    text = page(board)
    said = [*verdicts(board)]
    assert said[0].startswith("mild: its error (33.3 % of the distance between activations)")
    assert "less (0." in said[0]
    assert said[1].count("more (") == 3
    assert "a random direction of their covariance" in said[1]
    assert "no rule of copying is tried in this track" in " ".join(text.split())
    assert "| 1      | mild" in text
    assert "| 2      | harsh" in text
    assert "## Along the path" in text


def test_an_error_that_cannot_be_told_from_others_is_said_so() -> None:
    board = build(reconstruction(times=1, noise=2), replicates=200)
    (line,) = verdicts(board)
    assert line.count("not tellingly more or less") == 3


def test_what_a_stranger_writes_is_shown_as_text() -> None:
    card = {"track": "reconstruction", "summary": cells.HOSTILE, "authors": (cells.HOSTILE,)}
    text = page(build(reconstruction(card=card), replicates=50))
    assert cells.HOSTILE not in text
    assert "&lt;img" in text


def test_few_documents_show_what_ran_and_no_number() -> None:
    board = build(reconstruction(bases=8), replicates=50)
    for text in (page(board), printed(board)):
        assert "8 prompts: it runs; nothing can be read off" in text
        assert "its error" not in text


def test_why_a_row_is_not_ranked_stands_under_the_table() -> None:
    odd = reconstruction("odd", seen=cells.inspection("collapsed"))
    board = build([*odd, *reconstruction(without=(1, 2))], replicates=50)
    for text in (page(board), printed(board)):
        assert "- odd is not ranked: flagged: collapsed." in text
        assert "- mine: 2 bases are left out" in text


def test_what_full_substitution_costs_stands_beside() -> None:
    own, *others = reconstruction()
    record = own.record.model_copy(update={"conventional": cells.conventional(1.0, 0.4)})
    text = page(build([Cell(record, own.table), *others], replicates=50))
    assert "Δ loss ↓" in text
    assert "0.100 [-0.150, 0.350]" in text  # a quarter of the cost, as the helper states it
    assert "0.950 [0.700, 1.20]" in text


def test_every_direction_has_words_and_a_column() -> None:
    assert reconstructions_page.DIRECTIONS.keys() == BESIDE.keys()
    assert {*reconstructions_page.NARROW} <= reconstructions_page.COLUMNS.keys()
