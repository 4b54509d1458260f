"""Several SAEs of one hook: each scored on its own board, then ranked as dictionaries."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from synact_bench.cli import custom
from synact_bench.cli.measuring import measured_board, raise_failed, wrote
from synact_bench.core.errors import SynactError
from synact_bench.core.experiments import CONTROLS, LADDER
from synact_bench.reports import dictionaries_page
from synact_bench.reports.dictionaries import Scored, compare
from synact_bench.run import asked
from synact_bench.run.request import Request
from synact_bench.testbeds.spec import Scaled, Setup

VARIED = frozenset({"name", "version", "summary", "sae", "fingerprint"})
"""Facts in which the testbeds of two dictionaries of one hook differ."""


def rank(wanted: Sequence[Setup], request_of: Callable[[Setup], Request]) -> None:
    """Measure each dictionary in its own folder, one in memory at a time, then print their order.

    All of them are opened, and every generator found, before the first is measured.

    Args:
        wanted: the testbeds that they make.
        request_of: what is asked of each.

    A composition that fails with one of them is left out of all, and told at the end.

    Raises:
        FailedRowsError: compositions could not be measured.
        SynactError: two are the same or belong to different hooks, one cannot be opened, no
            composing generator is asked for, or a cell cannot be measured.
    """
    _refuse_unlike(wanted)
    requests = [request_of(each) for each in wanted]
    testbeds = [request.testbed for request in requests]
    _refuse_unlike(testbeds)
    compositions = _compositions(requests[0])
    say = partial(print, flush=True)
    latents = [
        asked.described(each.testbed, each.runs, device=each.device, say=say) for each in requests
    ]
    scored: list[Scored] = []
    failed: dict[str, Mapping[str, SynactError]] = {}
    for name, request, found in zip(names(testbeds), requests, latents, strict=True):
        # A copy, so that no generator of an earlier one keeps its dictionary.
        board, cells, _, failed[name] = measured_board(replace(request))
        scored.append(Scored.of(name, found, board, cells))
    lost = {row for rows in failed.values() for row in rows}
    compositions = tuple(row for row in compositions if row not in lost)
    if not compositions:  # none is left that all of them have
        raise_failed(failed)
    order = compare(scored, compositions)
    folder = _folder(requests, compositions)
    said = wrote([folder / dictionaries_page.PAGE], partial(dictionaries_page.write, order, folder))
    few, confidence = dictionaries_page.too_few(order), dictionaries_page.confidence(order)
    tables = dictionaries_page.main_table(order), dictionaries_page.composition_table(order)
    for part in filter(None, (few, *tables, confidence, said)):
        print(f"\n{part}")
    raise_failed(failed)


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
        for name in kind.model_fields:
            facts = [getattr(each, name) for each in (first, other)]
            if name not in VARIED and facts[0] != facts[1]:
                raise SynactError(
                    f"{name} is {facts[0]} for {first.name} and {facts[1]} for {other.name}: their "
                    "realism would be of different activations",
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


def _folder(requests: Sequence[Request], compositions: Sequence[str]) -> Path:
    """A folder of runs of these dictionaries and generators, beside those of the boards."""
    chosen = [*sorted(each.testbed.digest for each in requests), *sorted(compositions)]
    mark = hashlib.sha256("\n".join(chosen).encode()).hexdigest()[:8]
    one = requests[0]
    return one.runs / f"dictionaries-{mark}" / one.folder.relative_to(one.runs / one.testbed.name)
