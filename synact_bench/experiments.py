"""Experiments and presets as declarations: who is base, who is target, which paths, how many."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from synact_bench.errors import UnknownNameError


@dataclass(frozen=True)
class Preset:
    """How much is measured.

    Attributes:
        name: how it is asked for.
        bases: prompts, and so paths in a cell.
        points: points on a path, both ends included.
    """

    name: str
    bases: int
    points: int


@dataclass(frozen=True)
class Experiment:
    """What a generator's output stands for.

    Attributes:
        name: how it is asked for.
        version: raised whenever its numbers change.
        summary: one sentence.
        scored: the end of the path that the generator makes.
        paths: names of the paths it is run over.
        references: rows of real activations run beside the generators.
    """

    name: str
    version: str
    summary: str
    scored: Literal["target", "base"]
    paths: tuple[str, ...]
    references: tuple[str, ...]

    @property
    def identity(self) -> str:
        """``name@version``."""
        return f"{self.name}@{self.version}"


REFERENCE = "real"
"""Row that every other is compared with: one draw of real activations of other documents."""
FLOOR = "real-floor"
"""A second, independent draw for the same bases: how far real is from real."""
GAUSSIAN = "gaussian"
"""Generator that stands for realism 0: every board needs it."""
NATIVE = "real-native"
"""Plateau only: the base is the prompt's own activation, nothing is transplanted."""

ADAPTIVE = "adaptive@1"
"""Engine that runs the points on which the position or height of a step depends, no others."""
DENSE = "dense@2"
"""Engine that runs every point of the grid."""

PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        preset.name: preset
        for preset in (
            Preset("smoke", bases=8, points=17),
            Preset("quick", bases=48, points=33),
            Preset("standard", bases=400, points=51),
            Preset("full", bases=1000, points=101),
        )
    }
)

EXPERIMENTS: Mapping[str, Experiment] = MappingProxyType(
    {
        experiment.name: experiment
        for experiment in (
            Experiment(
                "sensitivity",
                version="1",
                summary="from the prompt's own activation toward what the generator makes",
                scored="target",
                paths=("relative", "absolute", "matched"),
                references=(REFERENCE, FLOOR),
            ),
            Experiment(
                "plateau",
                version="1",
                summary="from what the generator makes, transplanted, toward a Gaussian sample",
                scored="base",
                paths=("absolute", "scaled"),
                references=(REFERENCE, FLOOR, NATIVE),
            ),
        )
    }
)


def find_preset(name: str) -> Preset:
    """The preset called ``name``.

    Raises:
        UnknownNameError: there is none; the message names the nearest.
    """
    if name not in PRESETS:
        raise UnknownNameError("preset", name, PRESETS)
    return PRESETS[name]
