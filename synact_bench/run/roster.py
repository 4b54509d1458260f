"""The roster: generators by target, plugins in processes of their own, and those refused."""

from __future__ import annotations

from collections.abc import Iterable

from synact_bench.core.errors import PluginError
from synact_bench.core.experiments import EXPERIMENTS, OPTIONAL_DRAWS
from synact_bench.core.row_names import present
from synact_bench.generators import discovery
from synact_bench.generators.base import Generator
from synact_bench.isolation.isolated import Isolated
from synact_bench.isolation.limits import AVAILABLE, Limits
from synact_bench.run import plan
from synact_bench.run.plan import Entry


class Roster:
    """Generators of one request; a plugin is imported once.

    Args:
        limits: of plugins; a process of its own for each by default.

    Attributes:
        refused: why a plugin cannot have a row, by its target.
        targets: by name of the row that each makes.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._isolated: dict[str, Isolated] = {}
        self.refused: dict[str, PluginError] = {}
        self.targets: dict[str, str] = {}

    def entries(self, targets: Iterable[str]) -> list[Entry]:
        """The rows that a design draws, and those of the targets that can have one.

        Raises:
            UnknownNameError: there is no such generator.
        """
        drawn = {name for each in EXPERIMENTS.values() for name in each.draws}
        asked = dict.fromkeys(map(present, targets))
        optional = [target for target in asked if target in OPTIONAL_DRAWS]
        generators: list[Generator | Isolated] = []
        for target in asked:
            if target in drawn or target in optional or target in self.refused:
                continue
            try:
                found = self._found(target)
                plan.entries([*generators, found])  # the name is free
            except PluginError as error:
                if discovery.is_own(target):
                    raise
                self.refused[target] = error
            else:
                generators.append(found)
                self.targets[found.card.name] = target
        return plan.entries(generators, optional=optional)

    def made(self, targets: Iterable[str]) -> set[str]:
        """Names of the rows that generators of these targets make."""
        return {each.name for each in self.entries(targets) if each.generator is not None}

    def remarks(self) -> list[str]:
        """What to know of plugins before they are run."""
        wanted = self._limits.isolate and not AVAILABLE
        return ["on this system plugins run in the process of the run"] if wanted else []

    def close(self) -> None:
        """End the processes of plugins."""
        for each in self._isolated.values():
            each.close()

    def _found(self, target: str) -> Generator | Isolated:
        if discovery.is_own(target) or not (self._limits.isolate and AVAILABLE):
            return discovery.find(target)()
        if target not in self._isolated:
            self._isolated[target] = Isolated(target, self._limits)
        return self._isolated[target]
