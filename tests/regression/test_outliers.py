from __future__ import annotations

from collections.abc import Mapping

import pytest

from synact_bench.regression.outliers import counted, told
from synact_bench.regression.verdict import Severity, Verdict
from synact_bench.scoring import CellName

GRID = "max_slope_step"


def verdicts(outliers: Mapping[str, int], *, metric: str = GRID, cells: int = 3) -> list[Verdict]:
    """Rows of some cells of 8 paths, the first ``outliers`` of which have one that differs."""
    return [
        Verdict(
            row, Severity.SAME, CellName("plateau", str(at)), metric, paths=8, outliers=at < many
        )
        for row, many in outliers.items()
        for at in range(cells)
    ]


def drifted(found: list[Verdict]) -> list[str]:
    return [each.row for each in counted(found) if each.severity is Severity.DRIFT]


def test_one_stray_of_a_row_is_rounding_and_two_are_not() -> None:
    assert drifted(verdicts({"a": 1, "b": 0})) == []
    assert drifted(verdicts({"a": 2, "b": 0})) == ["a", "a"]


@pytest.mark.parametrize(("rows", "many"), [(10, 2), (25, 6)])
def test_of_all_rows_one_path_in_a_hundred_may_stray(rows: int, many: int) -> None:
    def with_strays(count: int) -> list[Verdict]:
        return verdicts({f"row{at}": at < count for at in range(rows)})

    assert drifted(with_strays(many)) == []
    assert len(drifted(with_strays(many + 1))) == many + 1


def test_the_reason_says_how_many() -> None:
    (first, *_) = counted(verdicts({"a": 2}))
    assert first.reason == "differs on 2 of 24 paths of the row, where rounding may explain 1"


def test_what_is_drift_already_is_not_counted_again() -> None:
    whole = Verdict("a", Severity.DRIFT, CellName("plateau", "x"), GRID, "why", paths=8, outliers=8)
    found = counted([whole, *verdicts({"a": 1})])
    assert found[0] is whole
    assert {each.severity for each in found[1:]} == {Severity.SAME}


def test_metrics_are_counted_apart() -> None:
    assert drifted([*verdicts({"a": 1}), *verdicts({"a": 1}, metric="plateau_width")]) == []


def test_only_strays_that_are_left_are_told() -> None:
    assert told(verdicts({"a": 0})) is None
    assert told(verdicts({"a": 1})) == (
        "paths that differ singly, as rounding may: max_slope_step 1 of 24"
    )
    assert told(counted(verdicts({"a": 2}))) is None
