from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from synact_bench.scoring import Comparison, Sample
from synact_bench.scoring.comparison import overalls
from synact_bench.scoring.influence import first_place
from synact_bench.scoring.resampling import Resampling
from tests.helpers.samples import CELLS, compared, sample


def moved(row: Sample, documents: set[str], by: float) -> Sample:
    """The row with the paths of some documents moved."""
    numbers = row.rows["kl_curve_gap"][:, 0] + by * np.array(
        [one in documents for one in row.documents]
    )
    return sample(numbers, log_kl=numbers, documents=row.documents, bases=row.bases)


def board(*, documents: int = 30, spoilt: set[str] | None = None, by: float = 60.0) -> Comparison:
    """``near`` is better than ``far`` by little, but spoilt in some documents; ``last`` is far."""
    plain = compared(
        {"near": 0.5, "far": 1.0, "last": 2.5}, rng=np.random.default_rng(0), documents=documents
    )
    samples = {
        cell: dict(rows) | {"near": moved(rows["near"], spoilt or set(), by)}
        for cell, rows in plain.samples.items()
    }
    return dataclasses.replace(plain, samples=samples)


def order(comparison: Comparison) -> list[str]:
    scores = comparison.scores(Resampling.without(comparison.documents, []), headline_only=True)
    values = {
        name: each.overall.value
        for name, each in overalls(scores, cells=CELLS).items()
        if name in ("near", "far", "last")
    }
    return sorted(values, key=lambda name: -values[name])


def test_one_document_can_carry_the_first_place() -> None:
    comparison = board(spoilt={"d007"})
    assert order(comparison) == ["far", "near", "last"]
    others = comparison.where(set(comparison.documents) - {"d007"})
    assert order(others) == ["near", "far", "last"]
    result = first_place(comparison, order(comparison), cells=CELLS)
    assert (result.first, result.documents, result.overtaken_by) == ("far", 1, ("near",))


def test_a_lead_in_every_document_is_carried_by_none() -> None:
    comparison = board()
    assert order(comparison) == ["near", "far", "last"]
    result = first_place(comparison, order(comparison), cells=CELLS)
    assert (result.first, result.documents, result.overtaken_by) == ("near", 1, ())


@pytest.mark.parametrize(("documents", "left_out"), [(100, 1), (101, 2)])
def test_one_percent_is_rounded_up(documents: int, left_out: int) -> None:
    comparison = board(documents=documents)
    result = first_place(comparison, ["near", "last"], cells=CELLS)
    assert result.documents == left_out


@pytest.mark.parametrize(("spoilt", "overtaken"), [({"d007", "d080"}, ("near",)), (3, ())])
def test_documents_are_left_out_together(spoilt, overtaken) -> None:
    if isinstance(spoilt, int):
        spoilt = {f"d{number:03d}" for number in range(spoilt)}
    comparison = board(documents=101, spoilt=spoilt, by=200.0)
    assert order(comparison)[0] == "far"
    result = first_place(comparison, order(comparison), cells=CELLS)
    assert (result.documents, result.overtaken_by) == (2, overtaken)


def test_a_place_among_one_row_or_one_document_is_no_place() -> None:
    comparison = board()
    assert first_place(comparison, ["near"], cells=CELLS) is None
    assert first_place(comparison.where(["d001"]), ["near", "far"], cells=CELLS) is None
