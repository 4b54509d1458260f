"""What ``synact-bench audit-sae`` does once its options are read: measure, judge, write a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
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
from synact_bench.cli import dictionaries
from synact_bench.cli.audit_sae import Asked
from synact_bench.cli.audited_testbeds import (
    Looked,
    OnPlanted,
    OnTestbed,
    on_planted,
    on_testbed,
    without_controls,
)
from synact_bench.cli.dictionaries import MeasuredDictionaries
from synact_bench.cli.measuring import raise_failed, wrote
from synact_bench.core.experiments import RELEASE_SEED
from synact_bench.run.options import RunOptions
from synact_bench.scoring import Estimate


def show(options: RunOptions, asked: Asked) -> None:
    """Measure what is missing, write the page of the audit and print its verdicts.

    Raises:
        FailedRowsError: compositions could not be measured; the audit is of the others.
        SynactError: as ``dictionaries.measure``, or a page that was asked for cannot be written.
    """
    lean = without_controls(options)
    looked = Looked()
    for lens in LENSES:
        if lens not in asked.lenses:
            looked.lacking[lens] = (f"not asked for: add --lens {lens}",)
    testbed = (
        on_testbed(lean, asked, looked) if {RESEED, TRAINING, SIZE} & {*asked.lenses} else None
    )
    planted = on_planted(lean, looked) if TRUTH in asked.lenses else None
    compositions = _shared(looked)
    parts: dict[str, Any] = {"setting": None}
    if testbed is not None:
        parts |= _seen_on_testbed(testbed, asked, compositions)
    if planted is not None:
        parts["truth"] = _truth(planted, compositions)
    board = looked.measured[0].scored[0].board
    audit = SaeAudit(
        documents=board.documents,
        replicates=board.replicates,
        compositions=compositions,
        lacking={lens: looked.lacking[lens] for lens in LENSES if lens in looked.lacking},
        flagged=_flagged(looked.measured, compositions),
        **parts,
    )
    folder = asked.out or dictionaries.folder(
        [each for found in looked.measured for each in found.requests],
        compositions,
        kind="sae-audit",
    )
    files = [folder / name for name in (sae_page.PAGE, sae_page.DATA)]
    write = partial(sae_page.write, audit, folder)
    said = wrote(files, write, required=asked.out is not None)
    print(f"\n{sae_page.verdicts(audit).replace('*', '')}\n\n{said}")
    raise_failed(looked.failed)


def _shared(looked: Looked) -> tuple[str, ...]:
    """Compositions that every dictionary has a row of, with every seed and on every testbed.

    Each measurement leaves out what fails in it: a median of more here than there is another score.

    Raises:
        FailedRowsError: there is none.
    """
    first, *others = looked.measured
    shared = {*first.compositions}.intersection(*(each.compositions for each in others))
    if not shared:
        raise_failed(looked.failed)
    return tuple(name for name in first.compositions if name in shared)


def _seen_on_testbed(found: OnTestbed, asked: Asked, compositions: Sequence[str]) -> dict[str, Any]:
    """The lenses on the testbed itself, as fields of ``SaeAudit``."""
    scores = [sae_scores.scores(each, compositions) for each in found.scored]
    named = [each.name for each in found.scored]
    board = found.scored[0].board
    parts: dict[str, Any] = {"setting": board.setting}
    if SIZE in asked.lenses:
        order = named[: len(found.cells)]
        parts["size"] = by_pair(
            order,
            dict(zip(named, scores, strict=True)),
            {
                name: sae_scores.nested(cells, compositions)
                for name, cells in zip(order, found.cells, strict=True)
            },
            bases=board.setting.bases,
            documents=board.documents,
        )
    if found.steps:
        parts["training"] = by_place({step: scores[at] for step, at in found.steps.items()})
    if found.reseeded:
        again = {
            seed: sae_scores.scores(each, compositions) for seed, each in found.reseeded.items()
        }
        parts["reseeded"] = named[0]
        parts["reseeding"] = by_seed({RELEASE_SEED: scores[0], **again})
    return parts


def _truth(found: OnPlanted, compositions: Sequence[str]) -> Truth:
    """The lens on known features."""
    scores = [sae_scores.scores(each, compositions) for each in found.scored]
    order = [each.name for each in found.scored[: len(found.cells)]]
    corrupted = zip(found.doses, scores[len(order) :], strict=True)
    ladders: dict[str, dict[float, Mapping[str, Estimate]]] = {}
    for (kind, dose), own in corrupted:
        ladders.setdefault(kind, {0.0: scores[0]})[-dose] = own
    board = found.scored[0].board
    return Truth(
        setting=board.setting,
        documents=board.documents,
        ladders={kind: by_place(ladder) for kind, ladder in ladders.items()},
        pairs=by_pair(
            order,
            dict(zip(order, scores, strict=False)),
            {
                name: sae_scores.nested(cells, compositions)
                for name, cells in zip(order, found.cells, strict=True)
            },
            bases=board.setting.bases,
            documents=board.documents,
        ),
    )


def _flagged(
    measured: Sequence[MeasuredDictionaries], compositions: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    """Compositions that break a rule of copying or collapse, by dictionary."""
    found: dict[str, set[str]] = {}
    for each in measured:
        for one in each.scored:
            rows = {row.name for row in one.board.rows if row.flags and one.board.replicates}
            found.setdefault(one.name, set()).update(rows & {*compositions})
    return {name: tuple(sorted(rows)) for name, rows in found.items() if rows}
