from __future__ import annotations

import pytest

from synact_bench.errors import UnknownNameError
from synact_bench.experiments import (
    EXPERIMENTS,
    FLOOR,
    GAUSSIAN,
    NATIVE,
    PRESETS,
    REFERENCE,
    find_preset,
)
from synact_bench.generators import BUILTINS
from synact_bench.metrics import metrics_for
from synact_bench.paths import PATHS


@pytest.mark.parametrize(
    ("name", "bases", "points"),
    [("smoke", 8, 17), ("quick", 48, 33), ("standard", 400, 51), ("full", 1000, 101)],
)
def test_presets_are_those_of_the_protocol(name: str, bases: int, points: int) -> None:
    preset = find_preset(name)
    assert (preset.name, preset.bases, preset.points) == (name, bases, points)


def test_an_unknown_preset_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="no preset 'ful'; did you mean 'full'"):
        find_preset("ful")


def test_experiments_are_those_of_the_protocol() -> None:
    sensitivity, plateau = EXPERIMENTS["sensitivity"], EXPERIMENTS["plateau"]
    assert (sensitivity.scored, plateau.scored) == ("target", "base")
    assert sensitivity.paths == ("relative", "absolute", "matched")
    assert plateau.paths == ("absolute", "scaled")
    assert sensitivity.references == (REFERENCE, FLOOR)
    assert plateau.references == (REFERENCE, FLOOR, NATIVE)
    assert sensitivity.identity == f"sensitivity@{sensitivity.version}"


def test_every_path_of_an_experiment_exists_and_is_scored() -> None:
    for experiment in EXPERIMENTS.values():
        for path in experiment.paths:
            assert path in PATHS
            assert metrics_for(experiment.name, path)


def test_names_are_the_keys_and_rows_of_real_activations_are_no_generators() -> None:
    for table in (EXPERIMENTS, PRESETS):
        assert all(name == entry.name for name, entry in table.items())
    assert GAUSSIAN in BUILTINS
    assert not {REFERENCE, FLOOR, NATIVE} & BUILTINS.keys()
