from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from synact_bench.audit import separation_page
from synact_bench.audit.separation import (
    PathResolution,
    Separation,
    separations,
)
from synact_bench.core.experiments import EXPERIMENTS, HOLDOUT, REAL, WRONG_PROMPT
from synact_bench.results.store import Cell
from synact_bench.scoring import CellName
from tests.helpers import cells

ROWS = ("gaussian", HOLDOUT, "alike", "other")
SCORED = {"gaussian": 0.7, "alike": 0.6, "other": 0.6}
MIXTURE = CellName("plateau", "mixture")
SCALED = CellName("plateau", "scaled")


def measured(
    further: dict[str, float], *, bases: int = 40, rows: tuple[str, ...] = ROWS
) -> list[Cell]:
    """Cells of rows whose steps lie at ``SCORED`` on scored paths, at ``further`` on mixtures."""
    found: list[Cell] = []
    for centres, path in ((SCORED, None), (further, "mixture")):
        with pytest.MonkeyPatch.context() as patch:
            for name, centre in centres.items():
                patch.setitem(cells.CENTRES, name, centre)
            for name in (*REAL, *ROWS):
                for experiment in EXPERIMENTS.values():
                    for each in experiment.paths if path is None else (path,):
                        where = experiment.name, each
                        found.append(cells.cell(name, *where, documents=bases, bases=bases))
    return found


def of_plateau(given: list[Cell]) -> Separation:
    return next(each for each in separations(given, replicates=200) if each.path == MIXTURE)


@pytest.fixture(scope="module")
def apart() -> Separation:
    return of_plateau(measured(SCORED | {"other": 0.8}))


def test_a_path_that_tells_two_rows_apart_separates(apart: Separation) -> None:
    assert apart.scored == (SCALED,)
    assert apart.rows == ("alike", "gaussian", "other", HOLDOUT, WRONG_PROMPT)
    assert apart.pairs == 10
    assert ("alike", "other") in apart.gained
    assert ("alike", "other") not in apart.before.decided
    assert apart.separates


def test_a_path_that_repeats_the_scored_ones_gains_nothing_of_them() -> None:
    same = of_plateau(measured(SCORED))
    assert ("alike", "other") not in same.gained
    assert ("other", "alike") not in same.gained


def test_a_pair_that_turns_round_is_named() -> None:
    turned = of_plateau(measured(SCORED | {"gaussian": 0.52, "other": 0.9, "alike": 0.9}))
    assert ("gaussian", "alike") in turned.turned
    assert ("gaussian", "alike") not in turned.gained  # it was decided, the other way
    assert not turned.separates


def test_what_is_told_of_a_row_is_of_the_path_alone(apart: Separation) -> None:
    far, near = (apart.places[cell]["other"] for cell in (MIXTURE, SCALED))
    assert far.realism.value < near.realism.value
    real = apart.places[MIXTURE][HOLDOUT]
    assert far.told
    assert far.judge.told > 0.9
    assert real.judge.told == pytest.approx(0.5, abs=0.2)


def test_rows_that_lack_a_scored_path_are_not_compared() -> None:
    given = [
        cell
        for cell in measured(SCORED)
        if not cell.record.identity.stem.startswith("alike--plateau--scaled--")
    ]
    assert "alike" not in of_plateau(given).rows


def test_of_too_few_documents_nothing_is_said() -> None:
    assert separations(measured(SCORED, bases=12), replicates=40) == ()
    assert separation_page.NOTHING in separation_page.page(())


def test_pairs_are_decided_as_ranks_are(apart: Separation) -> None:
    decided = apart.alone[MIXTURE].decided
    assert all(pair[::-1] not in decided for pair in decided)
    values = {row: each.realism.value for row, each in apart.places[MIXTURE].items()}
    for nearer, farther in decided:
        assert values[nearer] > values[farther]


def resolution(*pairs: tuple[str, str]) -> PathResolution:
    return PathResolution(frozenset(pairs), None)


def test_what_is_gained_lost_and_turned_by_hand() -> None:
    found = Separation(
        path=MIXTURE,
        scored=(SCALED,),
        rows=("a", "b", "c", "d"),
        places={},
        alone={
            SCALED: resolution(("a", "b")),
            MIXTURE: resolution(("b", "a"), ("c", "d"), ("a", "d")),
        },
        before=resolution(("a", "b"), ("b", "c")),
        after=resolution(("c", "d"), ("b", "c"), ("a", "d")),
    )
    assert found.pairs == len([*combinations("abcd", 2)])
    assert found.gained == (("a", "d"), ("c", "d"))
    assert found.lost == (("a", "b"),)
    assert found.turned == (("b", "a"),)
    assert not found.separates  # a pair is lost


def test_the_page_says_which_pairs(apart: Separation) -> None:
    text = separation_page.page([apart])
    assert "**mixture separates**: of 10 pairs of rows it decides" in text
    listed = next(line for line in text.splitlines() if line.startswith("- Decided by it alone"))
    assert "alike above other" in listed
    assert "| mixture (not scored) |" in text
    assert "real-holdout" in text


def test_departures_without_replicates_decide_nothing() -> None:
    given = measured(SCORED | {"other": 0.8})
    (found,) = (each for each in separations(given, replicates=0) if each.path == MIXTURE)
    assert found.alone[MIXTURE].decided == frozenset()
    assert np.isfinite(found.places[MIXTURE]["other"].realism.value)
    assert found.alone[MIXTURE].detectable is None
