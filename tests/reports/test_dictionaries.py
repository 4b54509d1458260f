from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest

from synact_bench.core.errors import RecordError
from synact_bench.core.experiments import GAUSSIAN, REAL
from synact_bench.reports.dictionaries import RECONSTRUCTION, Dictionaries, Scored, compare
from synact_bench.results.latents import Latents
from synact_bench.results.store import Cell
from tests.helpers import boards, cells

LATENTS = Latents(d_sae=48, alive=0.75, explained_variance=0.9, l0=6.5)
MADE = ("synthetic-random", "synthetic-random-other")
ROWS = (*REAL, GAUSSIAN, RECONSTRUCTION, *MADE)


def given(name: str, centre: float, rows: Iterable[str] = ROWS, **changed: Any) -> list[Cell]:
    """Cells of a dictionary whose compositions step at ``centre``; real ones at 0.5."""
    own = {"testbed": f"{name}@1", "testbed_digest": hashlib.sha256(name.encode()).hexdigest()}
    with pytest.MonkeyPatch.context() as patch:
        for made in MADE:
            patch.setitem(cells.CENTRES, made, centre)
        return cells.whole_board(rows, **(own | changed))


def scored(name: str, centre: float = 0.6, **changed: Any) -> Scored:
    found = given(name, centre, **changed)
    return Scored.of(name, LATENTS, boards.built(found), found)


def flagged(name: str, centre: float) -> Scored:
    """One of its compositions copies."""
    seen = cells.inspection("near-duplicate")
    honest = given(name, centre, (*REAL, GAUSSIAN, RECONSTRUCTION, MADE[1]))
    found = [*honest, *given(name, centre, MADE[:1], seen=seen)]
    return Scored.of(name, LATENTS, boards.built(found), found)


def ranks(found: Dictionaries) -> dict[str, int | None]:
    """In the order of the rows."""
    return {row.name: row.rank for row in found.rows}


def test_the_dictionary_whose_compositions_look_more_real_comes_first() -> None:
    found = compare([scored("far", 0.66), scored("near", 0.53)], MADE)
    assert list(ranks(found).items()) == [("near", 1), ("far", 2)]
    near, far = found.rows
    assert near.median.value is not None
    assert far.median.value is not None
    assert near.median.value > far.median.value + 0.3
    assert near.testbed == "near@1"
    assert near.latents == LATENTS
    # The reconstructions of the toy cells are the same, and no part of the median.
    assert near.reconstruction.value == far.reconstruction.value
    assert tuple(near.compositions) == MADE
    assert found.detectable is not None


def test_the_median_is_paired_replicate_by_replicate() -> None:
    one = scored("one")
    (row,) = compare([one], MADE).rows
    parts = [boards.row_of(one.board, name).realism.estimate for name in MADE]
    estimate = row.median.estimate
    assert estimate is not None
    assert all(part is not None for part in parts)
    assert estimate.value == pytest.approx(np.median([part.value for part in parts if part]))
    whole = np.median([part.replicates for part in parts if part], axis=0)
    np.testing.assert_allclose(estimate.replicates, whole)
    assert len(whole) == boards.REPLICATES


def test_equal_dictionaries_cannot_be_told_apart() -> None:
    found = compare([scored("b"), scored("a")], MADE)
    assert list(ranks(found).items()) == [("a", 1), ("b", 1)]
    assert found.rows[0].median.value == found.rows[1].median.value


def test_a_flag_keeps_a_dictionary_out_of_the_ranking_and_changes_no_median() -> None:
    honest = compare([scored("near", 0.53), scored("far", 0.66)], MADE)
    found = compare([flagged("near", 0.53), scored("far", 0.66)], MADE)
    assert list(ranks(found).items()) == [("far", 1), ("near", None)]
    row = found.rows[1]
    assert row.median.value == honest.rows[0].median.value
    assert row.flags == {MADE[0]: ("near-duplicate",)}
    assert found.rows[0].flags == {}


def test_a_composition_without_a_realism_leaves_the_median_empty() -> None:
    cut = [
        cell
        for cell in given("near", 0.53)
        if (cell.record.identity.generator.name, cell.record.identity.path.split("@")[0])
        != (MADE[0], "matched")
    ]
    short = Scored.of("near", LATENTS, boards.built(cut), cut)
    found = compare([short, scored("far", 0.66)], MADE)
    assert list(ranks(found).items()) == [("far", 1), ("near", None)]
    assert found.rows[1].median.value is None
    assert str(found.rows[1].median.reason).startswith(f"{MADE[0]}: ")


def test_too_few_documents_give_no_rank() -> None:
    found = compare([scored("far", 0.66, documents=3), scored("near", 0.53, documents=3)], MADE)
    assert list(ranks(found).items()) == [("far", None), ("near", None)]
    assert (found.replicates, found.detectable) == (0, None)
    for row in found.rows:
        realisms = (row.median, row.reconstruction, *row.compositions.values())
        assert {each.value for each in realisms} == {None}
        assert str(row.median.reason).endswith("too few documents")


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"facts": {"tau": 5.0}}, "tau is 10.0 in one, 5.0 in the other"),
        ({"seed": 1}, "seed is 0 in one, 1 in the other"),
        ({"engine": "sparse@1"}, "engine is adaptive@2 in one, sparse@1 in the other"),
        ({"documents": 12}, r"has other numbers in one than in the other: text, model, machine"),
        ({"version": "2"}, f"{MADE[0]} is another generator in one than in the other"),
    ],
)
def test_boards_that_were_not_measured_alike_are_refused(
    changed: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(RecordError, match=complaint) as caught:
        compare([scored("one"), scored("other", **changed)], MADE)
    assert "the boards of one and other" in str(caught.value)
    assert "cannot be compared; delete one of their folders" in str(caught.value)


def test_boards_of_two_frozen_scales_are_refused() -> None:
    """Equal cells under another scale have other realism."""
    first, other = scored("one"), scored("other")
    scales = {
        cell: dataclasses.replace(scale, gamma=2 * scale.gamma)
        for cell, scale in other.board.scales.items()
    }
    changed = dataclasses.replace(other, board=dataclasses.replace(other.board, scales=scales))
    with pytest.raises(RecordError, match="the scale of plateau/scaled is not the same in both"):
        compare([first, changed], MADE)


def test_a_scale_in_other_files_is_the_same_scale() -> None:
    """A folder that was brought up to date has other bytes and the same numbers."""
    stored = [
        Cell(cell.record.model_copy(update={"table_sha256": "0" * 64}), cell.table)
        for cell in given("far", 0.66)
    ]
    other = Scored.of("far", LATENTS, boards.built(stored), stored)
    assert [row.name for row in compare([scored("near", 0.53), other], MADE).rows] == [
        "near",
        "far",
    ]


@pytest.mark.parametrize("name", [MADE[0], RECONSTRUCTION])
def test_a_board_without_a_row_is_refused(name: str) -> None:
    rows = [row for row in ROWS if row != name]
    with pytest.raises(RecordError, match=f"the board of one: has no row of {name}"):
        compare([scored("one", rows=rows)], MADE)
