"""The bench: what the cells of one run share, and the activations that are placed in the model."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from functools import cached_property

import torch
from torch import Tensor

from synact_bench.core.activations import RealActivations
from synact_bench.core.dictionary import Dictionary
from synact_bench.core.experiments import Experiment
from synact_bench.core.rng import stream
from synact_bench.core.setting import Setting
from synact_bench.core.tracks import RECONSTRUCTION
from synact_bench.engine.sweeper import Sweeper
from synact_bench.generators import contract
from synact_bench.generators.base import Generator
from synact_bench.generators.state_size import state_size
from synact_bench.isolation.isolated import Isolated
from synact_bench.models.subject import Subject
from synact_bench.results.record import Conventional, Inspection, Split
from synact_bench.run import endpoints
from synact_bench.run.conventional import ConventionalMeasures
from synact_bench.run.design import Design
from synact_bench.run.inspection import Inspector
from synact_bench.run.plan import Entry


@dataclass(frozen=True, eq=False)
class Session:
    """Everything that cells of one run share.

    Attributes:
        subject: what is probed.
        design: what every generator faces alike.
        sweeper: of the design's prompts.
        inspector: looks at activations for copying and collapse.
        seed: of prompts, partners and generators.
        split: where the seed comes from.
    """

    subject: Subject
    design: Design
    sweeper: Sweeper
    inspector: Inspector
    seed: int
    split: Split
    _made: dict[tuple[str, str], Tensor] = field(default_factory=dict, repr=False)
    _kept: dict[str, int] = field(default_factory=dict, repr=False)
    _inspected: dict[tuple[str, str], Inspection] = field(default_factory=dict, repr=False)

    def activations(self, entry: Entry, experiment: Experiment) -> Tensor:
        """The row's activations for an experiment, ``[bases, d_model]``; made once.

        Raises:
            PluginError: the generator fails or breaks the contract, or what it holds cannot be
                counted.
        """
        key = (entry.name, experiment.name)
        if key not in self._made:
            drawn = entry.generator is None
            self._made[key] = (
                self.design.draws[entry.name] if drawn else self._generated(entry, experiment)
            )
        return self._made[key]

    def inspection(self, entry: Entry, experiment: Experiment) -> Inspection:
        """What the row's activations for an experiment look like, apart from the model's answer.

        Raises:
            PluginError: the generator fails or breaks the contract.
        """
        key = (entry.name, experiment.name)
        if key not in self._inspected:
            made = self.activations(entry, experiment)
            if entry.generator is None:  # without the bases that have no partner
                made = made[made.isfinite().all(-1)]
            self._inspected[key] = self._looked_at(entry, experiment, made)
        return self._inspected[key]

    def conventional(self, entry: Entry, experiment: Experiment) -> Conventional | None:
        """What the field reports of the row's activations for an experiment.

        Only one cell of a row asks for it. None of a draw without a partner for any base.

        Raises:
            PluginError: the generator fails or breaks the contract, or the model's loss is not
                finite.
        """
        made = self.activations(entry, experiment)
        drawn = entry.generator is None
        return self._conventional.of(made, where=f"row {entry.name!r}", drawn=drawn)

    @cached_property
    def _conventional(self) -> ConventionalMeasures:
        return ConventionalMeasures(self.subject, self.design, self.sweeper)

    def state_size(self, entry: Entry) -> int | None:
        """Numbers in the fitted state of a row whose activations were made; None for a draw."""
        return self._kept.get(entry.name)

    def _looked_at(self, entry: Entry, experiment: Experiment, made: Tensor) -> Inspection:
        card = None if entry.generator is None else entry.generator.card
        if card is not None and card.track == RECONSTRUCTION:
            bases = endpoints.shown(experiment, self.design)
            return self.inspector.inspect_reconstruction(made, bases=bases)
        conditioned = card is not None and card.is_shown
        shown = endpoints.shown(experiment, self.design) if conditioned else None
        return self.inspector.inspect(made, shown=shown, drawn=card is None)

    def _generated(self, entry: Entry, experiment: Experiment) -> Tensor:
        generator = entry.generator
        assert generator is not None
        # Copies without tensors: what is cached on them (moments, orders) is not shared by rows.
        real = dataclasses.replace(self.subject.train)
        dictionary = dataclasses.replace(self.subject.dictionary)
        if not any(name == entry.name for name, _ in self._made):
            rng = stream(self.seed, entry.stream, "fit")
            told = self.subject.setting
            self._kept[entry.name] = _fitted(generator, real, dictionary, told, rng=rng)
        bases = endpoints.shown(experiment, self.design)
        shown = bases if generator.card.is_shown else len(bases)
        rng = stream(self.seed, entry.stream, experiment.name)
        if isinstance(generator, Isolated):
            return generator.draw(shown, rng=rng)
        doing = generator.card.method
        with contract.inputs_untouched(generator, real, dictionary, doing=doing):
            return contract.draw(generator, shown, rng=rng, d_model=real.d_model)


def _fitted(
    generator: Generator | Isolated,
    real: RealActivations,
    dictionary: Dictionary,
    setting: Setting,
    *,
    rng: torch.Generator,
) -> int:
    """Fit a generator; how many numbers it keeps."""
    if isinstance(generator, Isolated):
        return generator.fit(real, dictionary, setting, rng=rng)
    contract.fit(generator, real, dictionary, setting, rng=rng)
    return state_size(generator)
