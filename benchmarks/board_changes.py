"""What parts two boards of the same rows: the largest change of any number, by kind of number."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from synact_bench.reports.board import Board, BoardRow
from synact_bench.reports.json_export import plain
from synact_bench.scoring import Estimate
from synact_bench.scoring.ranking import comparisons

Leaf = str | int | float | bool | None
Leaves = Mapping[str, Leaf]
"""What a board states, by where: names of fields, rows and cells, joined by ``/``."""


@dataclass(frozen=True)
class Kind:
    """A kind of number.

    Attributes:
        name: for people, with the unit of its changes.
        where: pattern of the places, from their start.
        unit: of a change: the number's own; a share of the larger of both numbers; a share of the
            width of the number's interval; or how many differ, whatever by.
    """

    name: str
    where: str
    unit: Literal["own", "share", "width", "count"]


KINDS = (
    Kind("ranks", r"(rows|tracks)/.*(rank|ranks/[^/]+)$", "count"),
    Kind("bases that tell most", r".*/worst/.*/bases/", "count"),
    Kind("realism", r"rows/[^/]+/score/(overall|by_experiment|parts)/.*value$", "own"),
    Kind("realism, ends", r"rows/[^/]+/score/(overall|by_experiment|parts)/.*(low|high)$", "own"),
    Kind("MDE of realism", r"tracks/[^/]+/(adjacent|overall|parts)", "own"),
    Kind("controls, with ends", r"(orders|places)/.*/(value|low|high)$", "own"),
    Kind("rho of a cell", r".*/rho/value$", "own"),
    Kind("rho of a cell, ends", r".*/rho/(low|high)$", "own"),
    Kind("E2 of a cell, with ends", r".*/energy/", "own"),
    Kind("1 - sqrt(H)", r".*/unscaled$", "own"),
    Kind("p of the null", r".*/test/pvalue$", "own"),
    Kind("limit of the null", r".*/test/limit$", "own"),
    Kind("judge", r".*/worst/.*/judge/", "own"),
    Kind("H of blocks and regions", r".*/worst/.*/(blocks|regions)/", "own"),
    Kind("E2 of telling bases", r".*/worst/.*/contributions/", "own"),
    Kind("metrics, distance (width)", r".*/(distance|distances/[^/]+)/value$", "width"),
    Kind("metrics, ends (width)", r".*/(distance|distances/[^/]+)/(low|high)$", "width"),
    Kind("metrics, the rest (share)", r"rows/.*/metrics/|reference/|tracks/.*/by_metric/", "share"),
    Kind("scales (share)", r"scales/", "share"),
    Kind("all else (share)", r"", "share"),
)
"""The first that fits a place is that of the number there; all but the counts are changes."""
PAIRS = "pairs decided"
WORDS = "verdicts, flags, names"
"""Counted where no number can be compared: words, truths, and a number that is there in one."""


def changes(before: Board, after: Board) -> dict[str, float]:
    """The largest change of each kind, or how many differ; 0 for what did not change.

    Numbers are compared as they are published, with six significant digits.

    Args:
        before: the board that an interval's width is taken from.
        after: of the same rows.
    """
    found: dict[str, float] = {PAIRS: len(decided(before) ^ decided(after)), WORDS: 0}
    found |= dict.fromkeys((kind.name for kind in KINDS), 0.0)
    first, second = leaves(before), leaves(after)
    for place in first.keys() | second.keys():
        kind = kind_of(place)
        one, other = first.get(place), second.get(place)
        if kind.unit == "count":
            found[kind.name] += one != other
        elif _number(one) and _number(other):
            change = _change(kind, place, first, second)
            found[kind.name] = max(found[kind.name], change)
        else:
            found[WORDS] += one != other
    return found


def kind_of(place: str) -> Kind:
    """The kind of number that stands at a place of ``leaves``."""
    return next(each for each in KINDS if re.match(each.where, place))


def leaves(board: Board) -> dict[str, Leaf]:
    """What a board states, rows by their name; what is no longer scored is left out."""
    content = plain(board)
    content["rows"] = {row["identity"]["name"]: row for row in content["rows"]}
    del content["archive"]
    return dict(_leaves(content, ()))


def decided(board: Board) -> set[tuple[str, str, str, str]]:
    """Pairs of rows that are told apart: track, by what, the better and the other."""
    found: set[tuple[str, str, str, str]] = set()
    for track in board.tracks:
        rows = [row for row in board.rows if row.rank is not None and row.card.track == track]
        for by, values in _rankings(rows).items():
            for pair in comparisons(values):
                if pair.better is not None:
                    other = pair.second if pair.better == pair.first else pair.first
                    found.add((track, by, pair.better, other))
    return found


def _rankings(rows: list[BoardRow]) -> dict[str, dict[str, Estimate]]:
    """What rows are ranked by, higher is better: overall, by part, and by distances of metrics."""
    found: dict[str, dict[str, Estimate]] = {}
    for row in sorted(rows, key=lambda each: each.name):
        realisms = {"overall": row.realism, **row.score.parts}
        values = {by: each.estimate for by, each in realisms.items()}
        values |= {
            by: Estimate(-each.value, -each.replicates) for by, each in row.distances.items()
        }
        for by, value in values.items():
            if value is not None:
                found.setdefault(by, {})[row.name] = value
    return found


def _leaves(content: object, place: tuple[str, ...]) -> Iterator[tuple[str, Leaf]]:
    if isinstance(content, Mapping):
        for name, each in content.items():
            yield from _leaves(each, (*place, name))
    elif isinstance(content, list):
        for number, each in enumerate(content):
            yield from _leaves(each, (*place, str(number)))
    else:
        assert content is None or isinstance(content, str | int | float)
        yield "/".join(place), content


def _change(kind: Kind, place: str, first: Leaves, second: Leaves) -> float:
    one, other = _float(first[place]), _float(second[place])
    change = abs(one - other)
    if kind.unit == "share":
        return change / (max(abs(one), abs(other)) or 1.0)
    if kind.unit == "width":
        own = place.rsplit("/", 1)[0]
        low, high = first[f"{own}/low"], first[f"{own}/high"]
        return change / (_float(high) - _float(low)) if low != high else change
    return change


def _number(leaf: Leaf) -> bool:
    return isinstance(leaf, int | float) and not isinstance(leaf, bool)


def _float(leaf: Leaf) -> float:
    assert isinstance(leaf, int | float)
    return float(leaf)
