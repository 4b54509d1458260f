"""What an audit of SAE scores measures: dictionaries on the testbed, and on a planted one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from synact_bench.assets import packages
from synact_bench.audit.sae_audit import RESEED, SIZE, TRAINING
from synact_bench.cli import custom, dictionaries
from synact_bench.cli.audit_sae import Asked
from synact_bench.cli.dictionaries import MeasuredDictionaries
from synact_bench.core.errors import SynactError
from synact_bench.core.experiments import DEFAULT_PRESET, GAUSSIAN, RELEASE_SEED, find_preset
from synact_bench.core.untrusted import reading
from synact_bench.evaluation.run import RunOutcome
from synact_bench.generators import COMPOSITIONS
from synact_bench.reports.dictionaries import RECONSTRUCTION, Scored, compare
from synact_bench.results.store import Cell
from synact_bench.run import lookup
from synact_bench.run.options import RunOptions
from synact_bench.run.request import MADE
from synact_bench.testbeds.sources import LocalSae

PCA, WEIGHTS = "pca", "sae_weights.safetensors"
NEEDED = (RECONSTRUCTION, GAUSSIAN)
"""Controls that scores of an SAE, and the scale of a testbed without a frozen one, are made of."""


@dataclass(frozen=True, eq=False)
class OnTestbed:
    """What was measured on the testbed itself.

    Attributes:
        scored: dictionaries: those of an expected order, the best first, then snapshots.
        cells: of those of the expected order.
        steps: by step of training, where among ``scored`` its snapshot is.
        reseeded: the first dictionary with further seeds.
    """

    scored: Sequence[Scored]
    cells: Sequence[Sequence[Cell]]
    steps: Mapping[int, int]
    reseeded: Mapping[int, Scored]


@dataclass(frozen=True, eq=False)
class OnPlanted:
    """What was measured on a planted testbed.

    Attributes:
        scored: the true dictionary, principal components, then corrupted ones.
        cells: of the first two.
        doses: kind and dose of each corrupted one.
    """

    scored: Sequence[Scored]
    cells: Sequence[Sequence[Cell]]
    doses: Sequence[tuple[str, float]]


@dataclass
class Looked:
    """What was measured so far.

    Attributes:
        measured: dictionaries, by what was asked for.
        failed: why rows could not be measured, by dictionary.
        lacking: by lens, what was not measured and why.
    """

    measured: list[MeasuredDictionaries] = field(default_factory=list)
    failed: dict[str, Mapping[str, SynactError]] = field(default_factory=dict)
    lacking: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def take(self, found: MeasuredDictionaries) -> MeasuredDictionaries:
        """Keep what is told at the end."""
        self.measured.append(found)
        for name, rows in found.failed.items():
            self.failed[name] = {**self.failed.get(name, {}), **rows}
        return found


def without_controls(options: RunOptions) -> RunOptions:
    """The same compositions, without the controls that no score of an SAE is made of."""
    wanted = DEFAULT_PRESET if options.preset is None else options.preset
    preset = find_preset(wanted) if isinstance(wanted, str) else wanted
    left_out = (*preset.left_out, *(name for name in MADE if name not in NEEDED))
    return replace(
        options,
        preset=replace(preset, left_out=left_out),
        generators=options.generators or tuple(COMPOSITIONS),
        seed=RELEASE_SEED,
    )


def on_testbed(lean: RunOptions, asked: Asked, looked: Looked) -> OnTestbed:
    """Measure the dictionaries of the lenses on the testbed itself."""
    order = _order(asked, looked) if SIZE in asked.lenses else [asked.sae]
    steps = _opened_steps(asked, looked) if TRAINING in asked.lenses else {}
    saes, steps_at = _measured_once(lean, order, steps)
    cells: list[list[Cell]] = []

    def keep(_: str, outcome: RunOutcome) -> None:
        if len(cells) < len(order):
            cells.append(outcome.cells)

    found = looked.take(dictionaries.measure([replace(lean, sae=each) for each in saes], seen=keep))
    compare(found.scored, found.compositions)  # refuses those that were not measured alike
    reseeded = {}
    if RESEED in asked.lenses:
        for seed in range(RELEASE_SEED + 1, RELEASE_SEED + asked.seeds):
            again = dictionaries.measure([replace(lean, sae=asked.sae, seed=seed)])
            (reseeded[seed],) = looked.take(again).scored
    return OnTestbed(found.scored, cells, steps_at, reseeded)


def _measured_once(
    lean: RunOptions, order: Sequence[str], steps: Mapping[int, Path]
) -> tuple[list[str], dict[int, int]]:
    """What is to be measured, and where in it each snapshot is.

    The last snapshot of a training is the SAE itself: what has the content of one before it is not
    measured a second time.
    """

    def content(sae: str) -> tuple[str, str]:
        source = lookup.declared(replace(lean, sae=sae)).sae
        if isinstance(source, LocalSae):  # its config says of which step it is
            return source.kind, packages.sha256(Path(source.path) / WEIGHTS)
        return source.kind, source.origin

    saes, known, places = [*order], [content(each) for each in order], {}
    for step, folder in steps.items():
        own = content(str(folder))
        if own not in known:
            known.append(own)
            saes.append(str(folder))
        places[step] = known.index(own)
    return saes, places


def _order(asked: Asked, looked: Looked) -> list[str]:
    """Dictionaries from the best to the worst, as they are expected."""
    if asked.small is not None:
        return [asked.sae, str(asked.small), PCA]
    looked.lacking[SIZE] = (
        "a smaller SAE: give --small, of a quarter of the latents and trained the same way "
        "('synact-bench train-sae --d-sae')",
    )
    return [asked.sae, PCA]


def _opened_steps(asked: Asked, looked: Looked) -> dict[int, Path]:
    """Snapshots that are dictionaries: those that explain more than the mean alone."""
    if not asked.snapshots:
        looked.lacking[TRAINING] = (
            "give --snapshots, a folder of 'synact-bench train-sae --snapshots 8'",
        )
        return {}
    nothing = {step for step, each in asked.snapshots.items() if not _explains(each)}
    if nothing:
        steps = ", ".join(map(str, sorted(nothing)))
        looked.lacking[TRAINING] = (
            f"step {steps}: by its card it explains no more than the mean of the activations",
        )
    return {step: each for step, each in asked.snapshots.items() if step not in nothing}


def _explains(folder: Path) -> bool:
    """Whether an SAE's card says that it explains anything; True where it has none."""
    try:
        card = reading.parsed(folder / "card.json", most=reading.CONFIG)
    except (OSError, ValueError):
        return True
    explained = card.get("explained_variance") if isinstance(card, dict) else None
    return not isinstance(explained, int | float) or explained > 0


def on_planted(lean: RunOptions, looked: Looked) -> OnPlanted:
    """Measure dictionaries of a planted testbed among the runs: which is better is known."""
    from synact_bench.models import planted  # noqa: PLC0415  (loads the model libraries)

    made = planted.open_or_plant(lean.runs)
    of_model = replace(lean, model=None, hook=None, read_hook=None, n_ctx=None, bos=False)
    own = replace(of_model, testbed=made.setup, text=None, dataset=None)
    opened = custom.opened(own)  # whose measured facts all dictionaries then share
    own = replace(own, testbed=opened.testbed)
    folders = {
        (kind, dose): each
        for kind, ladder in made.ladders.items()
        for dose, each in ladder.items()
        if dose
    }
    cells: list[list[Cell]] = []
    asked = [own, replace(own, sae=PCA)]

    def keep(_: str, outcome: RunOutcome) -> None:
        if len(cells) < len(asked):
            cells.append(outcome.cells)

    corrupted = [replace(own, sae=str(each)) for each in folders.values()]
    found = looked.take(dictionaries.measure([*asked, *corrupted], seen=keep))
    compare(found.scored, found.compositions)
    return OnPlanted(found.scored, cells, tuple(folders))
