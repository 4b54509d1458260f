from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from synact_bench.core.conventional import MEASURES
from synact_bench.core.errors import RecordError
from synact_bench.core.experiments import CONTROLS
from synact_bench.reports import correlation_page
from synact_bench.reports.board import Board
from synact_bench.reports.correlation import FEWEST, PlacedRow, correlated, correlations
from tests.helpers import boards, cells

METHODS = ("one", "two", "three", "four", "five", "six")
ROWS = (*cells.FEW, "isotropic", "sae-reconstruction", *METHODS)


def pairs(realism: Any, measure: Any, names: Any = None) -> list[PlacedRow]:
    names = names or [f"row-{at}" for at in range(len(realism))]
    return [PlacedRow(*each) for each in zip(names, realism, measure, strict=True)]


def board(testbed: str, frechet: Callable[[float], float]) -> Board:
    """Methods at rising distances, of which a Fréchet distance is reported that follows these."""
    centres = dict(zip(METHODS, np.linspace(0.5, 0.75, len(METHODS)).tolist(), strict=True))
    with pytest.MonkeyPatch.context() as patch:
        for name, centre in centres.items():
            patch.setitem(cells.CENTRES, name, centre)
        whole = cells.whole_board(ROWS, testbed=testbed)
        own = {
            name.replace("-", "_"): cells.conventional(frechet(cells.CENTRES.get(name, 0.65)))
            for name in ROWS
        }
        return boards.built(cells.reported(whole, **own))


@pytest.fixture(scope="module")
def two() -> list[Board]:
    return [board("shallow@1", lambda centre: 10 * centre), board("deep@1", lambda c: 10 - c)]


@settings(max_examples=5, deadline=None, phases=[Phase.generate])
@given(
    numbers=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=FEWEST, max_size=12)
)
def test_it_is_spearmans_correlation_whose_interval_lies_within_its_bounds(numbers) -> None:
    first, second = np.array(numbers, float).T
    found = correlated(pairs(first, second))
    assert found.rows == len(numbers)
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        assert (found.rho, found.reason) == (None, "all rows have one value")
        return
    assert found.rho is not None
    assert found.rho.value == pytest.approx(spearmanr(first, second).statistic)
    if found.rho.interval is not None:
        low, high = found.rho.interval
        assert -1 - 1e-9 <= low <= high <= 1 + 1e-9


def test_of_few_rows_none_is_told() -> None:
    found = correlated(pairs([1, 2, 3, 4], [1, 2, 3, 4]))
    assert (found.rho, found.reason) == (None, f"4 rows, {FEWEST} are needed")
    names = ["a", "b", "c", "d"] * 2
    assert correlated(pairs(range(8), range(8), names)).reason == f"4 rows, {FEWEST} are needed"


def test_a_row_is_drawn_with_all_its_testbeds() -> None:
    """Each row twice is no more to go by than once."""
    rng = np.random.default_rng(0)
    first = rng.normal(size=12)
    second = first + rng.normal(size=12)
    once = correlated(pairs(first, second)).rho
    names = [f"row-{at}" for at in range(12)]
    twice = correlated(pairs([*first, *first], [*second, *second], names * 2)).rho
    assert once is not None
    assert twice is not None
    assert twice.value == pytest.approx(once.value)
    assert once.interval is not None
    assert twice.interval == pytest.approx(once.interval, abs=0.1)


def test_better_is_better_whichever_way_the_measure_runs(two: list[Board]) -> None:
    found = correlations(two)
    near, far = (found.by_testbed[name]["methods"]["frechet"] for name in ("shallow", "deep"))
    assert near.rho is not None
    assert far.rho is not None
    assert near.rows == far.rows == len(METHODS)
    assert near.rho.value > 0.8
    assert far.rho.value == pytest.approx(-near.rho.value)
    pooled = found.pooled["methods"]["frechet"]
    assert pooled.rho is not None
    assert pooled.rows == 2 * len(METHODS)
    assert pooled.rho.value == pytest.approx(0, abs=0.05)


def test_controls_are_among_all_rows_and_no_method(two: list[Board]) -> None:
    found = correlations(two[:1])
    every, methods = (found.pooled[among]["frechet"].rows for among in ("all", "methods"))
    controls = {row.name for row in two[0].rows if row.name in two[0].conventional} & {*CONTROLS}
    assert every - methods == len(controls) >= 2


def test_a_measure_without_order_says_so(two: list[Board]) -> None:
    found = correlations(two)
    assert found.pooled["all"]["kl"].reason == "all rows have one value"
    assert found.pooled["all"]["delta_loss_following"].rows == 0
    shown = correlation_page.page(found)
    assert "- shallow, KL: all rows have one value." in shown
    assert MEASURES["delta_loss_following"].title not in correlation_page.table(found, "all")


def test_the_page_has_a_testbed_a_column_and_all_pooled(two: list[Board]) -> None:
    found = correlations(two)
    shown = correlation_page.page(found)
    header, _, first = correlation_page.table(found, "methods").splitlines()[:3]
    assert [each.strip() for each in header.strip("|").split("|")] == [
        *("measure", "better", "shallow", "deep", "pooled"),
    ]
    assert first.split("|")[1].strip() == MEASURES["frechet"].title
    assert first.count(f"({len(METHODS)})") == 2
    assert "- shallow@1: preset tiny, 24 bases, release seed 0." in shown
    assert "\n\n\n" not in shown
    stored = json.loads(correlation_page.contents(found)[correlation_page.DATA])
    assert stored["by_testbed"]["deep"]["all"]["frechet"]["rho"]["value"] < 0


def test_boards_without_measures_are_refused() -> None:
    with pytest.raises(RecordError, match="no row has conventional measures"):
        correlations([boards.few()])
    with pytest.raises(RecordError, match="two boards of one testbed"):
        correlations([boards.few(), boards.few()])
