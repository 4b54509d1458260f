"""A preview: which flags a generator would earn on a testbed, before any path is run."""

from __future__ import annotations

from collections.abc import Mapping

from synact_bench.core.experiments import RELEASE_SEED, Preset, experiments_of
from synact_bench.generators.base import Generator
from synact_bench.models.subject import Subject
from synact_bench.results.record import Inspection
from synact_bench.run.plan import Entry
from synact_bench.run.runner import assemble


def inspections(subject: Subject, generator: Generator, preset: Preset) -> Mapping[str, Inspection]:
    """What a run would find in the generator's activations, by experiment.

    Args:
        subject: the opened testbed.
        generator: not fitted yet.
        preset: of the run, which has the release's seed.

    Raises:
        TextError: the testbed's text gives too few prompts for the preset.
        PluginError: the generator fails or breaks the contract.
    """
    session = assemble(subject, preset, RELEASE_SEED)
    entry = Entry(generator.card.name, generator)
    wanted = experiments_of(generator.card.track)
    return {name: session.inspection(entry, each) for name, each in wanted.items()}
