from __future__ import annotations

from collections import Counter
from pathlib import Path

from synact_bench.core.experiments import DENSE, EXPERIMENTS, REAL
from synact_bench.paths import diagnostic
from synact_bench.reports.board import WANTED
from synact_bench.reproduction.findings import PAPER_PATH, wanted_cells, wanted_rows
from synact_bench.reproduction.published import published
from synact_bench.reproduction.request import (
    PAPER,
    PAPER_EXPERIMENTS,
    open_request,
    options,
    wanted,
)
from synact_bench.run.request import Request
from synact_bench.testbeds import spec
from tests.helpers.requests import requested

FEW = 10
"""Bases of a testbed whose scale is not asked for then, so that no model is opened."""


def request(name: str, bases: int, runs: Path) -> Request:
    testbed = spec.find(name)
    return open_request(options(testbed, bases, runs=runs, device="cpu"), declared=testbed)


def test_the_papers_testbed_needs_what_was_published_and_no_more(tmp_path: Path) -> None:
    plans = wanted(request("gpt2-small", 1000, tmp_path))
    cells = {(plan.entry.name, (plan.experiment.name, plan.path)) for plan in plans}
    assert cells == {
        (row, (column.experiment, column.path))
        for column in published().columns
        for row in column.figures
    }
    assert ("real", ("sensitivity", PAPER_PATH)) in cells
    assert ("sae-reconstruction", ("plateau", PAPER_PATH)) not in cells
    assert {plan.identity.points for plan in plans} == {101}
    assert {plan.identity.bases for plan in plans} == {1000}
    assert {plan.identity.engine for plan in plans} == {DENSE}


def test_the_preset_is_as_large_as_the_paper() -> None:
    assert (PAPER.bases, PAPER.points) == (published().bases, published().points)
    assert PAPER.refined == PAPER.bases


def test_other_testbeds_need_the_scale_and_every_path_that_is_scored_or_claimed(
    tmp_path: Path,
) -> None:
    plans = wanted(request("smollm2-135m", FEW, tmp_path))
    cells = {*WANTED, *wanted_cells()}
    assert {(plan.experiment.name, plan.path) for plan in plans} == cells
    rows = Counter(plan.entry.name for plan in plans)
    assert rows == dict.fromkeys((*REAL, *wanted_rows()), len(cells))


def test_a_path_is_wanted_once_and_the_scored_ones_are_those_of_a_board() -> None:
    for name, experiment in PAPER_EXPERIMENTS.items():
        known = EXPERIMENTS[name]
        assert experiment.paths == (*known.paths, PAPER_PATH)
        assert PAPER_PATH not in diagnostic(experiment)
        assert experiment.identity == known.identity


def test_an_absolute_path_is_planned_only_where_it_is_asked_for(tmp_path: Path) -> None:
    plain = requested(testbed="gpt2-small", preset="smoke", runs=tmp_path)
    assert PAPER_PATH not in {plan.path for plan in plain.plans}
    asked = request("gpt2-small", FEW, tmp_path)
    assert PAPER_PATH in {plan.path for plan in asked.plans}


def test_the_published_number_of_prompts_has_a_folder_and_any_other_its_own(
    tmp_path: Path,
) -> None:
    home = tmp_path / "gpt2-small"
    asked = request("gpt2-small", 1000, tmp_path)
    assert asked.folder == home / "paper" / "seed-0-dense"
    asked = request("gpt2-small", 30, tmp_path)
    assert asked.folder == home / "paper-30" / "seed-0-dense"
    assert {plan.identity.bases for plan in wanted(asked)} == {30}
    assert asked.preset.points == PAPER.points
