"""Flags: that a submission's are those its own measurements give."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping

from synact_bench.results.record import Finding, Inspection
from synact_bench.scoring.copying import ALPHA, MARGIN
from synact_bench.scoring.diversity import FLAG, Spread, collapsed
from synact_bench.scoring.two_sample import TwoSample
from synact_bench.submissions.parsing import named
from synact_bench.submissions.refusal import SubmissionError, shown

STATISTIC = "data-copying"
"""The rule with a statistic of any sign; that of every other is a share."""
SHARES = (
    "echo",
    "mixture",
    "near-duplicate",
    "not-authentic",
    "rescaled",
    "test-pool",
)
RULES = (*SHARES, STATISTIC)


def check_inspection(inspection: Inspection, field: str) -> None:
    """That rules and numbers are known, in their range, and flagged as they must be.

    Raises:
        SubmissionError: they are not; the message names the field.
    """
    rules = [finding.rule for finding in inspection.findings]
    if len(set(rules)) < len(rules) or not set(rules) <= set(RULES):
        raise SubmissionError(
            f"has the rules {shown(rules)}, known once each: {', '.join(RULES)}",
            field=f"{field}.findings",
        )
    for at, finding in enumerate(inspection.findings):
        _check_finding(finding, f"{field}.findings[{at}]")
    for name, numbers, kind in (
        ("spread", inspection.spread, Spread),
        ("lowest_real_spread", inspection.lowest_real_spread, Spread),
        ("two_sample", inspection.two_sample, TwoSample),
    ):
        _check_names(numbers, (each.name for each in dataclasses.fields(kind)), f"{field}.{name}")
    broken = [finding.rule for finding in inspection.findings if finding.flagged]
    broken += [FLAG] if _collapsed(inspection) else []
    if sorted(inspection.flags) != sorted(broken):
        raise SubmissionError(
            f"is {shown(list(inspection.flags))}, its measurements give {shown(broken)}",
            field=f"{field}.flags",
        )


def broken(finding: Finding) -> bool:
    """Whether the numbers of a finding break its rule."""
    if finding.rule == STATISTIC:
        return finding.threshold is not None and finding.value < finding.threshold
    excess = finding.value - finding.expected
    if finding.rule == "not-authentic":
        excess = -excess
    return finding.p is not None and finding.p < ALPHA and excess > MARGIN


def _check_finding(finding: Finding, field: str) -> None:
    shares = {"p": finding.p}
    if finding.rule != STATISTIC:
        shares |= {"value": finding.value, "expected": finding.expected}
    for name, share in shares.items():
        if share is not None and not 0 <= share <= 1:
            raise SubmissionError(f"is {share:g}, not 0 to 1", field=f"{field}.{name}")
    if finding.flagged != broken(finding):
        raise SubmissionError(
            f"is {finding.flagged}, its numbers give {broken(finding)}", field=f"{field}.flagged"
        )


def _check_names(numbers: Mapping[str, float | None], known: Iterable[str], field: str) -> None:
    for name in sorted(numbers.keys() - set(known)):
        raise SubmissionError("is not known", field=f"{field}.{named(name)}")
    for name, number in numbers.items():
        if number is not None and number < 0 and name != "kid":
            raise SubmissionError(f"is {number:g}, below 0", field=f"{field}.{name}")


def _collapsed(inspection: Inspection) -> bool:
    own, real = _spread(inspection.spread), _spread(inspection.lowest_real_spread)
    return own is not None and real is not None and collapsed(own, real)


def _spread(numbers: Mapping[str, float | None]) -> Spread | None:
    """None where activations were too few for all of its numbers."""
    rank, rows = numbers.get("effective_rank"), numbers.get("distinct_rows")
    covered, precise = numbers.get("coverage"), numbers.get("precision")
    latents = numbers.get("distinct_latents")
    if rank is None or rows is None or covered is None or precise is None:
        return None
    return Spread(rank, int(rows), covered, precise, None if latents is None else int(latents))
