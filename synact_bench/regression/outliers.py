"""Outliers: single paths that differ, counted over cells, where rounding would leave few."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from synact_bench.regression.tolerance import tolerance
from synact_bench.regression.verdict import Severity, Verdict


def counted(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """The verdicts, with drift where a metric has too many outliers in a row, or in all rows.

    A cell alone allows an outlier for what rounding does. A change of behaviour that moves one path
    of every cell would hide there, so what is allowed of one cell is not allowed of each.
    """
    found = _counted(verdicts, "of the row", lambda each: (each.metric, each.row))
    return _counted(found, "of all rows", lambda each: (each.metric,))


def told(verdicts: Iterable[Verdict]) -> str | None:
    """How many outliers are no drift, in a line; None if there is none."""
    outliers: dict[str, int] = defaultdict(int)
    paths: dict[str, int] = defaultdict(int)
    for each in verdicts:
        if each.severity is Severity.SAME and each.metric is not None:
            outliers[each.metric] += each.outliers
            paths[each.metric] += each.paths
    found = [f"{name} {count} of {paths[name]}" for name, count in outliers.items() if count]
    return f"paths that differ singly, as rounding may: {', '.join(found)}" if found else None


def _counted(
    verdicts: Sequence[Verdict], scope: str, group_of: Callable[[Verdict], tuple[str | None, ...]]
) -> list[Verdict]:
    groups: dict[tuple[str | None, ...], list[Verdict]] = defaultdict(list)
    for each in verdicts:
        if each.severity is Severity.SAME:
            groups[group_of(each)].append(each)
    reasons = {key: _too_many(group, scope) for key, group in groups.items()}
    return [
        dataclasses.replace(each, severity=Severity.DRIFT, reason=reason)
        if each.severity is Severity.SAME and each.outliers and (reason := reasons[group_of(each)])
        else each
        for each in verdicts
    ]


def _too_many(group: Sequence[Verdict], scope: str) -> str | None:
    """Why the outliers of one metric are drift; None if rounding explains them."""
    outliers, paths = (sum(getattr(each, name) for each in group) for name in ("outliers", "paths"))
    allowed = tolerance(group[0].metric or "").allowed(paths)
    if outliers <= allowed:
        return None
    return f"differs on {outliers} of {paths} paths {scope}, where rounding may explain {allowed}"
