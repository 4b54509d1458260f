"""Experiments and presets as declarations: who is base, who is target, which paths, how many."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from synact_bench.core.curves import SCORED
from synact_bench.core.errors import UnknownNameError
from synact_bench.core.tracks import GENERATED, RECONSTRUCTION, Track


@dataclass(frozen=True)
class Preset:
    """How much is measured.

    Attributes:
        name: how it is asked for.
        bases: prompts, and so paths in a cell.
        refined: how many of them, the first, are swept on the whole grid, for metrics of single
            curves and for pictures; on the others only the scored fractions are run.
        points: of the grid, both ends included; it must hold the scored fractions.
        train_activations: most that generators are fitted on, the first of those that the testbed
            declares; None for all of them.
        optional_baselines: whether methods that take minutes to fit, and optional draws, run
            without being named.
        purpose: what it is for, in a few words.
        left_out: rows that are not run without being named: a board is as sound without them.

    Raises:
        ValueError: more bases are refined than there are, or the grid lacks a scored fraction.
    """

    name: str
    bases: int
    refined: int
    points: int = 51
    train_activations: int | None = None
    optional_baselines: bool = False
    purpose: str = ""
    left_out: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.refined <= self.bases:
            raise ValueError(f"{self.refined} of {self.bases} bases cannot be refined")
        off = [each for each in SCORED if (each * (self.points - 1) + 1e-6) % 1 > 2e-6]
        if off:
            raise ValueError(f"a grid of {self.points} points lacks the scored fractions {off}")


@dataclass(frozen=True)
class Experiment:
    """What a generator's output stands for.

    Attributes:
        name: how it is asked for.
        version: raised whenever its numbers change.
        summary: one sentence.
        scored: the end of the path that the generator makes.
        paths: names of the paths that are scored. Controls of the instrument are run over others
            too: those that declare it themselves (``synact_bench.paths.diagnostic``).
        draws: rows that no generator makes, run beside the generators.
        tracks: of the generators that are run in it.
    """

    name: str
    version: str
    summary: str
    scored: Literal["target", "base"]
    paths: tuple[str, ...]
    draws: tuple[str, ...]
    tracks: tuple[Track, ...] = GENERATED

    @property
    def identity(self) -> str:
        """``name@version``."""
        return f"{self.name}@{self.version}"


@dataclass(frozen=True)
class Control:
    """A row whose place is known beforehand: on every board, never ranked.

    Attributes:
        name: of the row.
        above: controls that must not be significantly better than this one.
        above_without_outliers: further ones, asked for only where no real activations are massive:
            few of a norm far above the others', which a Gaussian of the same covariance has not.
        above_if_good: further ones that it is above where the testbed's dictionary is a good one:
            shown, and no reason to refuse a board.
        by: what is compared: ``overall`` realism, or the mean of a metric of single paths.
        at: realism@2 that it has by construction; None where none is known.
    """

    name: str
    above: tuple[str, ...] = ()
    above_without_outliers: tuple[str, ...] = ()
    above_if_good: tuple[str, ...] = ()
    by: str = "overall"
    at: float | None = None


REFERENCE = "real"
"""Real activations of other documents: the first draw, and the one that figures show."""
FLOORS = ("real-floor-1", "real-floor-2", "real-floor-3", "real-floor-4")
"""Further, independent draws for the same bases."""
REAL = (REFERENCE, *FLOORS)
"""What every row is compared with, and how far real is from real; no rows of a board themselves."""
GAUSSIAN = "gaussian"
"""Gaussian samples, of the mean and covariance of real activations: about realism 0."""
HOLDOUT = "real-holdout"
"""Real activations scored as if a generator had made them."""
NATIVE = "real-native"
"""Plateau only: the base is the prompt's own activation, nothing is transplanted."""
SAME_TOKEN = "real-same-token"
"""Real activations of other documents at the prompt's own token: what of plateau and step is the
token's alone. Bases whose token no such document holds are left out."""
OPTIONAL_DRAWS = (SAME_TOKEN,)
"""Rows that the design draws on demand: controls, but of no place known beforehand, and on a board
only where they were measured."""
WRONG_PROMPT = "wrong-prompt"
"""Curves of held-out real activations dealt to bases of other documents: a row that every board
derives from its cells, and that a score which sees the prompt must find far from real."""
MEMORISER = "smoothed-memoriser"
"""Stored activations, moved as little as the rules of copying allow: no place is demanded of it,
and only what lies above it has shown something that storing does not."""

CONTROLS: Mapping[str, Control] = MappingProxyType(
    {
        control.name: control
        for control in (
            Control(HOLDOUT, above=("sae-reconstruction", GAUSSIAN, WRONG_PROMPT), at=1.0),
            Control(NATIVE, above=(HOLDOUT,), by="plateau_width"),
            Control("sae-reconstruction", above=("permuted-decoder",), above_if_good=(GAUSSIAN,)),
            Control(
                GAUSSIAN,
                above=("isotropic", "mean"),
                above_without_outliers=("shuffled-coordinates",),
                at=0.0,
            ),
            Control("shuffled-coordinates", above=("isotropic",)),
            Control("permuted-decoder", above=("isotropic",)),
            Control("mean", above=("isotropic",)),
            Control("isotropic"),
            Control(MEMORISER),
        )
    }
)

LADDER = ("ladder-0", "ladder-0.1", "ladder-0.25", "ladder-0.5", "ladder-1")
"""Real activations mixed with ever more of a Gaussian sample: no rows of a board, but controls of
the instrument, whose realism must fall with the dose."""

ADAPTIVE = "adaptive@2"
"""Engine that runs the scored fractions of every path and, of refined ones, the points on which the
position or height of a step depends."""
DENSE = "dense@2"
"""Engine that runs every point of the grid."""

DESIGN = "design@1"
"""How prompts, their partners and Gaussian targets are drawn: the version is raised with any."""

RULES = "inspection@1"
"""Rules of copying and collapse that a row's activations are held to."""

RELEASE_SEED = 0
"""Of the published board's prompts and partners."""

BESIDES = (
    "structured-no-cosine",
    "structured-no-cosine-other",
    "permuted-values",
    "permuted-values-other",
    "permuted-decoder",
    "shuffled-coordinates",
    "mean",
    "isotropic",
    MEMORISER,
)
"""Rows that a first look does without."""

PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        preset.name: preset
        for preset in (
            Preset("smoke", bases=8, refined=8, purpose="does it run? Nothing can be read off"),
            Preset(
                "quick",
                bases=272,
                refined=4,
                purpose="a first look that tells rows apart",
                left_out=BESIDES,
            ),
            Preset(
                "bench",
                bases=200,
                refined=4,
                train_activations=6000,
                purpose="several testbeds in minutes: deep ones take long to capture",
                left_out=BESIDES,
            ),
            Preset(
                "suite",
                bases=400,
                refined=60,
                optional_baselines=True,
                purpose="the published suite: a third as many bases on each of several testbeds",
            ),
            Preset(
                "standard",
                bases=1200,
                refined=60,
                optional_baselines=True,
                purpose="the published board",
            ),
            Preset(
                "full",
                bases=2000,
                refined=400,
                points=101,
                optional_baselines=True,
                purpose="single curves on a finer grid, too",
            ),
        )
    }
)

EXPERIMENTS: Mapping[str, Experiment] = MappingProxyType(
    {
        experiment.name: experiment
        for experiment in (
            Experiment(
                "sensitivity",
                version="2",
                summary="from the prompt's own activation toward what the generator makes",
                scored="target",
                paths=("relative", "matched"),
                draws=(*REAL, HOLDOUT),
            ),
            Experiment(
                "plateau",
                version="2",
                summary="from what the generator makes, transplanted, toward a Gaussian sample",
                scored="base",
                paths=("scaled",),
                draws=(*REAL, HOLDOUT, NATIVE),
            ),
        )
    }
)
"""Those that realism is made of."""

RECONSTRUCTIONS: Mapping[str, Experiment] = MappingProxyType(
    {
        "reconstruction": Experiment(
            "reconstruction",
            version="1",
            summary="from the prompt's own activation through its reconstruction and beyond, and "
            "as far in other directions",
            scored="target",
            paths=("through", "beside-covariance", "beside-isotropic", "beside-real"),
            draws=(),
            tracks=(RECONSTRUCTION,),
        )
    }
)
"""That of generators which are shown the base itself; no realism is made of it."""


def experiments_of(track: Track) -> Mapping[str, Experiment]:
    """The experiments, by name, that generators of a track are run in."""
    return RECONSTRUCTIONS if track == RECONSTRUCTION else EXPERIMENTS


DEFAULT_PRESET = "quick"
"""Where none is named."""


def find_preset(name: str) -> Preset:
    """The preset called ``name``.

    Raises:
        UnknownNameError: there is none; the message names the nearest.
    """
    if name not in PRESETS:
        raise UnknownNameError("preset", name, PRESETS)
    return PRESETS[name]
