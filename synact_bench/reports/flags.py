"""Flags: which rule of copying or collapse a row breaks, with its value and limit."""

from __future__ import annotations

from collections.abc import Mapping

from synact_bench.reports import formatting
from synact_bench.reports.board import BoardRow
from synact_bench.results.record import Inspection, RuleRecord
from synact_bench.similarity.diversity import FLAG, Spread, limits, short_of
from synact_bench.similarity.rule import StatisticRule
from synact_bench.similarity.rules import RULES


def flag_words(row: BoardRow) -> list[str]:
    """A line for each flag of a row; of several experiments that raise it, the first."""
    found: dict[str, str] = {}
    for inspection in row.inspections.values():
        for flag in inspection.flags:
            found.setdefault(flag, f"{flag}: {_numbers(flag, inspection)}".removesuffix(": "))
    return [found[flag] for flag in sorted(found)]


def rule_words(inspection: Inspection) -> list[tuple[str, str, bool]]:
    """Every rule that was tried: its flag, value and limit in words, and whether it is broken."""
    rows = [(each.rule, _copying(each), each.flagged) for each in inspection.findings]
    pair = _spreads(inspection)
    if pair is not None:
        rows.append((FLAG, _words(limits(*pair)), FLAG in inspection.flags))
    return rows


def _numbers(flag: str, inspection: Inspection) -> str:
    if flag == FLAG:
        pair = _spreads(inspection)
        return "" if pair is None else _words(short_of(*pair))
    return next((_copying(each) for each in inspection.findings if each.rule == flag), "")


def _copying(finding: RuleRecord) -> str:
    if finding.p is None:
        value, limit = map(formatting.measure, (finding.value, finding.threshold))
        rule = RULES.get(finding.rule)
        symbol = rule.symbol if isinstance(rule, StatisticRule) else "statistic"
        return f"{symbol} {value}, limit {limit}"
    value, expected = map(formatting.share, (finding.value, finding.expected))
    return f"{value} of its activations, real {expected}"


def _spreads(inspection: Inspection) -> tuple[Spread, Spread] | None:
    """A row's spread and the lowest of real; None where one is not known."""
    fields = set(Spread.__dataclass_fields__)
    if not fields <= inspection.spread.keys() or not fields <= inspection.lowest_real_spread.keys():
        return None
    own, real = (
        Spread(**each)  # type: ignore[arg-type]  # numbers of a record, named as the fields
        for each in (inspection.spread, inspection.lowest_real_spread)
    )
    return own, real


def _words(found: Mapping[str, tuple[float, float]]) -> str:
    return ", ".join(
        f"{name.replace('_', ' ')} {formatting.measure(value)}, limit {formatting.measure(limit)}"
        for name, (value, limit) in found.items()
    )
