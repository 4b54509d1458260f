from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synact_bench.core.errors import RecordError
from synact_bench.core.experiments import RECONSTRUCTIONS
from synact_bench.reports.reconstructions import (
    AT,
    BESIDE,
    MULTIPLES,
    OWN,
    ReconstructionRow,
    build,
)
from synact_bench.results.store import Cell
from tests.helpers import cells
from tests.helpers.reconstruction_cells import reconstruction


def only(*given_: Cell) -> ReconstructionRow:
    (row,) = build(given_, replicates=50).rows
    return row


def test_the_cells_are_those_of_the_experiment() -> None:
    (experiment,) = RECONSTRUCTIONS.values()
    assert [each.path for each in (OWN, *BESIDE.values())] == [*experiment.paths]
    assert MULTIPLES[AT] == 1
    assert MULTIPLES[-1] == 2.5


def test_an_excess_is_the_ratio_of_kl_on_the_same_base() -> None:
    row = only(*reconstruction(times=4, noise=0))
    assert set(row.excess) == {"covariance", "isotropic", "real"}
    for direction, excess in row.excess.items():
        # Ratios of kl + 1e-6: about log2 of 4, whatever the base's own size.
        assert excess.value == pytest.approx(2, abs=1e-3)
        low, high = excess.interval or (0, 0)
        assert low <= excess.value <= high <= low + 1e-3
        assert set(row.along[direction]) == {f"{each:g}" for each in MULTIPLES}
        assert row.along[direction]["1"] is excess
    assert row.kl is not None
    assert row.kl.value == pytest.approx(4 * 0.4**2 * np.linspace(0.5, 2, cells.BASES).mean())
    assert row.error == pytest.approx(20 / cells.SETTINGS.absolute_length)


@given(st.floats(0.1, 10), st.floats(0, 1))
def test_an_error_like_the_others_has_no_excess(times: float, noise: float) -> None:
    given_ = reconstruction(times=times, noise=noise)
    own = given_[0]
    alike = [Cell(each.record, own.table) for each in given_]
    row = only(*alike)
    assert {each.value for each in row.excess.values()} == {0.0}
    assert {each.value for each in row.plateau.values()} == {1.0}


def test_a_plateau_left_twice_as_soon_is_half_as_wide() -> None:
    row = only(*reconstruction(sooner=2))
    # l2 is 50 f here and 25 f elsewhere: it passes tau, 10, at .2 and at .4 of the path.
    assert row.plateau["covariance"].value == pytest.approx(0.5)


def test_rows_are_ranked_among_themselves_by_excess_kl_and_plateau() -> None:
    mild = reconstruction("mild", times=0.5, sooner=0.5)
    harsh = reconstruction("harsh", times=8, sooner=2)
    board = build([*harsh, *mild], replicates=200)
    assert [row.name for row in board.rows] == ["mild", "harsh"]
    assert [dict(row.ranks) for row in board.rows] == [
        dict.fromkeys(("excess", "kl", "plateau"), rank) for rank in (1, 2)
    ]


def test_rows_that_cannot_be_told_apart_share_a_rank() -> None:
    first, second = reconstruction("a", noise=1), reconstruction("bb", noise=1)
    board = build([*first, *second], replicates=200)
    assert [row.ranks["excess"] for row in board.rows] == [1, 1]


def test_a_base_without_one_of_the_paths_counts_in_none() -> None:
    whole = only(*reconstruction(times=1, noise=0.8, without=range(3)))
    assert (whole.n, whole.dropped) == (cells.BASES - 3, 3)
    own = reconstruction(times=1, noise=0.8)[0].table.curves.kl[3:, 20]
    assert whole.kl is not None
    assert whole.kl.value == pytest.approx(own.mean(), rel=1e-5)


def test_what_returns_the_base_has_no_error_and_no_rank() -> None:
    (experiment,) = RECONSTRUCTIONS.values()
    card = {"track": "reconstruction"}
    same = [
        cells.cell("same", experiment.identity, path, dropped=cells.BASES, card=card)
        for path in experiment.paths
    ]
    board = build([*same, *reconstruction("other"), *reconstruction("third")], replicates=50)
    row = board.rows[-1]
    assert (row.name, row.n, row.dropped, row.error, row.kl) == ("same", 0, cells.BASES, None, None)
    assert row.unranked == "every reconstruction coincides with its base"
    assert row.ranks == {}
    assert board.documents == cells.BASES


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"error": 0.3}, "its errors are shorter than 1% of the distance between activations"),
        ({"seen": cells.inspection("collapsed")}, "flagged: collapsed"),
    ],
)
def test_what_is_flagged_or_errs_next_to_nothing_is_not_ranked(
    changed: dict[str, object], why: str
) -> None:
    odd = reconstruction("odd", times=0.1, **changed)  # type: ignore[arg-type]
    board = build([*odd, *reconstruction("other"), *reconstruction("third")], replicates=50)
    assert {row.name: row.unranked for row in board.rows}["odd"] == why
    assert [row.name for row in board.rows if row.ranks] != []
    assert not next(row for row in board.rows if row.name == "odd").ranks


def test_few_documents_give_numbers_without_intervals_or_ranks() -> None:
    few = [*reconstruction("a", bases=8), *reconstruction("b", bases=8)]
    board = build(few, replicates=50)
    assert board.replicates == 0
    assert all(row.excess["real"].interval is None and not row.ranks for row in board.rows)


def test_a_row_that_lacks_a_cell_is_refused() -> None:
    with pytest.raises(RecordError, match="beside-real: no cell of mine to score it with"):
        build(reconstruction()[:-1])
    with pytest.raises(RecordError, match="there is no cell"):
        build(cells.whole_board())


def test_a_cell_that_is_outdated_is_refused() -> None:
    own = reconstruction(design="design@0")
    with pytest.raises(RecordError, match=r"is outdated: design design@0 is .*--track"):
        build(own)


def test_cells_of_other_experiments_play_no_part_and_its_json_is_stable() -> None:
    own = reconstruction()
    alone, among = build(own, replicates=50), build([*cells.whole_board(), *own], replicates=50)
    assert alone.to_json() == among.to_json() == build(own[::-1], replicates=50).to_json()
    stated = json.loads(alone.to_json())
    assert stated["rows"][0]["name"] == "mine"
    assert stated["rows"][0]["excess"]["real"].keys() == {"value", "low", "high"}
