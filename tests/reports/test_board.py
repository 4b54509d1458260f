from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from synact_bench.core.errors import RecordError
from synact_bench.core.experiments import (
    CONTROLS,
    EXPERIMENTS,
    FLOORS,
    LADDER,
    NATIVE,
    REAL,
    REFERENCE,
    SAME_TOKEN,
    WRONG_PROMPT,
)
from synact_bench.metrics import METRICS
from synact_bench.paths import diagnostic
from synact_bench.reports.board import PARTS, WANTED, Board
from synact_bench.results.store import Cell, Store, encode
from synact_bench.scoring import CellName
from synact_bench.scoring.distances import wasserstein1
from tests.helpers import boards, cells
from tests.helpers.boards import REPLICATES, built, row_of
from tests.helpers.cells import FEW

RELATIVE = CellName("sensitivity", "relative")


@pytest.fixture(scope="module")
def whole() -> Board:
    return boards.whole()


def without(given: list[Cell], name: str, path: str) -> list[Cell]:
    stem = f"{name}--sensitivity--{path}--"
    return [cell for cell in given if not cell.record.identity.stem.startswith(stem)]


def like(name: str, other: str, **changed: Any) -> list[Cell]:
    """Every cell of a row with exactly the numbers of another."""
    made = []
    for cell in cells.whole_board([other]):
        identity = cell.record.identity
        own = cells.cell(name, identity.experiment, identity.path, **changed)
        sha256 = cell.record.table_sha256
        record = own.record.model_copy(update={"table_sha256": sha256})
        made.append(Cell(record, cell.table))
    return made


def test_rows_come_by_track_then_realism_and_controls_last(whole: Board) -> None:
    assert [row.name for row in whole.rows] == [
        "synthetic-structured-other",
        "synthetic-structured",
        "real-holdout",
        "wrong-prompt",
        "sae-reconstruction",
        "gaussian",
        "isotropic",
        "real-native",
    ]
    controls = [row.realism.value for row in whole.rows if row.control][:-1]
    assert controls == sorted(controls, key=lambda value: -float(value or 0))
    assert controls[-1] < 0


def test_without_a_frozen_scale_gamma_is_the_energy_of_the_gaussian() -> None:
    board = built([*cells.whole_board(FEW), *like("twin", "gaussian")])
    twin = row_of(board, "twin").score
    assert set(twin.cells) == set(WANTED)
    for cell in WANTED:
        assert twin.cells[cell].energy.value == pytest.approx(board.scales[cell].gamma)
    assert twin.overall.value == pytest.approx(0)


def test_realism_is_that_of_the_curves_alone(whole: Board) -> None:
    for row in whole.rows:
        rho = {cell: each.rho.value for cell, each in row.score.cells.items()}
        if set(rho) != set(WANTED):
            continue
        sensitivity = [rho[cell] for cell in WANTED if cell.experiment == "sensitivity"]
        expected = 1 - (np.mean(sensitivity) + rho[CellName("plateau", "scaled")]) / 2
        assert row.realism.value == pytest.approx(expected)
        for part, names in PARTS.items():
            assert row.score.parts[part].value == pytest.approx(1 - rho[names[0]])


def test_every_cell_and_metric_is_scored(whole: Board) -> None:
    for row in whole.rows:
        wanted = [name for name in WANTED if row.name != NATIVE or name.experiment == "plateau"]
        assert set(row.score.cells) == set(wanted)
        assert row.worst is not None
        worst = row.score.cells[row.worst[0]].rho.value
        assert worst == max(each.rho.value for each in row.score.cells.values())
        if row.name == WRONG_PROMPT:
            assert row.metrics == {}
            assert row.distances == {}
            continue
        assert set(row.metrics) == set(wanted)
        for (experiment, path), scores in row.metrics.items():
            assert set(scores) == {
                name for name, metric in METRICS.items() if metric.applies(experiment, path)
            }


def test_draws_of_real_are_described_and_are_no_rows(whole: Board) -> None:
    assert list(whole.reference) == [REFERENCE, *FLOORS]
    assert not {REFERENCE, *FLOORS} & {row.name for row in whole.rows}
    stored = cells.cell(REFERENCE, "plateau", "scaled").sample.values["plateau_width"]
    described = whole.reference[REFERENCE][CellName("plateau", "scaled")]["plateau_width"]
    assert described.mean == pytest.approx(stored.values.mean())
    assert described.sd == pytest.approx(stored.values.std(ddof=1))
    assert (described.n, described.censored_share) == (cells.BASES, 0)


def test_n_is_that_of_the_smallest_cell_and_dropped_pairs_add_up() -> None:
    given = without(cells.whole_board(), "isotropic", "relative")
    given = without(given, "isotropic", "matched")
    given.append(cells.cell("isotropic", "sensitivity", "relative", dropped=3))
    given.append(cells.cell("isotropic", "sensitivity", "matched", dropped=1))
    row = row_of(built(given), "isotropic")
    assert (row.n, row.dropped) == (cells.BASES - 3, 4)
    assert row.metrics[RELATIVE]["step_sharpness"].n == cells.BASES - 3
    assert row.realism.value is not None


def test_a_row_without_overall_has_no_rank_and_comes_last_with_its_reason() -> None:
    given = [*cells.whole_board(), *like("better", "synthetic-structured-other")]
    board = built(without(given, "synthetic-structured-other", "matched"))
    unconditional = [row for row in board.rows if row.card.track == "unconditional"]
    assert [row.name for row in unconditional][:2] == ["better", "synthetic-structured-other"]
    lacking = unconditional[1]
    assert (lacking.rank, lacking.metric_ranks) == (None, {})
    assert lacking.realism.value is None
    assert lacking.realism.reason is not None
    assert lacking.realism.reason == "no cell: sensitivity/matched"
    assert lacking.score.by_experiment["plateau"].value is not None
    assert board.tracks == {}  # one row is left, with none to be ranked against
    assert unconditional[0].rank is None


def test_an_empty_cell_says_why_it_has_no_score() -> None:
    given = without(cells.whole_board(), "isotropic", "relative")
    given.append(cells.cell("isotropic", dropped=cells.BASES))
    row = row_of(built(given), "isotropic")
    assert (row.n, row.realism.value) == (0, None)
    each = row.metrics[RELATIVE]["max_slope_step"]
    assert (each.n, each.distance, each.percentile) == (0, None, None)
    assert row.realism.reason == "no cell: sensitivity/relative"


def test_an_experiment_that_was_not_run_leaves_the_overall_empty() -> None:
    board = built(cells.whole_board(experiments=["sensitivity"]))
    for row in board.rows:
        assert (row.realism.value, row.rank) == (None, None)
        assert row.score.by_experiment["sensitivity"].value is not None
    assert board.tracks == {}


def test_no_control_row_is_needed() -> None:
    board = built(cells.whole_board([*FEW[:-1], "synthetic-structured"]))
    assert [(row.name, row.rank) for row in board.rows] == [("synthetic-structured", None)]


# Two tracks, ranks and ties.


def test_a_track_of_one_row_has_no_ranks(whole: Board) -> None:
    assert whole.tracks == {}
    assert all(row.rank is None for row in whole.rows)


def test_each_track_is_ranked_by_itself() -> None:
    names = ["near", "far"]
    given = cells.whole_board([*FEW, *names, "synthetic-structured"])
    given += like("shown", "isotropic", card={"track": "conditioned"})
    board = built(given)
    assert set(board.tracks) == {"unconditional", "conditioned"}
    for track, ranking in board.tracks.items():
        own = [row for row in board.rows if row.card.track == track and not row.control]
        assert ranking.overall.ranks == {row.name: row.rank for row in own}
        assert min(row.rank or 0 for row in own) == 1
        assert set(ranking.parts) == set(PARTS)


@pytest.fixture(scope="module")
def three() -> Board:
    """One row that is better than two which are equal, all unconditional."""
    given = cells.whole_board([*FEW, "synthetic-structured-other"])
    return built([*given, *like("zeta", "isotropic"), *like("alpha", "isotropic")])


def test_ties_share_a_rank_and_equal_rows_stand_by_name(three: Board) -> None:
    ranked = [(row.name, row.rank) for row in three.rows if row.rank]
    assert ranked == [("synthetic-structured-other", 1), ("alpha", 2), ("zeta", 2)]
    for name in ("alpha", "zeta"):
        assert set(row_of(three, name).metric_ranks.values()) == {2}
        assert row_of(three, name).part_ranks == dict.fromkeys(PARTS, 2)


def test_rows_that_cannot_be_told_apart_stand_by_falling_realism() -> None:
    names = ["mid", "zeta", "alpha", "beta"]  # all of one centre: they differ by chance
    board = built(cells.whole_board([*FEW, *names]))
    ranks = {row.name: row.rank for row in board.rows if row.name in names}
    assert set(ranks.values()) == {1}
    values = [row_of(board, name).realism.value for name in ranks]
    assert values == sorted(values, key=lambda value: -float(value or 0))


def test_every_metric_is_ranked_by_its_distance_from_real(three: Board) -> None:
    ranking = three.tracks["unconditional"]
    measured = {name for name, metric in METRICS.items() if any(metric.applies(*c) for c in WANTED)}
    assert set(ranking.by_metric) == measured
    for row in three.rows:
        assert set(row.metric_ranks) == (set() if row.control else measured)
        assert set(row.distances) == measured
    better, worse = (row_of(three, name) for name in ("synthetic-structured-other", "alpha"))
    for metric, distance in better.distances.items():
        if better.metric_ranks[metric] < worse.metric_ranks[metric]:
            assert distance.value < worse.distances[metric].value


def test_the_smallest_detectable_difference_and_influence_are_of_a_track(three: Board) -> None:
    ranking = three.tracks["unconditional"]
    assert ranking.overall.detectable is not None
    assert ranking.overall.detectable > 0
    assert ranking.adjacent is not None
    assert ranking.influence is not None
    assert ranking.influence.first == "synthetic-structured-other"
    assert ranking.influence.overtaken_by == ()


def test_controls_are_never_ranked(whole: Board) -> None:
    assert {row.name for row in whole.rows if row.control} == {
        name for name in CONTROLS if name in cells.CENTRES
    } | {WRONG_PROMPT}
    assert all(row.rank is None for row in whole.rows if row.control)
    assert not {name for each in whole.tracks.values() for name in each.overall.ranks} & set(
        CONTROLS
    )


# Flags.


def flagged(*flags: str) -> Board:
    given = cells.whole_board(FEW)
    given += cells.whole_board(["synthetic-structured-other"], seen=cells.inspection(*flags))
    return built([*given, *like("worse", "isotropic"), *like("worst", "isotropic")])


def test_a_flag_keeps_a_row_out_of_the_ranking_and_its_score() -> None:
    clean, caught = flagged(), flagged("near-duplicate", "echo")
    before, after = (row_of(board, "synthetic-structured-other") for board in (clean, caught))
    assert (before.rank, after.rank) == (1, None)
    assert (before.flags, after.flags) == ((), ("echo", "near-duplicate"))
    assert after.metric_ranks == {}
    assert after.realism.value == before.realism.value
    assert row_of(clean, "worse").rank == 2
    assert row_of(caught, "worse").rank == 1
    assert [row.name for row in caught.rows if row.card.track == "unconditional"][:3] == [
        "worse",
        "worst",
        "synthetic-structured-other",
    ]


def test_a_flag_in_one_experiment_is_enough() -> None:
    given = cells.whole_board(FEW)
    for experiment, declared in EXPERIMENTS.items():
        seen = cells.inspection(*(["collapsed"] if experiment == "plateau" else []))
        given += [cells.cell("mine", experiment, path, seen=seen) for path in declared.paths]
    row = row_of(built(given), "mine")
    assert (row.rank, row.flags) == (None, ("collapsed",))
    assert row.inspections["sensitivity"].flags == ()
    assert row.inspections["plateau"].flags == ("collapsed",)


# Few documents.


def test_too_few_documents_give_scores_without_intervals_and_ranks() -> None:
    board = built(cells.whole_board(documents=19))
    assert (board.documents, board.replicates, board.tracks) == (19, 0, {})
    for row in board.rows:
        assert (row.rank, row.metric_ranks, row.worst) == (None, {}, None)
        estimate = row.realism.estimate
        assert (estimate is None) is (row.name == NATIVE)
        assert estimate is None or estimate.interval is None
    assert {order.verdict for order in board.orders} == {"cannot be told"}
    enough = built(cells.whole_board(documents=20))
    assert (enough.documents, enough.replicates) == (20, REPLICATES)
    assert all(row.worst for row in enough.rows)


# What stays beside a board.


def test_paths_that_make_no_score_change_nothing(whole: Board) -> None:
    controls = ("real-holdout", "sae-reconstruction", "gaussian", "isotropic")
    further = [
        cells.cell(name, experiment.name, path)
        for name in (*FEW[:-1], *controls)
        for experiment in EXPERIMENTS.values()
        for path in diagnostic(experiment)
    ]
    assert built([*cells.whole_board(), *further]).to_json() == whole.to_json()
    with pytest.raises(RecordError, match="no cell that a score is made of"):
        built(further)


def test_the_ladder_is_no_row_of_a_board(whole: Board) -> None:
    rungs = cells.whole_board(LADDER)
    assert built([*cells.whole_board(), *rungs]).to_json() == whole.to_json()


def test_older_cells_are_archived_and_the_rest_is_ranked(whole: Board) -> None:
    old = cells.whole_board(["retired"], experiments=["sensitivity"])
    outdated = [
        cells.cell("retired", "sensitivity@1", cell.record.identity.path.split("@")[0])
        for cell in old
    ]
    board = built([*cells.whole_board(), *outdated])
    assert [each.name for each in board.archive] == ["retired"]
    assert dataclasses.replace(board, archive=()).to_json() == whole.to_json()


def test_two_splits_never_share_a_board() -> None:
    official = cells.whole_board(["mine"], record={"split": "official"})
    with pytest.raises(RecordError, match="split is release in one and official in the other"):
        built([*cells.whole_board(FEW), *official])


# Bytes.


def test_the_newest_record_gives_the_card() -> None:
    given = cells.whole_board(FEW)
    for day, path in enumerate(("relative", "matched"), start=1):
        made = cells.provenance(created=f"2024-05-{4 - day:02d}T00:00:00+00:00")
        card = {"authors": (f"author-{path}",)}
        given.append(cells.cell("mine", "sensitivity", path, made=made, card=card))
    assert row_of(built(given), "mine").card.authors == ("author-relative",)


def test_a_board_of_stored_cells_has_equal_bytes_every_time(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for cell in cells.whole_board([*FEW, "synthetic-structured"], experiments=["plateau"]):
        store.write(cell.record, encode(cell.table))
    first, second = (built(store.cells()).to_json() for _ in range(2))
    assert first == second


def test_json_has_equal_bytes_whatever_the_order_and_age_of_the_cells(whole: Board) -> None:
    made = cells.provenance(created="2025", seconds=9.0)
    again = built(cells.whole_board(made=made)[::-1])
    assert again.to_json() == whole.to_json()


def test_json_holds_values_and_intervals_to_six_digits_and_no_replicates(whole: Board) -> None:
    text = whole.to_json()
    read = json.loads(text)
    assert list(read) == sorted(read)
    assert text.count("replicates") == 1
    assert "null" not in read["rows"][0]["score"]["cells"]["plateau/scaled"]
    assert read["replicates"] == REPLICATES
    assert read["setting"]["preset"] == "tiny"
    assert read["setting"]["split"] == "release"
    row = row_of(whole, "sae-reconstruction")
    shown = next(each for each in read["rows"] if each["identity"]["name"] == row.name)
    estimate = row.realism.estimate
    assert estimate is not None
    assert estimate.interval is not None
    low, high = estimate.interval
    assert shown["score"]["overall"] == {
        "estimate": {
            "value": float(f"{estimate.value:.6g}"),
            "low": float(f"{low:.6g}"),
            "high": float(f"{high:.6g}"),
        },
        "reason": None,
    }
    exact = row.metrics[RELATIVE]["step_sharpness"].mean
    rounded = shown["metrics"]["sensitivity/relative"]["step_sharpness"]["mean"]
    assert rounded == pytest.approx(exact, rel=1e-5)
    assert len(str(rounded).replace(".", "")) <= 6
    assert shown["inspections"]["plateau"]["flags"] == []


def test_json_says_whether_orders_and_places_of_controls_are_kept(whole: Board) -> None:
    read = json.loads(whole.to_json())
    assert [each["verdict"] for each in read["orders"]] == [each.verdict for each in whole.orders]
    assert [each["verdict"] for each in read["places"]] == [each.verdict for each in whole.places]
    for shown, place in zip(read["places"], whole.places, strict=True):
        assert shown["test"]["indistinguishable"] is place.test.indistinguishable


def test_numbers_of_a_board_are_finite(whole: Board) -> None:
    def check(value: object) -> None:
        if isinstance(value, dict):
            for each in value.values():
                check(each)
        elif isinstance(value, list):
            for each in value:
                check(each)
        else:
            assert not isinstance(value, float) or math.isfinite(value)

    check(json.loads(whole.to_json()))


def test_a_row_is_compared_with_real_on_its_own_bases() -> None:
    given = without(cells.whole_board(), "isotropic", "relative")
    fewer = cells.cell("isotropic", "sensitivity", "relative", dropped=3)
    real = [cells.cell(name, "sensitivity", "relative") for name in REAL[:-1]]
    scored = row_of(built([*given, fewer]), "isotropic").metrics[RELATIVE]
    kept = np.isin(real[0].table.base, fewer.table.base)
    assert kept.sum() == cells.BASES - 3
    pool = np.concatenate([each.sample.values["max_slope_step"].values[kept] for each in real])
    expected = wasserstein1(fewer.sample.values["max_slope_step"].values, pool)
    assert scored["max_slope_step"].distance is not None
    assert scored["max_slope_step"].distance.value == expected


# Wrong prompts.


def test_real_curves_on_wrong_prompts_are_a_control_of_every_board(whole: Board) -> None:
    row, held = (row_of(whole, name) for name in (WRONG_PROMPT, "real-holdout"))
    assert row.control
    assert (row.rank, row.flags, row.inspections) == (None, (), {})
    assert (row.n, row.identity.version) == (held.n, held.identity.version)
    assert "no model is run" in row.card.summary
    # Toy curves know no prompt: dealt otherwise, they are real all the same.
    assert row.score.test is not None
    assert row.score.test.indistinguishable


def test_without_held_out_real_there_are_no_wrong_prompts() -> None:
    assert WRONG_PROMPT not in {row.name for row in built(cells.whole_board(FEW)).rows}


def test_a_draw_that_was_asked_for_stands_with_the_controls_and_changes_no_other_row() -> None:
    given = cells.whole_board((*FEW, "synthetic-structured-other", "real-holdout"))
    card = {"kind": "draw", "track": None}
    matched = cells.whole_board([SAME_TOKEN], dropped=3, card=card)
    before, after = built(given), built([*given, *matched])
    row = row_of(after, SAME_TOKEN)
    assert (row.control, row.rank, row.n) == (True, None, cells.BASES - 3)
    assert row.dropped == 3 * len(WANTED)
    assert row.score.overall.value is not None
    for each in before.rows:
        same = row_of(after, each.name)
        assert same.score.overall.value == each.score.overall.value
        assert same.rank == each.rank
    assert SAME_TOKEN not in {each.name for each in before.rows}
