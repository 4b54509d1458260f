from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from synact_bench.scoring.curve_reference import CurveReference
from synact_bench.scoring.curve_scale import measured_units
from synact_bench.scoring.energy import energy
from synact_bench.scoring.pair_sums import DocumentOrder
from synact_bench.scoring.swap_null import Swaps, real_test, swapped
from tests.helpers.curve_rows import Prompts


def test_for_one_draw_it_is_the_energy_with_paths_swapped() -> None:
    rng = np.random.default_rng(0)
    documents = ["a", "b", "b", "c", "d", "d", "d"]
    x, y = 0.5 + rng.normal(size=(1, 7, 3)), rng.normal(size=(1, 7, 3))
    signs = np.array(list(product([1, -1], repeat=4)), dtype=np.float32)
    columns = {name: place for place, name in enumerate("abcd")}
    found = swapped(energy(x, y, DocumentOrder.of(documents)), Swaps(columns, signs))
    place = np.array([columns[name] for name in documents])
    for value, sign in zip(found, signs, strict=True):
        traded = (sign[place] < 0)[None, :, None]
        swap = energy(np.where(traded, y, x), np.where(traded, x, y), DocumentOrder.of(documents))
        assert value == pytest.approx(swap.value, rel=1e-4, abs=1e-6)


def rejected(shift: float, sets: int = 120) -> float:
    """Share of data sets whose row is told from real at 5 %."""
    told = 0
    for seed in range(sets):
        rng = np.random.default_rng(seed)
        prompts = Prompts(40, rng=rng)
        real = [prompts.row() for _ in range(4)]
        found = CurveReference.of(real, measured_units(real)).energy(prompts.row(shift=shift))
        swaps = Swaps.draw(prompts.names, rng=rng, swaps=200)
        told += not real_test(found.value, swapped(found, swaps)).indistinguishable
    return told / sets


def test_real_is_told_from_real_as_often_as_the_level_says() -> None:
    assert rejected(0.0) <= 0.11  # 5 %, and three standard errors


def test_a_row_that_differs_is_told() -> None:
    assert rejected(0.6, sets=40) > 0.9


def test_the_null_has_the_spread_of_the_energy() -> None:
    values, spreads = [], []
    for seed in range(150):
        rng = np.random.default_rng(seed)
        prompts = Prompts(40, rng=rng)
        real = [prompts.row() for _ in range(4)]
        found = CurveReference.of(real, measured_units(real)).energy(prompts.row())
        values.append(found.value)
        spreads.append(swapped(found, Swaps.draw(prompts.names, rng=rng, swaps=200)).std())
    assert np.sqrt(np.mean(np.square(spreads))) == pytest.approx(np.std(values), rel=0.2)


def test_a_pvalue_counts_what_is_as_large() -> None:
    null = np.arange(99.0)
    assert real_test(98.5, null).pvalue == 0.01
    assert real_test(94.0, null).pvalue == 0.06
    assert real_test(-1.0, null).pvalue == 1
    assert real_test(94.0, null).limit == pytest.approx(93.1)
    assert real_test(94.0, null).indistinguishable
    assert not real_test(97.0, null).indistinguishable
    with pytest.raises(ValueError, match="says nothing"):
        real_test(0.0, np.empty(0))


def test_documents_are_swapped_with_equal_chances() -> None:
    swaps = Swaps.draw(["b", "a", "b"], rng=np.random.default_rng(0))
    assert swaps.documents == {"a": 0, "b": 1}
    assert swaps.signs.shape == (2000, 2)
    assert set(np.unique(swaps.signs)) == {-1, 1}
    np.testing.assert_allclose(swaps.signs.mean(axis=0), 0, atol=0.1)
