from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from synact_bench.core.activations import RealActivations
from synact_bench.core.dictionary import Dictionary
from synact_bench.core.errors import PluginError
from synact_bench.core.experiments import (
    ADAPTIVE,
    CONTROLS,
    DENSE,
    DESIGN,
    EXPERIMENTS,
    FLOORS,
    HOLDOUT,
    LADDER,
    NATIVE,
    OPTIONAL_DRAWS,
    PRESETS,
    REAL,
    RECONSTRUCTIONS,
    REFERENCE,
    RULES,
    find_preset,
)
from synact_bench.core.row_names import RENAMED
from synact_bench.generators import BUILTINS, discovery
from synact_bench.generators.base import GeneratorCard
from synact_bench.metrics import events_of
from synact_bench.paths import PATHS, diagnostic
from synact_bench.run import plan
from synact_bench.run.plan import CellPlan
from synact_bench.run.roster import Roster
from synact_bench.testbeds import spec
from tests.helpers.cells import DRAWS, planned_cells


class Fixed:
    def __init__(self, name: str = "fixed", **facts: object) -> None:
        fields = {"name": name, "version": "3", "track": "unconditional"}
        self.card = GeneratorCard.model_validate(fields | facts)

    def fit(self, real: RealActivations, dictionary: Dictionary, *, rng: object) -> None: ...

    def generate(self, n: int, *, rng: object) -> None: ...


def planned(
    *generators: Fixed, seed: int = 0, preset: str = "smoke", diagnostic: bool = False
) -> list[CellPlan]:
    testbed = spec.find("smollm2-135m")
    rows = plan.entries(generators)
    return plan.wanted(testbed, PRESETS[preset], seed, rows, diagnostic=diagnostic)


def test_drawn_rows_come_first_and_generators_in_the_given_order() -> None:
    rows = plan.entries([Fixed("b"), Fixed("a")])
    drawn = [REFERENCE, *FLOORS, HOLDOUT, NATIVE]
    assert [row.name for row in rows] == [*drawn, "b", "a"]
    assert [row.row.kind for row in rows] == ["draw"] * len(drawn) + ["generator"] * 2
    assert {row.row.track for row in rows} == {None, "unconditional"}


def test_reconstructions_are_run_in_their_experiment_alone_and_others_never_in_it() -> None:
    rows = plan.entries([Fixed("a"), Fixed("b", track="reconstruction")])
    testbed = spec.find("smollm2-135m")
    everything = {**EXPERIMENTS, **RECONSTRUCTIONS}
    found = plan.wanted(testbed, PRESETS["smoke"], 0, rows, everything, diagnostic=True)
    own = [each for each in found if each.entry.name == "b"]
    assert [(each.experiment.name, each.path) for each in own] == [
        ("reconstruction", path) for path in RECONSTRUCTIONS["reconstruction"].paths
    ]
    assert {each.entry.name for each in found if each.experiment.name == "reconstruction"} == {"b"}
    alone = plan.wanted(testbed, PRESETS["smoke"], 0, rows, RECONSTRUCTIONS)
    assert [each.identity.id for each in alone] == [each.identity.id for each in own]
    assert own[0].entry.row.track == "reconstruction"


@pytest.mark.parametrize("name", [*DRAWS, *OPTIONAL_DRAWS, "twice"])
def test_two_rows_of_one_name_are_refused(name: str) -> None:
    with pytest.raises(PluginError, match=f"another row of the board is called '{name}'"):
        plan.entries([Fixed("twice"), Fixed(name)])


@pytest.mark.parametrize("name", LADDER)
def test_a_generator_called_like_a_rung_of_the_ladder_is_refused(name: str) -> None:
    with pytest.raises(
        PluginError, match=f"Fixed: a rung of the built-in ladder is called '{name}'"
    ):
        plan.entries([Fixed(name)])
    builtin = plan.entries([discovery.find(name)()])[-1]
    assert builtin.identity.name == name


@pytest.mark.parametrize(("old", "new"), RENAMED.items())
def test_a_plugin_called_as_a_row_of_ours_once_was_is_refused(old: str, new: str) -> None:
    with pytest.raises(
        PluginError, match=f"Fixed: a built-in row was called '{old}' before it was '{new}'"
    ):
        plan.entries([Fixed(old)])
    ours, other = plan.entries([discovery.find(old)()])[-1], plan.entries([Fixed(new)])[-1]
    assert (ours.name, ours.stream) == (new, old)
    assert (other.name, other.stream) == (new, new)  # a plugin's streams are called as it is


def test_both_names_of_a_row_select_it_once() -> None:
    roster = Roster()
    assert roster.made(["kind-gaussian", "cluster-gaussian"]) == {"cluster-gaussian"}
    assert not roster.refused


def test_a_generator_s_card_becomes_its_row_and_identity() -> None:
    card: dict[str, Any] = {
        "authors": ("A. Author",),
        "summary": "Nothing.",
        "parameters": {"k": 2},
    }
    entry = plan.entries([Fixed(**card)])[-1]
    assert entry.row.authors == ("A. Author",)
    assert entry.row.summary == "Nothing."
    assert entry.identity.version == "3"
    assert entry.identity.parameters == {"k": 2}
    assert len(entry.identity.source_digest) == 64  # a file of this test's, not built in


def test_every_cell_of_a_board_is_planned_once() -> None:
    cells = planned(Fixed())
    paths = [(each.name, path) for each in EXPERIMENTS.values() for path in each.paths]
    seen = [(cell.entry.name, cell.experiment.name, cell.path) for cell in cells]
    for name in (*REAL, HOLDOUT, "fixed"):
        assert [rest for row, *rest in seen if row == name] == [list(pair) for pair in paths]
    assert {experiment for row, experiment, _ in seen if row == NATIVE} == {"plateau"}
    assert len(seen) == planned_cells(1)
    assert len(set(seen)) == len(seen)
    assert len({cell.identity.id for cell in cells}) == len(cells)


def test_what_was_asked_for_is_in_the_identity() -> None:
    cell = planned(Fixed(), seed=5, preset="quick")[-1]
    testbed = spec.find("smollm2-135m")
    assert cell.identity.testbed == testbed.identity
    assert cell.identity.testbed_digest == testbed.digest
    assert (cell.identity.seed, cell.identity.preset) == (5, "quick")
    preset = find_preset("quick")
    shape = (cell.identity.bases, cell.identity.refined, cell.identity.points)
    assert shape == (preset.bases, preset.refined, preset.points)
    assert cell.label == "fixed plateau scaled"


def test_versions_that_are_declared_are_in_the_identity() -> None:
    for cell in planned(Fixed()):
        assert (cell.identity.design, cell.identity.rules) == (DESIGN, RULES)
        assert cell.identity.experiment == cell.experiment.identity
        assert cell.identity.path == PATHS[cell.path].identity
        assert cell.identity.engine == ADAPTIVE


def test_points_are_chosen_for_the_events_of_metrics_or_all_run() -> None:
    for cell in planned(Fixed()):
        assert cell.events == events_of(cell.experiment.name, cell.path) != ()
        dense = cell.identity.model_copy(update={"engine": DENSE})
        assert dataclasses.replace(cell, identity=dense).events == ()


@pytest.mark.parametrize("name", BUILTINS)
def test_what_is_built_in_has_no_digest_of_its_source(name: str) -> None:
    assert plan.entries([discovery.find(name)()])[-1].identity.source_digest == ""


def test_diagnostic_paths_are_planned_on_demand_for_draws_and_controls_alone() -> None:
    rows = (Fixed(), Fixed("gaussian"))
    scored = [cell.label for cell in planned(*rows)]
    whole = planned(*rows, diagnostic=True)
    further = [cell for cell in whole if cell.path in diagnostic(cell.experiment)]
    assert [cell.label for cell in whole if cell not in further] == scored
    seen = {(cell.entry.name, cell.experiment.name, cell.path) for cell in further}
    assert seen == {
        (row, experiment.name, path)
        for experiment in EXPERIMENTS.values()
        for path in diagnostic(experiment)
        for row in (*experiment.draws, "gaussian")
    }
    assert len({cell.identity.id for cell in whole}) == len(whole)


def test_what_is_a_row_of_a_trial_and_what_a_generator_s_is_known_by_name() -> None:
    drawn = {name for each in EXPERIMENTS.values() for name in each.draws}
    assert not drawn & BUILTINS.keys()
    assert set(CONTROLS) <= drawn | BUILTINS.keys()


def test_the_built_in_generators_fit_on_one_board() -> None:
    rows = plan.entries([build() for build in BUILTINS.values()])
    assert len({row.name for row in rows}) == len(BUILTINS) + len(DRAWS)
