from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synact_bench.core.errors import RecordError
from synact_bench.core.experiments import ADAPTIVE, DESIGN, EXPERIMENTS, REAL, RULES
from synact_bench.paths import PATHS, diagnostic
from synact_bench.reports.archive import Archived, outdated, outdated_versions, part
from synact_bench.reports.board import build
from synact_bench.results import pack
from synact_bench.results.record import GeneratorIdentity
from synact_bench.results.store import Cell
from synact_bench.testbeds import spec
from tests.helpers import cells
from tests.helpers.reconstruction_cells import reconstruction

OLD, NEW = (cells.provenance(created=f"2024-05-0{day}T00:00:00+00:00") for day in (1, 2))
TESTBED = spec.find("smollm2-135m")


def only(archived: tuple[Archived, ...]) -> Archived:
    (row,) = archived
    return row


@pytest.mark.parametrize("experiment", EXPERIMENTS.values(), ids=lambda each: each.name)
def test_what_this_version_measures_is_current(experiment: Any) -> None:
    for path in (*experiment.paths, *diagnostic(experiment)):
        assert outdated(cells.cell("mine", experiment.name, path).record) == []


def test_reconstructions_are_current_and_on_no_board_of_realism() -> None:
    own = reconstruction()
    assert [outdated(each.record) for each in own] == [[]] * len(own)
    with pytest.raises(RecordError, match=r"is of the reconstruction track.*synact-bench board"):
        part([*cells.whole_board(cells.FEW), *own])


SENSITIVITY = EXPERIMENTS["sensitivity"]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (
            {"experiment": "sensitivity@0"},
            f"experiment sensitivity@0 is {SENSITIVITY.identity} now",
        ),
        ({"path": "relative@0"}, f"path relative@0 is {PATHS['relative'].identity} now"),
        ({"design": "design@0"}, f"design design@0 is {DESIGN} now"),
        ({"rules": "inspection@0"}, f"rules inspection@0 is {RULES} now"),
        ({"testbed": "smollm2-135m@0"}, f"testbed smollm2-135m@0 is {TESTBED.identity} now"),
        ({"testbed": TESTBED.identity}, f"testbed {TESTBED.identity} is declared otherwise now"),
    ],
    ids=lambda each: next(iter(each)) if isinstance(each, dict) else "",
)
def test_whatever_has_another_version_now_is_named(changed: dict[str, Any], reason: str) -> None:
    cell = cells.cell("mine", **changed)
    kept, archived = part([cell])
    assert kept == []
    assert only(archived).reasons == (reason,)
    assert only(archived).name == "mine"


def test_a_cell_whose_points_were_not_chosen_for_an_event_is_archived() -> None:
    cell = cells.cell("mine", record={"events": ("crossing of tau",)})
    assert outdated_versions(cell.record.identity) == []
    kept, archived = part([cell])
    assert kept == []
    assert only(archived).reasons == ("its points were not chosen for the steepest interval",)


def test_what_an_experiment_draws_no_more_is_archived() -> None:
    card = {"kind": "draw", "track": None}
    given = [cells.cell("gaussian-zero", card=card), cells.cell("real-native")]
    kept, archived = part(given)
    assert kept == []
    assert {row.name for row in archived} == {"gaussian-zero", "real-native"}
    assert {row.reasons for row in archived} == {("sensitivity draws it no more",)}
    drawn = [cells.cell("real"), cells.cell("real-native", "plateau", "scaled")]
    assert part(drawn) == (drawn, ())


def test_a_board_archives_the_gaussian_draw_of_a_retired_score(tmp_path: Path) -> None:
    old = cells.whole_board(cells.FEW, engine="adaptive@1")
    card = {"kind": "draw", "track": None}
    places = sorted({each.name for each in old})
    draws = [cells.cell("gaussian-zero", *each, engine="adaptive@1", card=card) for each in places]
    place = tmp_path / "toy.parquet"
    pack.save([*old, *draws], place)
    board = build(pack.load(place), replicates=20)
    assert {row.name for row in board.rows} >= {*cells.FEW} - {*REAL}
    assert [row.name for row in board.archive] == ["gaussian-zero"]


@pytest.mark.parametrize("events", [(), ("crossing of tau", "steepest interval")])
def test_a_cell_with_more_points_than_metrics_need_is_current(events: tuple[str, ...]) -> None:
    assert outdated(cells.cell("mine", record={"events": events}).record) == []


def test_a_declared_testbed_and_a_person_s_own_are_current() -> None:
    declared: dict[str, Any] = {"testbed": TESTBED.identity, "testbed_digest": TESTBED.digest}
    assert outdated(cells.cell("mine", "plateau", "scaled", **declared).record) == []
    assert outdated(cells.cell("mine", "plateau", "scaled", testbed="mine@7").record) == []


def test_what_is_not_declared_any_more_is_archived() -> None:
    cell = cells.cell("mine", "weather@1", "sideways@2")
    assert only(part([cell])[1]).reasons == (
        "experiment weather@1 is not known any more",
        "path sideways@2 is not known any more",
    )


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"version": "2"}, "version 2 was measured since"),
        ({"parameters": {"k": 3}}, "its parameters changed and it was measured again"),
        ({"source_digest": "c" * 64}, "its source changed and it was measured again"),
    ],
    ids=lambda each: next(iter(each)) if isinstance(each, dict) else "",
)
def test_a_generator_measured_again_replaces_its_older_self(
    changed: dict[str, Any], reason: str
) -> None:
    old = [cells.cell("mine", path=path, made=OLD) for path in ("relative", "matched")]
    new = [cells.cell("mine", made=NEW, **changed)]
    for given_cells in (old + new, new + old):
        kept, archived = part(given_cells)
        assert kept == new
        assert only(archived).reasons == (reason,)
        assert (only(archived).version, only(archived).created) == ("1", OLD.created)


def test_of_two_versions_of_one_age_the_same_is_kept_in_every_order() -> None:
    pair = [cells.cell("mine", version=version, made=OLD) for version in ("1", "2")]
    assert part(pair)[0] == part(pair[::-1])[0]
    assert len(part(pair)[0]) == 1


def test_other_rows_and_other_seeds_replace_nothing() -> None:
    several = [
        cells.cell("mine", made=OLD),
        cells.cell("other", version="2", made=NEW),
        cells.cell("mine", version="2", seed=1, made=NEW),
        cells.cell("mine", version="2", testbed="yours@1", made=NEW),
    ]
    assert part(several) == (several, ())


def test_cells_of_an_older_engine_are_archived_beside_those_of_a_newer_one() -> None:
    old = [cells.cell(name, engine="adaptive@9", made=NEW) for name in ("mine", "other")]
    new = [cells.cell("mine", engine="adaptive@10", made=OLD)]
    for given_cells in (old + new, new + old):
        kept, archived = part(given_cells)
        assert kept == new
        assert [each.name for each in archived] == ["mine", "other"]
        assert {each.reasons for each in archived} == {("engine adaptive@9 is adaptive@10 now",)}


def test_cells_that_are_all_of_an_older_engine_are_current() -> None:
    old = [cells.cell(name, engine="adaptive@1") for name in ("mine", "other")]
    assert part(old) == (old, ())


@pytest.mark.parametrize("changed", [{"preset": "full"}, {"seed": 1}, {"engine": "dense@2"}])
def test_an_engine_replaces_none_of_another_run_or_name(changed: dict[str, Any]) -> None:
    several = [cells.cell("mine", engine="adaptive@1"), cells.cell("mine", **changed)]
    assert part(several) == (several, ())


def test_a_board_of_two_versions_of_an_engine_shows_the_newer() -> None:
    old = cells.whole_board(cells.FEW, engine="adaptive@1")
    board = build([*old, *cells.whole_board(cells.FEW)], replicates=20)
    assert board.setting.engine == ADAPTIVE
    assert {each.name for each in board.archive} >= {*cells.FEW}


def test_an_outdated_cell_replaces_no_current_one() -> None:
    current = cells.cell("mine", made=OLD)
    outdated_cell = cells.cell("mine", path="relative@0", version="2", made=NEW)
    kept, archived = part([current, outdated_cell])
    assert kept == [current]
    assert only(archived).version == "2"


def test_a_row_says_all_reasons_of_its_cells_once_and_its_newest_date() -> None:
    old: dict[str, Any] = {"experiment": "sensitivity@0"}
    row = only(
        part(
            [
                cells.cell("mine", path="relative", made=OLD, **old),
                cells.cell("mine", path="matched@0", made=NEW, **old),
            ]
        )[1]
    )
    assert len(row.reasons) == 2
    assert row.created == NEW.created


def test_versions_that_differ_in_parameters_alone_are_rows_of_their_own() -> None:
    several = [cells.cell("mine", path="relative@0", parameters={"k": k}) for k in (1, 2)]
    assert len(part(several)[1]) == 2


def test_a_board_of_nothing_but_archived_cells_is_refused() -> None:
    with pytest.raises(RecordError, match="there is no cell"):
        build(cells.whole_board(cells.FEW, testbed="smollm2-135m@0"))


POOL: list[Cell] = [
    cells.cell(name, path=path, version=version, made=made)
    for name in ("one", "two")
    for path in ("relative", "matched@0")
    for version in ("1", "2")
    for made in (OLD, NEW)
]


@settings(max_examples=50)
@given(st.lists(st.sampled_from(POOL), max_size=12))
def test_no_cell_is_lost_or_scored_beside_another_version(given_cells: list[Cell]) -> None:
    kept, archived = part(given_cells)
    shown = {(row.name, row.version) for row in archived}
    for cell in given_cells:
        own = cell.record.identity.generator
        assert cell in kept or (own.name, own.version) in shown
    assert not any(outdated(cell.record) for cell in kept)
    scored = {(own.name, own.version) for own in map(generator_of, kept)}
    assert len(scored) == len({name for name, _ in scored})
    current = [cell for cell in given_cells if not outdated(cell.record)]
    names = [(own.name, own.version) for own in map(generator_of, current)]
    assert kept == [cell for cell, own in zip(current, names, strict=True) if own in scored]
    assert {name for name, _ in names} == {name for name, _ in scored}


def generator_of(cell: Cell) -> GeneratorIdentity:
    return cell.record.identity.generator
