"""What a generator that comes with the package declares beside its card."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import cast

from synact_bench.core.setting import Site
from synact_bench.core.tracks import RECONSTRUCTION
from synact_bench.generators.base import Generator, ToldGenerator


def _anywhere(_: Site) -> bool:
    return True


@dataclass(frozen=True)
class BuiltIn:
    """A row of a board: one at the top level of a module of ``synact_bench/generators/``.

    Of every board; one of the reconstruction track of that track's alone.

    Attributes:
        build: makes a new, unfitted generator: its class, as a rule.
        order: where it stands among the rows; those that leave it out come last, by name.
        optional: whether it takes minutes to fit. It then runs in the presets that have
            ``optional_baselines``, and wherever it is named.
        suits: whether there is all that it needs at the site of a testbed, such as weights that
            were trained there. An optional one is not run elsewhere, unless it is named.
        composes: whether it composes a dictionary's latents, and so says how good that is.
    """

    build: Callable[[], Generator | ToldGenerator]
    order: int = 1000
    optional: bool = False
    suits: Callable[[Site], bool] = _anywhere
    composes: bool = False

    @property
    def builder(self) -> Callable[[], Generator]:
        """``build``; whether ``fit`` asks for a setting is seen where it is called."""
        return cast("Callable[[], Generator]", self.build)

    @cached_property
    def name(self) -> str:
        """That of its card."""
        return self.build().card.name

    @cached_property
    def reconstructs(self) -> bool:
        """Whether it is of the reconstruction track."""
        return self.build().card.track == RECONSTRUCTION
