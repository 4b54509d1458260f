from __future__ import annotations

import json
from pathlib import Path

import pytest

from synact_bench.results.record import Finding, Inspection
from synact_bench.submissions import flags
from synact_bench.submissions.refusal import SubmissionError

RECORDS = Path(__file__).parents[2] / "leaderboard" / "records"


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
        flags.check_inspection(inspection, "inspection")
        seen |= set(inspection.flags)
    assert "collapsed" in seen


def test_a_collapse_cannot_be_hidden() -> None:
    spread = {
        "effective_rank": 50.0,
        "distinct_rows": 400.0,
        "coverage": 0.8,
        "precision": 0.8,
        "distinct_latents": 3000.0,
    }
    inspection = Inspection(
        findings=(),
        spread=spread | {"effective_rank": 5.0},
        lowest_real_spread=spread,
        two_sample={},
        flags=(),
    )
    with pytest.raises(SubmissionError, match="its measurements give"):
        flags.check_inspection(inspection, "inspection")
    flags.check_inspection(inspection.model_copy(update={"flags": ("collapsed",)}), "inspection")
