"""What ``synact-bench audit-sae`` does once its options are read: measure, judge, write a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from synact_bench.audit import sae_page, sae_scores
from synact_bench.audit.sae_audit import (
    LENSES,
    RESEED,
    SIZE,
    TRAINING,
    TRUTH,
    SaeAudit,
    Truth,
    by_pair,
    by_place,
    by_seed,
)
from synact_bench.cli import custom, dictionaries
from synact_bench.cli.audit_sae import Asked
from synact_bench.cli.dictionaries import MeasuredDictionaries
from synact_bench.cli.measuring import raise_failed, wrote
from synact_bench.core.errors import SynactError
from synact_bench.core.experiments import DEFAULT_PRESET, GAUSSIAN, RELEASE_SEED, find_preset
from synact_bench.core.untrusted import reading
from synact_bench.evaluation.run import RunOutcome
from synact_bench.generators import COMPOSITIONS
from synact_bench.reports.dictionaries import RECONSTRUCTION, compare
from synact_bench.results.store import Cell
from synact_bench.run.options import RunOptions
from synact_bench.run.request import MADE
from synact_bench.scoring import Estimate

PCA = "pca"
NEEDED = (RECONSTRUCTION, GAUSSIAN)
"""Controls that scores of an SAE, and the scale of a testbed without a frozen one, are made of."""


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


def show(options: RunOptions, asked: Asked) -> None:
    """Measure what is missing, write the page of the audit and print its verdicts.

    Raises:
        FailedRowsError: compositions could not be measured; the audit is of the others.
        SynactError: as ``dictionaries.measure``, or a page that was asked for cannot be written.
    """
    lean = _lean(options)
    looked = Looked()
    for lens in LENSES:
        if lens not in asked.lenses:
            looked.lacking[lens] = (f"not asked for: add --lens {lens}",)
    parts: dict[str, Any] = {}
    if {RESEED, TRAINING, SIZE} & {*asked.lenses}:
        parts |= _on_testbed(lean, asked, looked)
    if TRUTH in asked.lenses:
        truth = _truth(lean, looked)
        parts["truth"] = truth
    first = looked.measured[0]
    board = first.scored[0].board
    audit = SaeAudit(
        documents=board.documents,
        replicates=board.replicates,
        compositions=first.compositions,
        lacking={lens: looked.lacking[lens] for lens in LENSES if lens in looked.lacking},
        flagged=_flagged(looked.measured),
        **{"setting": None, **parts},
    )
    folder = asked.out or dictionaries.folder(
        [each for found in looked.measured for each in found.requests],
        first.compositions,
        kind="sae-audit",
    )
    files = [folder / name for name in (sae_page.PAGE, sae_page.DATA)]
    write = partial(sae_page.write, audit, folder)
    said = wrote(files, write, required=asked.out is not None)
    print(f"\n{sae_page.verdicts(audit).replace('*', '')}\n\n{said}")
    raise_failed(looked.failed)


def _lean(options: RunOptions) -> RunOptions:
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


def _on_testbed(lean: RunOptions, asked: Asked, looked: Looked) -> dict[str, Any]:
    """The lenses on the testbed itself, as fields of ``SaeAudit``."""
    order = _order(asked, looked) if SIZE in asked.lenses else [asked.sae]
    steps = _opened_steps(asked, looked) if TRAINING in asked.lenses else {}
    saes = [*order, *map(str, steps.values())]
    cells: dict[str, list[Cell]] = {}

    def keep(name: str, outcome: RunOutcome) -> None:
        if len(cells) < len(order):
            cells[name] = outcome.cells

    found = looked.take(dictionaries.measure([replace(lean, sae=each) for each in saes], seen=keep))
    compare(found.scored, found.compositions)  # refuses those that were not measured alike
    scores = [sae_scores.scores(each, found.compositions) for each in found.scored]
    named = [each.name for each in found.scored]
    board = found.scored[0].board
    parts: dict[str, Any] = {"setting": board.setting}
    if SIZE in asked.lenses:
        parts["size"] = by_pair(
            named[: len(order)],
            dict(zip(named, scores, strict=True)),
            {
                name: sae_scores.nested(cells[name], found.compositions)
                for name in named[: len(order)]
            },
            bases=board.setting.bases,
            documents=board.documents,
        )
    cells.clear()
    if steps:
        parts["training"] = by_place(dict(zip(steps, scores[len(order) :], strict=True)))
    if RESEED in asked.lenses:
        parts["reseeded"] = named[0]
        parts["reseeding"] = by_seed(_reseeded(lean, asked, looked, scores[0]))
    return parts


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


def _reseeded(
    lean: RunOptions, asked: Asked, looked: Looked, first: Mapping[str, Estimate]
) -> dict[int, Mapping[str, Estimate]]:
    """Scores of the SAE by seed, the first of which is measured already."""
    found = {RELEASE_SEED: first}
    for seed in range(RELEASE_SEED + 1, RELEASE_SEED + asked.seeds):
        again = dictionaries.measure([replace(lean, sae=asked.sae, seed=seed)])
        (one,) = looked.take(again).scored
        found[seed] = sae_scores.scores(one, again.compositions)
    return found


def _truth(lean: RunOptions, looked: Looked) -> Truth:
    """The lens on known features, on a planted testbed among the runs."""
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
    cells: dict[str, list[Cell]] = {}
    asked = [own, replace(own, sae=PCA)]

    def keep(name: str, outcome: RunOutcome) -> None:
        if len(cells) < len(asked):
            cells[name] = outcome.cells

    corrupted = [replace(own, sae=str(each)) for each in folders.values()]
    found = looked.take(dictionaries.measure([*asked, *corrupted], seen=keep))
    compare(found.scored, found.compositions)
    scores = [sae_scores.scores(each, found.compositions) for each in found.scored]
    order = [each.name for each in found.scored[: len(asked)]]
    by_dose = dict(zip(folders, scores[len(asked) :], strict=True))
    board = found.scored[0].board
    return Truth(
        setting=board.setting,
        documents=board.documents,
        ladders={
            kind: by_place(
                {-dose: by_dose[kind, dose] if dose else scores[0] for dose in made.ladders[kind]}
            )
            for kind in made.ladders
        },
        pairs=by_pair(
            order,
            dict(zip(order, scores, strict=False)),
            {name: sae_scores.nested(cells[name], found.compositions) for name in order},
            bases=board.setting.bases,
            documents=board.documents,
        ),
    )


def _flagged(measured: Sequence[MeasuredDictionaries]) -> dict[str, tuple[str, ...]]:
    """Compositions that break a rule of copying or collapse, by dictionary."""
    found: dict[str, set[str]] = {}
    for each in measured:
        for one in each.scored:
            rows = {row.name for row in one.board.rows if row.flags and one.board.replicates}
            found.setdefault(one.name, set()).update(rows & {*each.compositions})
    return {name: tuple(sorted(rows)) for name, rows in found.items() if rows}
