"""Flags: which rule of copying or collapse a row breaks, with its value and limit."""

from __future__ import annotations

from synact_bench.leaderboard import text
from synact_bench.leaderboard.board import BoardRow
from synact_bench.results.record import Inspection
from synact_bench.scoring.diversity import FLAG, Spread, short_of


def flag_words(row: BoardRow) -> list[str]:
    """A line for each flag of a row; of several experiments that raise it, the first."""
    found: dict[str, str] = {}
    for inspection in row.inspections.values():
        for flag in inspection.flags:
            found.setdefault(flag, f"{flag}: {_numbers(flag, inspection)}".removesuffix(": "))
    return [found[flag] for flag in sorted(found)]


def _numbers(flag: str, inspection: Inspection) -> str:
    if flag == FLAG:
        return _collapse(inspection)
    for each in inspection.findings:
        if each.rule != flag:
            continue
        if each.p is None:
            return f"C_T {text.measure(each.value)}, limit {text.measure(each.threshold)}"
        return f"{text.share(each.value)} of its activations, real {text.share(each.expected)}"
    return ""


def _collapse(inspection: Inspection) -> str:
    fields = set(Spread.__dataclass_fields__)
    if not fields <= inspection.spread.keys() or not fields <= inspection.lowest_real_spread.keys():
        return ""
    own, real = (
        Spread(**each)  # type: ignore[arg-type]  # numbers of a record, named as the fields
        for each in (inspection.spread, inspection.lowest_real_spread)
    )
    return ", ".join(
        f"{name.replace('_', ' ')} {text.measure(value)}, limit {text.measure(limit)}"
        for name, (value, limit) in short_of(own, real).items()
    )
