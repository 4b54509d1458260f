"""The audit as a page to read."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

import numpy as np

from synact_bench.leaderboard import text
from synact_bench.leaderboard.audit import Audit
from synact_bench.scoring import Estimate

HALVES = """\
The documents are parted into two halves by a hash; each half makes a board of its own, with its
own floor, intervals and tests. Spearman's correlation is over the overall realism of every row,
controls included. A reversal is a pair of rows ordered significantly one way in one half and the
other way in the other."""

TURNS = """\
Each draw of real activations scored in its turn as a row against the others. Its realism is 1 by
its making: of intervals that say what they promise, 95 % hold 1. A star marks one that does not."""

LADDER = """\
Vector mixtures of a real activation of the train pool and a Gaussian sample. Realism must fall as
the dose of the Gaussian rises."""

DIAGNOSTICS = """\
Paths that no score is made of: *spherical* keeps the distance from the mean of real activations,
*mixture* their variance about it, and its first step does not depend on the base. In brackets the
95 % interval. From the mean itself there is no direction to turn to, so that the row `mean` has no
spherical path."""

EXPLAINED = """\
R²: share of the variance of a metric over the paths of all rows that a quadratic surface of four
geometric facts predicts out of sample: distance from base to target, norm of the scored
activation, cosine of the two and Mahalanobis distance, each about the mean of real activations.
Share: how much of a row's shift from real the surface reproduces, fitted without that row and rows
of its kind; 1 is all, 0 none. It says little where more than a fifth of the row's paths lie outside
what the fit has seen (in brackets), and is empty where the row does not differ from real. The
median is over the shares of the cell without brackets, as many as the column *rows* says."""

FAR = 0.2
"""Share of a row's paths outside the fit from which on a share says little."""


def page(audit: Audit) -> str:
    """The whole page, in Markdown."""
    setting = audit.setting
    title = (
        f"# Audit: {text.escape(setting.testbed)}\n\nPreset {text.escape(setting.preset)}: "
        f"{setting.bases} bases x {setting.points} points, {setting.split} seed {setting.seed}."
    )
    parts = chain(
        [title, "## Split halves", HALVES, _halves(audit)],
        ["## Real against real", TURNS, *_turns(audit)],
        ["## Ladder from real to Gaussian", LADDER, *_ladder(audit)] if audit.ladder else [],
        ["## Further paths", DIAGNOSTICS, _diagnostics(audit)] if audit.diagnostics else [],
        ["## Trivial explanation", EXPLAINED, _r2(audit), _shares(audit)],
    )
    return "\n\n".join(parts) + "\n"


def _halves(audit: Audit) -> str:
    halves = audit.halves
    if halves.rho is None:
        return f"No correlation: {halves.reason}."
    reversed_ = [f"{each.first} and {each.second}" for each in halves.reversals]
    pairs = "; ".join(map(text.escape, reversed_)) or "none"
    return (
        f"Spearman's correlation over {halves.rows} rows: **{halves.rho:.3f}**. "
        f"Significant reversals: {pairs}."
    )


def _turns(audit: Audit) -> Iterable[str]:
    metrics = list(next(iter(audit.turns.values())).by_metric)
    overall = [found.overall.estimate for found in audit.turns.values()]
    by_metric = [
        [found.by_metric[metric].estimate for metric in metrics] for found in audit.turns.values()
    ]
    if any(_held(overall)):
        yield (
            f"Intervals that hold 1: by metric **{_count(chain(*by_metric))}**, "
            f"of overall realism **{_count(overall)}**."
        )
    rows = [
        [text.escape(name), *map(_starred, (whole, *parts))]
        for name, whole, parts in zip(audit.turns, overall, by_metric, strict=True)
    ]
    yield text.table(["row", "overall ↑", *(f"{each} ↑" for each in metrics)], rows, left=1)


def _held(estimates: Iterable[Estimate | None]) -> list[bool]:
    """For each interval there is, whether it holds 1."""
    known = [each.interval for each in estimates if each is not None]
    return [each[0] <= 1 <= each[1] for each in known if each is not None]


def _count(estimates: Iterable[Estimate | None]) -> str:
    held = _held(estimates)
    return f"{sum(held)} of {len(held)}"


def _starred(estimate: Estimate | None) -> str:
    return text.interval(estimate) + " *" * (_held([estimate]) == [False])


def _ladder(audit: Audit) -> Iterable[str]:
    metrics = list(audit.ladder[0].realism.by_metric)
    rows = [
        [
            f"{rung.dose:g}",
            text.interval(rung.realism.overall.estimate),
            *(text.interval(rung.realism.by_metric[metric].estimate) for metric in metrics),
        ]
        for rung in audit.ladder
    ]
    if audit.correlation is not None:
        yield f"Spearman's correlation of dose and overall realism: **{audit.correlation:.2f}**."
    yield text.table(["dose", "overall ↑", *(f"{each} ↑" for each in metrics)], rows, left=0)


def _diagnostics(audit: Audit) -> str:
    rows = [
        [
            cell.experiment,
            cell.path,
            metric,
            text.escape(control),
            text.interval(realism.estimate),
            text.escape(realism.reason or ""),
        ]
        for cell, metrics in audit.diagnostics.items()
        for metric, controls in metrics.items()
        for control, realism in controls.items()
    ]
    headers = ["experiment", "path", "metric", "row", "realism ↑", "why not"]
    return text.table(headers, rows, left=4)


def _r2(audit: Audit) -> str:
    rows = []
    for cell, metrics in audit.explained.items():
        for metric, each in metrics.items():
            values = [one.value for one in each.shares.values() if _near(one.extrapolated)]
            known = [value for value in values if value is not None]
            rows.append(
                [
                    cell.experiment,
                    cell.path,
                    metric,
                    text.score(each.r2),
                    text.score(float(np.median(known)) if known else None),
                    str(len(known)),
                    text.escape(each.reason or ""),
                ]
            )
    headers = ["experiment", "path", "metric", "R²", "median share", "rows", "why not"]
    return text.table(headers, rows, left=3)


def _shares(audit: Audit) -> str:
    places = [(cell, metric) for cell, found in audit.explained.items() for metric in found]
    names = sorted({row for cell, metric in places for row in audit.explained[cell][metric].shares})
    rows = []
    for name in names:
        cells = []
        for cell, metric in places:
            share = audit.explained[cell][metric].shares.get(name)
            shown = text.score(share.value) if share else ""
            far = share is not None and not _near(share.extrapolated)
            cells.append(f"({shown})" if shown and far else shown)
        if any(cells):
            rows.append([text.escape(name), *cells])
    headers = ["row", *(f"{cell.experiment} {cell.path} {metric}" for cell, metric in places)]
    return text.table(headers, rows, left=1)


def _near(extrapolated: float | None) -> bool:
    return extrapolated is not None and extrapolated <= FAR
