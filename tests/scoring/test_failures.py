from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from synact_bench.core.curves import Curves
from synact_bench.scoring.curve_reference import CurveReference
from synact_bench.scoring.curve_scale import measured_units
from synact_bench.scoring.failures import RealPairs, contributions, failures
from tests.helpers.curve_rows import Prompts


def drawn(seed: int = 0, most: int = 3):
    prompts = Prompts(40, rng=np.random.default_rng(seed), most=most)
    real = [prompts.row() for _ in range(4)]
    return CurveReference.of(real, measured_units(real)), prompts.row()


def changed(row, *, l2=None, kl=None):
    curves = row.curves
    l2, kl = (old if new is None else new for new, old in ((l2, curves.l2), (kl, curves.kl)))
    return dataclasses.replace(row, curves=Curves(curves.fractions, l2, kl))


def test_the_block_that_was_changed_tells() -> None:
    reference, row = drawn()
    louder = failures(reference, changed(row, kl=100 * row.curves.kl))
    assert louder.telling_blocks == ("kl",)
    assert max(louder.blocks["early l2"], louder.blocks["shape"]) < 0.1
    longer = failures(reference, changed(row, l2=4 * row.curves.l2))
    assert longer.telling_blocks == ("early l2",)
    assert longer.blocks["shape"] == pytest.approx(failures(reference, row).blocks["shape"])


def test_the_region_that_was_changed_tells() -> None:
    reference, row = drawn()
    kl = row.curves.kl.copy()
    kl[:, 1:4] *= 100
    assert failures(reference, changed(row, kl=kl)).telling_regions == ("first third",)


def test_bases_that_were_changed_tell_most() -> None:
    reference, row = drawn()
    kl = row.curves.kl.copy()
    odd = [3, 11, 20]
    kl[odd] *= 1e4
    found = failures(reference, changed(row, kl=kl))
    assert set(found.bases[:3]) == set(odd)
    assert list(found.contributions) == sorted(found.contributions, reverse=True)
    assert len(found.bases) == 8


def test_contributions_are_those_of_loops_and_make_up_the_energy() -> None:
    reference, row = drawn(most=1)
    x, y = reference.residuals(row)
    found = contributions(x, y, reference.order)
    expected = np.zeros(len(row))
    for one, other in zip(x, y, strict=True):
        for i in range(len(row)):
            for j in set(range(len(row))) - {i}:
                expected[i] += (
                    np.linalg.norm(one[i] - other[j])
                    + np.linalg.norm(other[i] - one[j])
                    - np.linalg.norm(one[i] - one[j])
                    - np.linalg.norm(other[i] - other[j])
                )
    np.testing.assert_allclose(found, expected / (len(x) * (len(row) - 1)), atol=1e-5)
    assert found.mean() == pytest.approx(reference.energy(row).value, abs=1e-6)


def test_a_row_that_lacks_bases_is_looked_at_on_its_own() -> None:
    reference, row = drawn()
    found = failures(reference, row.where(np.arange(len(row)) > 10))
    assert min(found.bases) > 10
    assert 0.2 < found.judge.told < 0.8


def test_shares_are_of_the_first_bases_and_contributions_of_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reference, row = drawn()
    monkeypatch.setattr("synact_bench.scoring.failures.SHARED", 50)
    first = np.arange(len(row)) < 50
    few = failures(reference.on(row.bases[first]), row.where(first))
    kl = np.where(first[:, None], row.curves.kl, 1e4 * row.curves.kl)
    found = failures(reference, changed(row, kl=kl))
    assert (found.blocks, found.regions) == (few.blocks, few.regions)
    assert min(found.bases) >= 50


def test_shares_are_of_all_bases_where_the_first_are_of_hardly_any_document(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reference, row = drawn()
    whole = failures(reference, row)
    monkeypatch.setattr("synact_bench.scoring.failures.SHARED", 5)
    assert failures(reference, row).blocks == whole.blocks


@pytest.mark.parametrize("first", [0, 11])
def test_pairs_that_are_known_already_change_nothing(first: int) -> None:
    """A row that lacks bases is looked at on its own: those of all bases are not its own."""
    reference, row = drawn()
    own = row.where(np.arange(len(row)) >= first)
    known = failures(reference, own, pairs=RealPairs.of(reference))
    assert dataclasses.asdict(known) == dataclasses.asdict(failures(reference, own))
