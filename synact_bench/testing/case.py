"""One generator under check: made, fitted and asked, as often as the rules need."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from synact_bench.core.errors import SynactError
from synact_bench.core.rng import stream
from synact_bench.generators import contract
from synact_bench.generators.base import Generator, GeneratorCard
from synact_bench.generators.output import check_tensor
from synact_bench.generators.state_size import state_size
from synact_bench.testing import global_state
from synact_bench.testing.fixtures import Fixture

FIT, GENERATE, OTHER = "fit", "generate", "another"
INPUTS, BASE, GLOBALS, SETTINGS = "inputs", "base", "global state", "settings"


@dataclass(frozen=True, eq=False)
class First:
    """A generator's first fit and first answer, and what was wrong with either.

    Attributes:
        generator: fitted, if fitting did not fail.
        output: its answer; None if there was none.
        refusals: what the contract says, by what was looked at.
    """

    generator: Generator
    output: object
    refusals: Mapping[str, SynactError]


@dataclass(frozen=True, eq=False)
class Case:
    """What the rules are given.

    Attributes:
        make: returns a new, unfitted generator.
        fixture: what it is checked on.
        where: the generator, as a user knows it.
    """

    make: Callable[[], object]
    fixture: Fixture
    where: str

    def made(self) -> object:
        """A new object that should be a generator.

        Raises:
            PluginError: making it fails.
        """
        with contract.as_plugin_error(self.where, doing="making it"):
            return self.make()

    def built(self) -> Generator:
        """A new, unfitted generator.

        Raises:
            PluginError: making it fails, or it is none.
        """
        with contract.as_plugin_error(self.where, doing="making it"):
            return contract.conforming(self.make(), where=self.where)

    @cached_property
    def card(self) -> GeneratorCard:
        """The generator's card."""
        return self.built().card

    @cached_property
    def first(self) -> First:
        """Fit and ask once under the eyes of the whole contract; nothing that it finds stops it."""
        generator, fixture = self.built(), self.fixture.copy()
        found: dict[str, SynactError] = {}
        with _watched(generator, fixture, found, doing=FIT):
            self._fit(generator, fixture, rng=stream(FIT))
        if FIT in found:
            return First(generator, None, found)
        output: object = None
        with (
            _noted(found, BASE),
            contract.base_untouched(
                self.asked(), where=self.where, doing=self.card.method
            ) as shown,
            _watched(generator, fixture, found, doing=GENERATE, said=self.card.method),
        ):
            output = self._generate(generator, shown, rng=stream(GENERATE))
        return First(generator, output, found)

    @property
    def output(self) -> Tensor:
        """The first answer.

        Raises:
            PluginError: it is no tensor on the CPU.
        """
        return check_tensor(self.first.output, where=self.where, doing=self.card.method)

    def asked(self, rows: int | None = None) -> int | Tensor:
        """What a generator of this track is asked: ``rows`` activations, or one for each base.

        By default as many as there are bases; they are repeated where more are asked for.
        """
        base = self.fixture.base
        if rows is None:
            rows = len(base)
        if not self.card.is_shown:
            return rows
        return base.repeat(-(-rows // len(base)), 1)[:rows]

    def fitted(
        self, generator: Generator | None = None, *, fixture: Fixture | None = None
    ) -> Generator:
        """A new generator, or the one given, after ``fit`` with the rng of every first fit.

        Raises:
            SynactError: fitting fails.
        """
        chosen = generator or self.built()
        self._fit(chosen, (fixture or self.fixture).copy(), rng=stream(FIT))
        return chosen

    def answer(
        self,
        generator: Generator,
        asked: int | Tensor | None = None,
        *,
        rng: torch.Generator | None = None,
    ) -> Tensor:
        """What a fitted generator makes; by default, of the first question with the first rng.

        Raises:
            SynactError: it fails, or makes no tensor on the CPU.
        """
        question = self.asked() if asked is None else asked
        shown = question.clone() if isinstance(question, Tensor) else question
        return check_tensor(
            self._generate(generator, shown, rng=rng or stream(GENERATE)),
            where=self.where,
            doing=self.card.method,
        ).detach()

    def _fit(self, generator: Generator, fixture: Fixture, *, rng: torch.Generator) -> None:
        with contract.as_plugin_error(self.where, doing="fit", file=contract.file_of(generator)):
            contract.fitted(generator, fixture.real, fixture.dictionary, fixture.told, rng=rng)
        state_size(generator)  # a run counts it too, and says so where that fails

    def _generate(
        self, generator: Generator, shown: int | Tensor, *, rng: torch.Generator
    ) -> object:
        with contract.as_plugin_error(
            self.where, doing=self.card.method, file=contract.file_of(generator)
        ):
            return contract.generated(generator, shown, rng=rng)


@contextmanager
def _watched(
    generator: Generator,
    fixture: Fixture,
    found: dict[str, SynactError],
    *,
    doing: str,
    said: str = "",
) -> Iterator[None]:
    """Note under ``doing`` that the block fails, and what else it does that it must not.

    It is ``said`` to be a method's, by default that of the same name.
    """
    with (
        _noted(found, INPUTS),
        contract.inputs_untouched(generator, fixture.real, fixture.dictionary, doing=said or doing),
        _noted(found, SETTINGS),
        global_state.settings_untouched(""),
        _noted(found, GLOBALS),
        contract.global_rng_untouched(""),
        _noted(found, doing),
    ):
        yield


@contextmanager
def _noted(found: dict[str, SynactError], about: str) -> Iterator[None]:
    try:
        yield
    except SynactError as error:
        found.setdefault(about, error)
