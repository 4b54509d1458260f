"""Flags: that a submission's are those its own measurements give."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence

from synact_bench.results.record import Inspection, RuleRecord
from synact_bench.similarity.diversity import FLAG, Spread, collapsed
from synact_bench.similarity.generalisation import Generalisation
from synact_bench.similarity.rule import CloseRule, ShareRule, StatisticRule
from synact_bench.similarity.rules import RULES
from synact_bench.similarity.two_sample import TwoSample
from synact_bench.submissions.refusal import SubmissionError, named, shown

STATISTICS = frozenset(name for name, rule in RULES.items() if isinstance(rule, StatisticRule))
"""Rules with a number of any sign, which few activations do not have; the others' is a share."""
LATENTS = "distinct_latents"
"""The one number of a spread that a testbed may not have."""
CLOSE = 0.01
"""Relative difference that another machine's arithmetic may make in what held-out real activations
show."""
APART = {"threshold": 1e-3, "distinct_rows": 3.0, LATENTS: 3.0}
"""Absolute difference likewise, by field; ``CLOSE`` for the others, which are shares."""


def check_inspection(inspection: Inspection, field: str, *, conditioned: bool) -> None:
    """That every rule was tried, and numbers are in their range and flagged as they must be.

    Args:
        inspection: of one record.
        field: of the inspection.
        conditioned: whether the generator is shown activations, which it could echo.

    Raises:
        SubmissionError: they are not; the message names the field.
    """
    _check_rules([finding.rule for finding in inspection.findings], field, conditioned)
    for at, finding in enumerate(inspection.findings):
        _check_finding(finding, f"{field}.findings[{at}]")
    for name, numbers, kind in (
        ("spread", inspection.spread, Spread),
        ("lowest_real_spread", inspection.lowest_real_spread, Spread),
        ("two_sample", inspection.two_sample, TwoSample),
        ("generalisation", inspection.generalisation, Generalisation),
    ):
        _check_names(numbers, (each.name for each in dataclasses.fields(kind)), f"{field}.{name}")
    _check_spread(inspection, field)
    broken = [finding.rule for finding in inspection.findings if finding.flagged]
    broken += [FLAG] if _collapsed(inspection) else []
    if sorted(inspection.flags) != sorted(broken):
        raise SubmissionError(
            f"is {shown(list(inspection.flags))}, its measurements give {shown(broken)}",
            field=f"{field}.flags",
        )


def check_calibration(inspection: Inspection, published: Inspection, field: str) -> None:
    """That activations were held to what held-out real ones show, as the published rows were.

    Args:
        inspection: of one record.
        published: of ``real-holdout`` in the same experiment and path.
        field: of the inspection.

    Raises:
        SubmissionError: a threshold, an expected share or a real spread is another, or missing.
    """
    known = {finding.rule: finding for finding in published.findings}
    rules = [finding.rule for finding in inspection.findings]
    if lacking := STATISTICS & known.keys() - {*rules}:
        raise _lacking(lacking, f"{field}.findings")
    for at, finding in enumerate(inspection.findings):
        rule = RULES[finding.rule]
        if not rule.of_draws:
            continue  # the published row is one of them
        like = rule.like if isinstance(rule, CloseRule) else None
        real = known.get(like or finding.rule)
        for name in ("expected", "threshold"):
            _alike(
                getattr(finding, name), getattr(real, name, None), f"{field}.findings[{at}].{name}"
            )
    own, lowest = inspection.lowest_real_spread, published.lowest_real_spread
    for name in sorted(own.keys() | lowest.keys()):
        _alike(own.get(name), lowest.get(name), f"{field}.lowest_real_spread.{name}")


def broken(finding: RuleRecord) -> bool:
    """Whether the numbers of a finding break its rule."""
    return RULES[finding.rule].broken(finding)


def _check_rules(rules: Sequence[str], field: str, conditioned: bool) -> None:
    shares = [rule for rule in RULES.values() if isinstance(rule, ShareRule)]
    wanted = {rule.name for rule in shares if conditioned or not rule.conditioned}
    allowed = wanted | STATISTICS
    if len(set(rules)) < len(rules) or not set(rules) <= allowed:
        raise SubmissionError(
            f"has the rules {shown(rules)}, known once each: {', '.join(sorted(allowed))}",
            field=f"{field}.findings",
        )
    if not wanted <= set(rules):
        raise _lacking(wanted - set(rules), f"{field}.findings")


def _check_spread(inspection: Inspection, field: str) -> None:
    own, real = inspection.spread, inspection.lowest_real_spread
    wanted = {each.name for each in dataclasses.fields(Spread)} if own or real else set()
    for name, numbers in (("spread", own), ("lowest_real_spread", real)):
        lacking = wanted - {each for each, number in numbers.items() if number is not None}
        if own.get(LATENTS) is None and real.get(LATENTS) is None:
            lacking -= {LATENTS}
        if lacking:
            raise _lacking(lacking, f"{field}.{name}")


def _lacking(names: Iterable[str], field: str) -> SubmissionError:
    return SubmissionError(f"lacks {', '.join(sorted(names))}", field=field)


def _alike(value: float | None, known: float | None, field: str) -> None:
    if value is None or known is None:
        same = value is known
    else:
        apart = APART.get(field.rpartition(".")[2], CLOSE)
        same = math.isclose(value, known, rel_tol=CLOSE, abs_tol=apart)
    if not same:
        raise SubmissionError(
            f"is {shown(value)}, held-out real activations of the published reference have "
            f"{shown(known)}",
            field=field,
        )


def _check_finding(finding: RuleRecord, field: str) -> None:
    shares = {}
    if finding.rule not in STATISTICS:
        shares = {"p": finding.p, "value": finding.value, "expected": finding.expected}
    for name, share in shares.items():
        if share is None or not 0 <= share <= 1:
            raise SubmissionError(f"is {shown(share)}, not 0 to 1", field=f"{field}.{name}")
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
