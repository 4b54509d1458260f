from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import pytest

from synact_bench.reports.json_export import plain
from synact_bench.results.store import Cell
from synact_bench.submissions import agreement, checks
from synact_bench.submissions.scores import check, scores
from synact_bench.testbeds.scale import ScaleFacts
from tests.helpers import cells, submissions
from tests.helpers.boards import REPLICATES, built, row_of


def test_a_submission_scores_what_it_scores_on_a_board_among_others() -> None:
    given, packed = submissions.submission()
    own = checks.read(submissions.content(), packed)[1]
    others = submissions.own("other", parameters={})
    row = row_of(built([*submissions.reference(), *others, *own]), submissions.NAME)
    stated, known = given.scores, row.score
    assert stated.overall.model_dump() == plain(known.overall.estimate)
    for mine, theirs in (
        (stated.by_experiment, known.by_experiment),
        (stated.by_part, known.parts),
    ):
        expected = {name: plain(each.estimate) for name, each in theirs.items()}
        assert {name: each.model_dump() for name, each in mine.items()} == expected
    rho = {"/".join(cell): plain(each.rho) for cell, each in known.cells.items()}
    assert {cell: each.model_dump() for cell, each in stated.by_cell.items()} == rho
    for cell, metrics in row.metrics.items():
        distances = stated.distances["/".join(cell)]
        assert distances.keys() == metrics.keys()
        for name, each in metrics.items():
            assert distances[name].model_dump() == plain(each.distance)
    assert row.card == given.card
    assert row.flags == agreement.flags(cell.record for cell in own)


def test_only_the_draws_of_the_reference_are_asked_for() -> None:
    own = submissions.own()
    known = scores(own, submissions.reference(), replicates=REPLICATES)
    others = submissions.own("other", parameters={})
    assert scores(own, [*submissions.reference(), *others], replicates=REPLICATES) == known


def test_a_frozen_scale_is_taken_from_the_records() -> None:
    def stating(given: Iterable[Cell], gamma: float) -> list[Cell]:
        facts = ScaleFacts(
            length=90.0,
            blocks=(1.0, 1.0, 1.0),
            draws=5,
            gamma=gamma,
            gamma_error=0.1,
            gaussians=4,
            bases=400,
        )
        return [
            dataclasses.replace(each, record=each.record.model_copy(update={"scale": facts}))
            for each in given
        ]

    single, fourfold = (
        scores(
            stating(submissions.own(), gamma),
            stating(submissions.reference(), gamma),
            replicates=REPLICATES,
        )
        for gamma in (1.0, 4.0)
    )
    for cell, each in single.by_cell.items():
        assert each.value is not None
        assert fourfold.by_cell[cell].value == pytest.approx(each.value / 2, rel=1e-5)
    assert fourfold.distances == single.distances


def test_a_row_without_a_cell_has_no_overall_realism() -> None:
    own = [each for each in submissions.own() if each.name.path != "scaled"]
    found = scores(own, submissions.reference(), replicates=REPLICATES)
    assert found.overall.value is None
    assert found.by_experiment["sensitivity"].value is not None
    assert found.by_part["plateau"].value is None
    assert found.by_cell.keys() == {"sensitivity/relative", "sensitivity/matched"}


def test_without_refined_bases_there_is_a_realism_and_no_distance() -> None:
    names = cells.FEW
    coarse = cells.whole_board(names, refined=0)
    found = scores(submissions.own(refined=0), coarse, replicates=REPLICATES)
    whole = scores(
        submissions.own(refined=cells.BASES),
        cells.whole_board(names),
        replicates=REPLICATES,
    )
    assert found.by_cell == whole.by_cell
    assert found.overall.value is not None
    assert {each.value for one in found.distances.values() for each in one.values()} == {None}


def test_another_machine_s_last_digits_are_no_fault() -> None:
    scores = submissions.submission()[0].scores
    assert scores.overall.value is not None
    near = scores.overall.model_copy(update={"value": scores.overall.value + 1e-6})
    check(scores.model_copy(update={"overall": near}), scores)
