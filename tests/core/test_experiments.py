from __future__ import annotations

from graphlib import TopologicalSorter

import pytest

from synact_bench.core.errors import UnknownNameError
from synact_bench.core.experiments import (
    CONTROLS,
    EXPERIMENTS,
    FLOORS,
    HOLDOUT,
    LADDER,
    NATIVE,
    PRESETS,
    REAL,
    RECONSTRUCTIONS,
    REFERENCE,
    RELEASE_SEED,
    WRONG_PROMPT,
    Preset,
    experiments_of,
    find_preset,
)
from synact_bench.core.tracks import METHODS
from synact_bench.generators import BUILTINS
from synact_bench.generators import ladder as rungs
from synact_bench.metrics import metrics_for
from synact_bench.paths import PATHS, diagnostic


@pytest.mark.parametrize(
    ("name", "bases", "refined", "points"),
    [
        ("smoke", 8, 8, 51),
        ("bench", 200, 4, 51),
        ("quick", 272, 4, 51),
        ("suite", 400, 60, 51),
        ("standard", 1200, 60, 51),
        ("full", 2000, 400, 101),
    ],
)
def test_presets_are_those_of_the_protocol(
    name: str, bases: int, refined: int, points: int
) -> None:
    preset = find_preset(name)
    assert (preset.name, preset.bases) == (name, bases)
    assert (preset.refined, preset.points) == (refined, points)


@pytest.mark.parametrize("points", [2, 17, 33, 52, 100])
def test_a_grid_without_the_scored_fractions_is_refused(points: int) -> None:
    with pytest.raises(ValueError, match=f"a grid of {points} points lacks the scored fractions"):
        Preset("odd", bases=8, refined=8, points=points)


@pytest.mark.parametrize("refined", [-1, 9])
def test_no_more_bases_are_refined_than_there_are(refined: int) -> None:
    with pytest.raises(ValueError, match=f"{refined} of 8 bases"):
        Preset("odd", bases=8, refined=refined)


def test_an_unknown_preset_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="no preset 'ful'; did you mean 'full'"):
        find_preset("ful")


def test_experiments_are_those_of_the_protocol() -> None:
    sensitivity, plateau = EXPERIMENTS["sensitivity"], EXPERIMENTS["plateau"]
    assert (sensitivity.scored, plateau.scored) == ("target", "base")
    assert sensitivity.paths == ("relative", "matched")
    assert plateau.paths == ("scaled",)
    assert sensitivity.draws == (REFERENCE, *FLOORS, HOLDOUT)
    assert plateau.draws == (*sensitivity.draws, NATIVE)
    assert set(diagnostic(sensitivity)) == set(diagnostic(plateau))
    assert set(diagnostic(plateau)) >= {"absolute", "spherical", "mixture"}
    assert sensitivity.identity == f"sensitivity@{sensitivity.version}"


def test_reconstructions_have_an_experiment_of_their_own() -> None:
    (own,) = RECONSTRUCTIONS.values()
    assert RECONSTRUCTIONS.keys() == {own.name}
    assert own.name not in EXPERIMENTS
    assert own.draws == ()
    assert set(own.paths) <= set(PATHS)
    assert not metrics_for(own.name, own.paths[0])  # no named metric explains a realism there
    tracks = [track for each in (*EXPERIMENTS.values(), own) for track in each.tracks]
    assert set(tracks) == set(METHODS)
    for track in METHODS:
        assert all(track in each.tracks for each in experiments_of(track).values())


def test_every_path_of_an_experiment_exists_and_is_scored() -> None:
    for experiment in EXPERIMENTS.values():
        assert not set(experiment.paths) & set(diagnostic(experiment))
        for path in (*experiment.paths, *diagnostic(experiment)):
            assert path in PATHS
            assert metrics_for(experiment.name, path)


def test_names_are_the_keys_and_rows_of_real_activations_are_no_generators() -> None:
    for table in (EXPERIMENTS, PRESETS, CONTROLS):
        assert all(name == entry.name for name, entry in table.items())
    drawn = {name for experiment in EXPERIMENTS.values() for name in experiment.draws}
    assert not drawn & BUILTINS.keys()


def test_real_is_drawn_often_enough_for_a_noise_floor() -> None:
    assert len(set(FLOORS)) >= 4
    for experiment in EXPERIMENTS.values():
        assert set(REAL) <= set(experiment.draws)
        assert len(set(experiment.draws)) == len(experiment.draws)


def test_controls_are_drawn_or_built_in_and_in_an_order_without_a_circle() -> None:
    drawn = {name for experiment in EXPERIMENTS.values() for name in experiment.draws}
    assert set(CONTROLS) <= drawn | BUILTINS.keys()
    assert not set(CONTROLS) & set(REAL)
    assert WRONG_PROMPT not in drawn | BUILTINS.keys() | CONTROLS.keys()
    below = {
        name: control.above + control.above_without_outliers + control.above_if_good
        for name, control in CONTROLS.items()
    }
    TopologicalSorter(below).prepare()  # raises where there is a circle
    assert {name for names in below.values() for name in names} <= {*CONTROLS, WRONG_PROMPT}
    assert CONTROLS[NATIVE].above == (HOLDOUT,)


def test_the_rungs_of_the_ladder_are_declared_by_rising_dose() -> None:
    assert tuple(rungs.LADDER) == LADDER
    assert [float(name.removeprefix("ladder-")) for name in LADDER] == [0, 0.1, 0.25, 0.5, 1]
    assert not set(LADDER) & (BUILTINS.keys() | CONTROLS.keys())


def test_the_release_seed_is_the_one_that_is_published() -> None:
    assert RELEASE_SEED == 0
