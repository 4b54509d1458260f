from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import pytest

from synact_bench.scoring import CellName
from synact_bench.scoring.curve_reference import CurveReference
from synact_bench.scoring.curve_sample import CurveSample
from synact_bench.scoring.curve_scale import measured_scale
from synact_bench.scoring.curve_scores import Energies, energies
from synact_bench.scoring.departure import departure, overall_departure
from synact_bench.scoring.influence import Influence, first_place
from synact_bench.scoring.resampling import Resampling
from tests.helpers.curve_rows import Prompts

CELLS = (CellName("one", "a"), CellName("two", "a"))
ROWS = ("near", "far", "last")
NOTHING = Resampling({}, np.empty((0, 0), dtype=np.float32), calibrated=False)


def moved(row: CurveSample, documents: set[str], by: float) -> CurveSample:
    """The row with the curves of some documents made larger."""
    size = np.where([one in documents for one in row.documents], by, 1.0)[:, None]
    curves = dataclasses.replace(row.curves, l2=row.curves.l2 * size.astype(np.float32))
    return dataclasses.replace(row, curves=curves)


def board(
    *, documents: int = 40, spoilt: set[str] | None = None, worse: float = 1.1
) -> tuple[Energies, dict[CellName, float]]:
    """``far`` is ``near`` but a little worse everywhere; ``near`` is spoilt in some documents.

    ``last`` is far from real.
    """
    rng = np.random.default_rng(0)
    prompts = Prompts(documents, rng=rng, most=2)
    samples, references, gammas = {}, {}, {}
    for cell in CELLS:
        real = [prompts.row() for _ in range(4)]
        scale = measured_scale(real, [prompts.row(shift=3.0)])
        references[cell] = CurveReference.of(real, scale.units)
        gammas[cell] = scale.gamma
        row = prompts.row(shift=0.8)
        samples[cell] = {
            "near": moved(row, spoilt or set(), 20.0),
            "far": moved(row, {*row.documents}, worse),
            "last": prompts.row(shift=3.0),
        }
    return energies(samples, references), gammas


def placed(
    found: Energies, ranked: list[str], *, gammas: dict[CellName, float]
) -> Influence | None:
    """The first place by energies of which every pair is known."""
    sums = {
        cell: {row: each.document_sums for row, each in own.items()} for cell, own in found.items()
    }

    def between(cell: CellName, row: str, documents: Sequence[str]) -> float:
        energy = found[cell][row]
        places = [energy.documents.index(each) for each in documents]
        return float(energy.excess[np.ix_(places, places)].sum())

    return first_place(sums, between, ranked, gammas=gammas)


def order(found: Energies, gammas: dict[CellName, float]) -> list[str]:
    def rho(row: str) -> float:
        return overall_departure(
            {cell: departure(found[cell][row].estimate(NOTHING), gammas[cell]) for cell in gammas}
        ).value

    return sorted(ROWS, key=rho)


def test_one_document_can_carry_the_first_place() -> None:
    whole, gammas = board(spoilt={"d007"}, worse=1.005)
    assert order(whole, gammas) == ["far", "near", "last"]
    result = placed(whole, ["far", "near", "last"], gammas=gammas)
    assert result is not None
    assert (result.first, result.overtaken_by) == ("far", ("near",))
    assert (result.documents, result.of) == (1, 40)


def test_a_lead_in_every_document_is_carried_by_none() -> None:
    whole, gammas = board()
    assert order(whole, gammas)[-1] == "last"
    result = placed(whole, ["near", "last"], gammas=gammas)
    assert result is not None
    assert (result.first, result.documents, result.overtaken_by) == ("near", 1, ())


@pytest.mark.parametrize(("documents", "left_out"), [(100, 1), (101, 2)])
def test_one_percent_is_rounded_up(documents: int, left_out: int) -> None:
    whole, gammas = board(documents=documents)
    result = placed(whole, ["near", "last"], gammas=gammas)
    assert result is not None
    assert result.documents == left_out


@pytest.mark.parametrize(("spoilt", "overtaken"), [(2, ("near",)), (12, ())])
def test_documents_are_left_out_together(spoilt: int, overtaken: tuple[str, ...]) -> None:
    names = {f"d{number:03d}" for number in range(spoilt)}
    whole, gammas = board(documents=101, spoilt=names, worse=1.02)
    assert order(whole, gammas)[0] == "far"
    result = placed(whole, ["far", "near"], gammas=gammas)
    assert result is not None
    assert (result.documents, result.overtaken_by) == (2, overtaken)


def test_what_is_left_out_is_scored_as_if_it_had_never_been() -> None:
    """Leaving documents out of the sums is leaving their paths out of the samples."""
    whole, _ = board(documents=30)
    cell = CELLS[0]
    energy = whole[cell]["near"]
    left_out = Resampling.without(energy.documents, [energy.documents[:3]])
    kept = list(range(3, len(energy.documents)))
    part = dataclasses.replace(
        energy,
        documents=energy.documents[3:],
        sizes=energy.sizes[kept],
        across=energy.across[np.ix_(kept, kept)],
        excess=energy.excess[np.ix_(kept, kept)],
    )
    found = energy.estimate(left_out).replicates[0]
    assert found == pytest.approx(part.value, rel=1e-4)


def test_a_place_among_one_row_is_no_place() -> None:
    whole, gammas = board()
    assert placed(whole, ["near"], gammas=gammas) is None
    assert placed(whole, [], gammas=gammas) is None
