"""Report: a comparison as people read it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from tabulate import tabulate

from synact_bench.regression import outliers
from synact_bench.regression.snapshot import CellKey
from synact_bench.regression.verdict import Severity, Verdict, gravest

MEANING = {
    Severity.DRIFT: "numbers changed and no version was raised",
    Severity.REGRESSION: "a new version is significantly worse than the stored one",
    Severity.IMPROVEMENT: "a new version is significantly better than the stored one; renew it",
    Severity.OUTDATED: "versions were raised that the baseline does not know; renew it",
    Severity.NEW: "not in the baseline; renew it to compare with them",
    Severity.SAME: "every number is what it was",
}

LISTED = 5
"""Cells named in a line."""


def table(verdicts: Iterable[Verdict]) -> str:
    """A line for each row and metric: the gravest severity over its cells, and mean numbers.

    Numbers are means of the metric, in its unit; for two versions of a method, which have a p,
    distances from real.
    """
    groups: dict[tuple[str, str], list[Verdict]] = {}
    for each in verdicts:
        groups.setdefault((each.row, each.metric or "all"), []).append(each)
    lines = [
        [
            row,
            metric,
            _mean([each.before for each in group]),
            _mean([each.after for each in group]),
            _mean([each.pvalue for each in group]),
            gravest(group).value,
        ]
        for (row, metric), group in groups.items()
    ]
    headers = ["row", "metric", "before", "now", "p", "verdict"]
    text: str = tabulate(lines, headers=headers, tablefmt="simple", disable_numparse=True)
    return text


def summary(verdicts: Sequence[Verdict]) -> list[str]:
    """One line for each severity met, the gravest first, and one for every verdict that fails."""
    lines = []
    for severity in Severity:
        found = [each for each in verdicts if each.severity is severity]
        if not found:
            continue
        rows = len({each.row for each in found})
        lines.append(f"{severity.value}: {MEANING[severity]} ({len(found)} numbers of {rows} rows)")
        if severity.exit_status:
            lines += [f"  {each}" for each in found]
    rounded = outliers.told(verdicts)
    return [*lines, rounded] if rounded else lines


def listed(keys: Sequence[CellKey]) -> str:
    """Cells, by row, experiment and path; of many the first."""
    shown = [" ".join((row, *cell)) for row, cell in keys[:LISTED]]
    more = len(keys) - len(shown)
    return ", ".join([*shown, f"and {more} more"] if more else shown)


def _mean(values: Sequence[float | None]) -> str:
    known = [each for each in values if each is not None]
    return f"{np.mean(known):.4g}" if known else ""
