from __future__ import annotations

import pytest

from synact_bench.core.experiments import HOLDOUT
from synact_bench.results import pack
from synact_bench.results import published as packs
from synact_bench.results.record import Inspection, RuleRecord
from synact_bench.submissions import flags
from synact_bench.submissions.refusal import SubmissionError
from tests.helpers import submissions
from tests.helpers.published import published


def finding(rule: str, value: float, expected: float, p: float | None = 1e-6) -> RuleRecord:
    return RuleRecord(rule=rule, value=value, expected=expected, threshold=-3.0, p=p, flagged=False)


@pytest.mark.parametrize(
    ("case", "wanted"),
    [
        (finding("mixture", 0.2, 0.01), True),
        (finding("mixture", 0.2, 0.01, p=0.01), False),
        (finding("mixture", 0.1, 0.01), False),
        (finding("mixture", 0.2, 0.01, p=None), False),
        (finding("not-authentic", 0.2, 0.5), True),
        (finding("not-authentic", 0.8, 0.5), False),
        (finding("data-copying", -3.1, 0.0, p=None), True),
        (finding("data-copying", -2.9, 0.0, p=None), False),
    ],
)
def test_a_rule_is_broken_by_its_numbers(case: RuleRecord, wanted: bool) -> None:
    assert flags.broken(case) is wanted


def test_published_inspections_have_the_flags_that_their_numbers_give() -> None:
    seen = set()
    for record in (record for name in packs.testbeds() for record in pack.records(published(name))):
        if record.row.kind != "generator" or record.inspection is None:
            continue
        conditioned = record.row.track == "conditioned"
        flags.check_inspection(record.inspection, "inspection", conditioned=conditioned)
        seen |= set(record.inspection.flags)
    assert "collapsed" in seen


def test_published_inspections_were_calibrated_as_one() -> None:
    records = pack.records(published("smollm2-135m"))
    heldout = {
        record.identity.cell: record.inspection
        for record in records
        if record.identity.generator.name == HOLDOUT and record.inspection is not None
    }
    compared = 0
    for record in records:
        if record.row.kind == "generator" and record.inspection is not None:
            flags.check_calibration(record.inspection, heldout[record.identity.cell], "inspection")
            compared += 1
    assert compared > 60


def check(inspection: Inspection, *, conditioned: bool = False) -> None:
    flags.check_inspection(inspection, "inspection", conditioned=conditioned)


def test_a_collapse_cannot_be_hidden() -> None:
    whole = submissions.seen()
    collapsed = {"spread": whole.spread | {"effective_rank": 5.0}}
    with pytest.raises(SubmissionError, match="its measurements give"):
        check(whole.model_copy(update=collapsed))
    check(whole.model_copy(update={**collapsed, "flags": ("collapsed",)}))


def without(rule: str, inspection: Inspection) -> Inspection:
    kept = tuple(each for each in inspection.findings if each.rule != rule)
    return inspection.model_copy(update={"findings": kept})


def test_an_echo_is_looked_for_exactly_where_something_is_shown() -> None:
    unconditional, conditioned = submissions.seen(), submissions.seen("conditioned")
    check(unconditional)
    check(conditioned, conditioned=True)
    with pytest.raises(SubmissionError, match="lacks echo"):
        check(unconditional, conditioned=True)
    with pytest.raises(SubmissionError, match="known once each"):
        check(conditioned)
    with pytest.raises(SubmissionError, match=r"findings\[6\]\.threshold: is 13\.5"):
        flags.check_calibration(
            conditioned.model_copy(
                update={
                    "findings": (
                        *conditioned.findings[:-1],
                        conditioned.findings[-1].model_copy(update={"threshold": 13.5}),
                    )
                }
            ),
            unconditional,
            "inspection",
        )


def test_what_a_small_preset_cannot_tell_may_be_missing() -> None:
    small = without("data-copying", submissions.seen())
    small = small.model_copy(update={"spread": {}, "lowest_real_spread": {}})
    check(small)
    flags.check_calibration(small, without("test-pool", small), "inspection")


def test_arithmetic_of_another_machine_is_allowed() -> None:
    whole = submissions.seen()
    other = whole.model_copy(
        update={"lowest_real_spread": whole.spread | {"coverage": 0.752, "distinct_latents": 301.0}}
    )
    flags.check_calibration(other, whole, "inspection")
