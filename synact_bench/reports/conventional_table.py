"""The table of conventional measures: what the field reports of each row, beside realism."""

from __future__ import annotations

from collections.abc import Mapping
from operator import attrgetter

from synact_bench.core.conventional import MEASURES
from synact_bench.core.experiments import REAL
from synact_bench.reports import formatting
from synact_bench.reports.board import Board
from synact_bench.reports.tables import label
from synact_bench.results.record import Conventional, Reported

TITLE = "## What else is reported"
WORDS = """\
Of the activations of sensitivity, each in the place of its base's own: what others report of
activations. No part of a score. *Fréchet / floor*: distance to the train pool over that of as many
held-out real activations. *KL* of the next token, and *Δ loss*, the rise of the loss of the true
next token, in nats. *CE recovered*: 1 costs nothing, 0 as much as the mean activation. The draws of
real stand last: what activations of other documents cost. docs/conventional.md has the
definitions."""


def section(board: Board) -> list[str]:
    """Title, words, table and facts; nothing where nothing was measured."""
    if not board.conventional:
        return []
    return [TITLE, WORDS, table(board), facts(board.conventional)]


def table(board: Board) -> str:
    """A row's realism and measures with their 95 % intervals; the draws of real last."""
    found = board.conventional
    known = [each for each in MEASURES.values() if any(map(attrgetter(each.name), found.values()))]
    realism = {row.name: formatting.bounded_value(row.realism) for row in board.rows}
    names = {row.name: label(row) for row in board.rows} | {name: name for name in REAL}
    rows = [
        [shown, realism.get(name, ""), *(reported(getattr(found[name], m.name)) for m in known)]
        for name, shown in names.items()
        if name in found
    ]
    headers = ["row", "realism ↑", *(f"{each.title} {each.arrow}" for each in known)]
    return formatting.table(headers, rows, left=1)


def facts(found: Mapping[str, Conventional]) -> str:
    """What the measures of all rows have in common.

    Losses are those of a draw of real, which are of every base: an optional draw leaves out some.
    """
    first = next((found[name] for name in REAL if name in found), next(iter(found.values())))
    floors = {(each.frechet_n, each.frechet_floor) for each in found.values()}
    said = [
        f"Fréchet floor of {n} activations: {formatting.measure(floor)} squared activation units."
        for n, floor in sorted(floors, key=str)
        if floor is not None
    ]
    if first.ce_clean is not None:
        said.append(
            f"Loss of the true next token, which is known of {first.known} bases: "
            f"{formatting.measure(first.ce_clean)} nats as they are, "
            f"{formatting.measure(first.ce_ablated)} with the mean activation."
        )
    return " ".join(said)


def reported(found: Reported | None) -> str:
    """As ``formatting.measured``, of what a record states."""
    if found is None:
        return ""
    shown = formatting.measure(found.value)
    if found.low is None or found.high is None:
        return shown
    return f"{shown} [{formatting.measure(found.low)}, {formatting.measure(found.high)}]"
