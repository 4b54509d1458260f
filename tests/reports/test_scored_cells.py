from __future__ import annotations

import numpy as np
import pytest

from synact_bench.core.errors import RecordError
from synact_bench.core.experiments import EXPERIMENTS, HOLDOUT, WRONG_PROMPT
from synact_bench.paths import diagnostic
from synact_bench.reports.board import build
from synact_bench.reports.comparable import Cells, arrange
from synact_bench.reports.scored_cells import PARTS, WANTED, ScoredCells
from synact_bench.results.scale import curve_scale
from synact_bench.results.store import Cell
from synact_bench.scoring import CellName
from tests.helpers import cells
from tests.helpers.boards import built, row_of
from tests.helpers.scales import FACTS

NAMES = (*cells.FEW, HOLDOUT, "mine", "isotropic")


@pytest.fixture(scope="module")
def arranged() -> Cells:
    return arrange(cells.whole_board(NAMES))


@pytest.fixture(scope="module")
def curves(arranged: Cells) -> ScoredCells:
    return ScoredCells.of(arranged)


def test_what_is_scored_is_what_experiments_declare() -> None:
    assert [tuple(cell) for cell in WANTED] == [
        ("sensitivity", "relative"),
        ("sensitivity", "matched"),
        ("plateau", "scaled"),
    ]
    assert sorted(cell for part in PARTS.values() for cell in part) == sorted(WANTED)
    for experiment in EXPERIMENTS.values():
        assert "absolute" in diagnostic(experiment)


def test_every_row_and_wrong_prompts_have_curves_at_the_scored_points(curves: ScoredCells) -> None:
    assert set(curves.samples) == set(WANTED)
    for rows in curves.samples.values():
        assert set(rows) == {*NAMES, WRONG_PROMPT}
        assert {len(each.curves.fractions) for each in rows.values()} == {9}
    assert not curves.frozen
    assert curves.unscored == {}
    assert {scale.gaussians for scale in curves.scales.values()} == {1}


def test_the_scores_are_those_of_a_board(curves: ScoredCells) -> None:
    board = built(cells.whole_board(NAMES))
    names = {row.name for row in board.rows}
    found = curves.realism(names, replicates=board.replicates)
    assert set(found) == names
    for row in board.rows:
        mine, theirs = found[row.name].overall.estimate, row.realism.estimate
        assert mine is not None
        assert theirs is not None
        assert mine.value == theirs.value
        np.testing.assert_array_equal(mine.replicates, theirs.replicates)


def test_rows_asked_for_alone_have_the_same_scores(curves: ScoredCells) -> None:
    whole = curves.realism([*NAMES, WRONG_PROMPT], replicates=30)
    alone = curves.realism(["mine"], replicates=30)
    assert set(alone) == {"mine"}
    assert alone["mine"].overall.value == whole["mine"].overall.value
    assert alone["mine"].test == whole["mine"].test


def test_other_cells_can_be_scored() -> None:
    spherical = CellName("plateau", "spherical")
    given = arrange([cells.cell(name, *spherical) for name in cells.FEW])
    found = ScoredCells.of(given, wanted=[spherical]).realism(["gaussian"], replicates=30)
    assert found["gaussian"].overall.value == pytest.approx(0, abs=0.3)
    assert found["gaussian"].parts == {}


def test_a_part_of_the_documents_keeps_the_scale_of_all(curves: ScoredCells) -> None:
    half = curves.where(curves.documents[::2])
    assert len(half.documents) == 12
    assert half.scales == curves.scales
    for cell in WANTED:
        assert {*half.samples[cell]["mine"].documents} == {*half.documents}
        assert {*half.references[cell].documents} == {*half.documents}
    whole = curves.realism(["isotropic"], replicates=30)["isotropic"]
    part = half.realism(["isotropic"], replicates=30)["isotropic"]
    assert part.overall.value == pytest.approx(whole.overall.value, abs=0.1)
    assert part.overall.value != whole.overall.value


def test_rows_can_be_compared_in_some_cells_alone(curves: ScoredCells) -> None:
    whole, part = curves.energies(["mine"]), curves.energies(["mine"], cells=WANTED[:1])
    assert [*part] == [WANTED[0]]
    assert part[WANTED[0]]["mine"].value == whole[WANTED[0]]["mine"].value


def frozen(**changed: float) -> list[Cell]:
    facts = FACTS.model_copy(update=changed)
    return cells.whole_board(NAMES, record={"scale": facts})


def test_a_frozen_scale_is_taken_from_the_records() -> None:
    given = frozen()
    board = build(given, replicates=30)
    assert board.frozen
    for scale in board.scales.values():
        assert scale == curve_scale(FACTS)
        assert (scale.gamma, scale.gaussians, scale.units.length) == (4.0, 4, 100.0)
    other = build(frozen(gamma=1.0), replicates=30)
    rho = [1 - (row_of(each, "isotropic").realism.value or 0) for each in (board, other)]
    assert rho[1] == pytest.approx(2 * rho[0])  # the root of a fourth


def test_records_that_state_different_scales_are_refused() -> None:
    given = frozen()
    odd = [cell for cell in frozen(gamma=5.0) if cell.record.identity.generator.name == "mine"]
    rest = [cell for cell in given if cell.record.identity.generator.name != "mine"]
    with pytest.raises(RecordError, match="their scales differ"):
        build([*rest, *odd])


def test_a_scale_of_other_draws_scores_nothing_and_says_so() -> None:
    board = build(frozen(draws=4), replicates=30)
    assert set(board.unscored) == set(WANTED)
    assert "the scale was measured with 4" in board.unscored[WANTED[0]]
    assert all(row.realism.value is None and row.rank is None for row in board.rows)


def test_a_curve_that_is_not_finite_is_refused_by_its_name() -> None:
    given = cells.whole_board(NAMES)
    given[-1].table.curves.l2[3, -1] = np.nan
    with pytest.raises(RecordError, match="not finite") as caught:
        ScoredCells.of(arrange(given))
    assert given[-1].record.identity.stem in str(caught.value)


def test_curves_known_at_the_scored_points_alone_are_enough(arranged: Cells) -> None:
    sparse = cells.whole_board(NAMES)
    points = np.array([0, 4, 9, 14, 20, 26, 32, 40, 50])
    for cell in sparse:
        unknown = np.setdiff1d(np.arange(51), points)
        cell.table.curves.l2[:, unknown] = np.nan
        cell.table.curves.kl[:, unknown] = np.nan
    found = ScoredCells.of(arrange(sparse)).realism(["mine"], replicates=30)["mine"]
    whole = ScoredCells.of(arranged).realism(["mine"], replicates=30)["mine"]
    assert found.overall.value == whole.overall.value
