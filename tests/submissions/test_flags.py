from __future__ import annotations

import json
from pathlib import Path

import pytest

from synact_bench.results.record import Finding, Inspection
from synact_bench.submissions import flags
from synact_bench.submissions.refusal import SubmissionError
from tests.helpers import submissions

ROOT = Path(__file__).parents[2]
RECORDS = ROOT / "leaderboard" / "records"
REFERENCE = ROOT / "baselines" / "smollm2-135m" / "reference"


def finding(rule: str, value: float, expected: float, p: float | None = 1e-6) -> Finding:
    return Finding(rule=rule, value=value, expected=expected, threshold=-3.0, p=p, flagged=False)


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
def test_a_rule_is_broken_by_its_numbers(case: Finding, wanted: bool) -> None:
    assert flags.broken(case) is wanted


def test_published_inspections_have_the_flags_that_their_numbers_give() -> None:
    seen = set()
    for path in sorted(RECORDS.rglob("*.json")):
        record = json.loads(path.read_text(encoding="utf-8"))
        inspection = Inspection.model_validate(record["inspection"])
        conditioned = record["row"]["track"] == "conditioned"
        flags.check_inspection(inspection, "inspection", conditioned=conditioned)
        seen |= set(inspection.flags)
    assert "collapsed" in seen


def test_published_inspections_were_calibrated_as_one() -> None:
    heldout = {}
    for path in sorted(REFERENCE.glob("real-holdout--*.json")):
        record = json.loads(path.read_text(encoding="utf-8"))
        place = record["identity"]["experiment"], record["identity"]["path"]
        heldout[place] = Inspection.model_validate(record["inspection"])
    for path in sorted((RECORDS / "smollm2-135m").glob("*.json")):
        record = json.loads(path.read_text(encoding="utf-8"))
        place = record["identity"]["experiment"], record["identity"]["path"]
        own = Inspection.model_validate(record["inspection"])
        flags.check_calibration(own, heldout[place], "inspection")


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
