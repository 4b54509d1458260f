"""Several SAEs of one hook: each scored on its own board, then ranked as dictionaries."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from synact_bench.cli import custom
from synact_bench.cli.measuring import PRINTING, raise_failed, wrote
from synact_bench.core.errors import SynactError
from synact_bench.core.experiments import CONTROLS, LADDER
from synact_bench.evaluation.run import RunOutcome, run
from synact_bench.reports import dictionaries_page
from synact_bench.reports.dictionaries import RECONSTRUCTION, Scored, compare
from synact_bench.results.comparability import differences
from synact_bench.run import lookup, stored_facts
from synact_bench.run.measuring import measure_together
from synact_bench.run.options import RunOptions
from synact_bench.run.request import Request
from synact_bench.testbeds.spec import Scaled, Setup

VARIED = frozenset({"name", "version", "summary", "sae", "fingerprint"})
"""Facts in which the testbeds of two dictionaries of one hook differ."""


@dataclass(frozen=True)
class MeasuredDictionaries:
    """Dictionaries of one hook, each with a board of its own.

    Attributes:
        scored: by the order in which they were asked for.
        compositions: generators that all of them have a row of.
        failed: by name of the dictionary, why rows could not be measured.
        requests: what was asked for.
    """

    scored: tuple[Scored, ...]
    compositions: tuple[str, ...]
    failed: Mapping[str, Mapping[str, SynactError]]
    requests: tuple[Request, ...]


def rank(options: Sequence[RunOptions]) -> None:
    """Measure each dictionary in its own folder, one in memory at a time, then print their order.

    All of them are opened, and every generator found, before the first is measured.

    Args:
        options: what is asked for, with one SAE each.

    A composition that fails with one of them is left out of all, and told at the end.

    Raises:
        FailedRowsError: compositions could not be measured.
        SynactError: as ``measure``.
    """
    found = measure(options)
    order = compare(found.scored, found.compositions)
    place = folder(found.requests, found.compositions, kind="dictionaries")
    said = wrote([place / dictionaries_page.PAGE], partial(dictionaries_page.write, order, place))
    few, confidence = dictionaries_page.too_few(order), dictionaries_page.confidence(order)
    tables = dictionaries_page.main_table(order), dictionaries_page.composition_table(order)
    pairs = dictionaries_page.decided(order).replace("*", "")
    for part in filter(None, (few, *tables, pairs, confidence, said)):
        print(f"\n{part}")
    raise_failed(found.failed)


def measure(
    options: Sequence[RunOptions], *, seen: Callable[[str, RunOutcome], object] = lambda *_: None
) -> MeasuredDictionaries:
    """Measure what is missing of each dictionary, one in memory at a time.

    Args:
        options: what is asked for, with one SAE each.
        seen: given the name and the cells of each, which are not kept.

    Raises:
        FailedRowsError: no composition is left that all of them have.
        SynactError: two are the same or belong to different hooks, one cannot be opened, no
            composing generator is asked for, or a cell cannot be measured.
    """
    asked = requests(options)
    testbeds = [request.testbed for request in asked]
    compositions = _compositions(asked[0])
    say = partial(print, flush=True)
    latents = [
        stored_facts.load_or_measure_latents(
            each.testbed, each.options.runs, device=each.options.device, say=say
        )
        for each in asked
    ]
    measure_together([(each, each.plans) for each in asked], PRINTING)
    scored: list[Scored] = []
    failed: dict[str, Mapping[str, SynactError]] = {}
    for name, request, found in zip(names(testbeds), asked, latents, strict=True):
        # A copy, so that no generator of an earlier one keeps its dictionary.
        outcome = run(replace(request), PRINTING, judged=(RECONSTRUCTION,))
        failed[name] = outcome.failed
        scored.append(Scored.of(name, found, outcome.board, outcome.cells))
        seen(name, outcome)
    lost = {row for rows in failed.values() for row in rows}
    targets = asked[0].roster.targets  # what could not be loaded with another has no name there
    compositions = tuple(row for row in compositions if not {row, targets.get(row)} & lost)
    if not compositions:  # none is left that all of them have
        raise_failed(failed)
    return MeasuredDictionaries(tuple(scored), compositions, failed, tuple(asked))


def requests(
    options: Sequence[RunOptions], *, open_as: Callable[..., Request] = custom.opened
) -> list[Request]:
    """A request a dictionary; nothing is measured of those that cannot be ranked.

    Args:
        options: what is asked for, with one SAE each.
        open_as: ``custom.opened``, or what is as silent as it should be.

    Raises:
        SynactError: two are the same or belong to different hooks, one cannot be opened, or no
            composing generator is asked for.
    """
    declared = [lookup.declared(each) for each in options]
    _refuse_unlike(declared)
    found = [open_as(each, declared=setup) for each, setup in zip(options, declared, strict=True)]
    _refuse_unlike([each.testbed for each in found])
    _compositions(found[0])
    return found


def _compositions(request: Request) -> tuple[str, ...]:
    """Names of the generators asked for, without the controls, which are measured always."""
    made = {each.entry.name: None for each in request.plans if each.entry.generator is not None}
    asked_for = tuple(name for name in made if name not in CONTROLS and name not in LADDER)
    if not asked_for:
        raise SynactError(
            "names controls alone, which tell no dictionary from another",
            where="--generator",
            fix="leave it out, or name one that composes latents, such as synthetic-structured",
        )
    return asked_for


def _refuse_unlike(testbeds: Sequence[Setup]) -> None:
    first, *others = testbeds
    for other in others:
        kind = Scaled if isinstance(first, Scaled) and isinstance(other, Scaled) else Setup
        shared = [name for name in kind.model_fields if name not in VARIED]
        for name, here, there in differences(dict(first), dict(other), among=shared):
            raise SynactError(
                f"{name} is {here} for {first.name} and {there} for {other.name}: their realism "
                "would be of different activations",
                where="--sae",
                fix="compare SAEs that were trained on the same activations",
            )
    for name, count in Counter(each.name for each in testbeds).items():
        if count > 1:
            raise SynactError(
                f"two of them are the same dictionary ({name})", where="--sae", fix="name it once"
            )


def names(testbeds: Sequence[Setup]) -> list[str]:
    """What people call each dictionary; its testbed's name where two are called alike."""
    shown = [custom.shown(each) for each in testbeds]
    return [
        name if shown.count(name) == 1 else each.name
        for name, each in zip(shown, testbeds, strict=True)
    ]


def folder(requests: Sequence[Request], compositions: Sequence[str], *, kind: str) -> Path:
    """A folder of runs of these dictionaries and generators, beside those of the boards.

    Args:
        requests: of the dictionaries.
        compositions: names of the generators.
        kind: what it is of, which its name begins with.
    """
    chosen = [*sorted(each.testbed.digest for each in requests), *sorted(compositions)]
    mark = hashlib.sha256("\n".join(chosen).encode()).hexdigest()[:8]
    one, runs = requests[0], requests[0].options.runs
    return runs / f"{kind}-{mark}" / one.folder.relative_to(runs / one.testbed.name)
