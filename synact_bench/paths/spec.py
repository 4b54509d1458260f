"""What a path is: a declared, versioned way from a base toward a target."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

from synact_bench.paths.checks import separated
from synact_bench.paths.shapes import Paths

if TYPE_CHECKING:
    from torch import Tensor


class BuildFacts(TypedDict, total=False):
    """What a path may need beside its two ends: parameters of builders and rules are called so."""

    real_target: Tensor | None
    """A real activation for each base, ``[g, d]``."""
    centre: Tensor | None
    """Mean of real activations, ``[d]``."""
    median_norm: float | None
    """Median norm of real activations."""
    gaussian: Tensor | None
    """A Gaussian sample of their mean and covariance for each base, ``[g, d]``."""
    isotropic: Tensor | None
    """A standard normal vector for each base, ``[g, d]``."""
    length: float | None
    """The testbed's absolute length, in activation units; no rule is told it."""


FACTS = frozenset(BuildFacts.__annotations__)


@dataclass(frozen=True, kw_only=True)
class PathSpec:
    """A declared kind of path: one in a module of ``synact_bench/paths/`` is in ``PATHS``.

    Attributes:
        name: how it is asked for.
        version: raised whenever its points change.
        summary: one line for listings.
        build: makes the paths. It is told what its parameters are called: ``base`` and ``target``,
            ``[g, d]`` each, and any of ``BuildFacts``.
        keep: says which pairs make a path, ``[g]`` bool, where it takes more than that they do not
            coincide; the others are dropped. It is told what its parameters are called, too.
        diagnostic: whether draws and controls are run over it when the instrument is checked, in
            every experiment that does not score it.
        order: where it stands in ``PATHS``; those that leave it out come last, by name.

    Raises:
        ValueError: a parameter of ``build`` or ``keep`` is none of ``BuildFacts``.
    """

    name: str
    version: str
    summary: str
    build: Callable[..., Paths]
    keep: Callable[..., Tensor] | None = None
    diagnostic: bool = False
    order: int = 1000

    def __post_init__(self) -> None:
        known = {"base", "target", *FACTS}
        for name, told in (("build", known), ("keep", known - {"length"})):
            if unknown := _asked(getattr(self, name)) - told:
                raise ValueError(
                    f"{name} of the {self.name} path asks for {', '.join(sorted(unknown))}; it may "
                    f"ask for {', '.join(sorted(told))}"
                )

    @property
    def identity(self) -> str:
        """``name@version``: part of the identity of every number measured on the path."""
        return f"{self.name}@{self.version}"

    @property
    def needs(self) -> frozenset[str]:
        """Which of ``BuildFacts`` it is built from."""
        return _asked(self.build) & FACTS

    def built(self, base: Tensor, target: Tensor, facts: BuildFacts) -> Paths:
        """The paths between the pairs.

        Raises:
            ValueError: a fact that it needs is missing or None, or it refuses its input.
        """
        return self.build(**self._told(self.build, base, target, facts))

    def kept(self, base: Tensor, target: Tensor, facts: BuildFacts) -> Tensor:
        """Which pairs make a path, ``[g]`` bool.

        Raises:
            ValueError: a fact that its rule needs is missing or None.
        """
        apart = separated(base, target)
        if self.keep is None:
            return apart
        return apart & self.keep(**self._told(self.keep, base, target, facts))

    def _told(
        self, function: Callable[..., object], base: Tensor, target: Tensor, facts: BuildFacts
    ) -> dict[str, object]:
        """What the function's parameters ask for, by name."""
        known = {"base": base, "target": target, **facts}
        asked = [*inspect.signature(function).parameters]
        for each in asked:
            if known.get(each) is None:
                raise ValueError(f"the {self.name} path needs {each}")
        return {each: known[each] for each in asked}


def _asked(function: Callable[..., object] | None) -> frozenset[str]:
    return frozenset() if function is None else frozenset(inspect.signature(function).parameters)
