from __future__ import annotations

import pytest

from synact_bench.audit.drawn_ladder import drawn_ladder
from synact_bench.core.errors import RecordError
from synact_bench.reports.scored_cells import PARTS
from tests.helpers import boards, cells

GIVEN = cells.whole_board([*cells.FEW, "real-holdout"])


def test_realism_falls_with_the_dose_overall_and_by_part() -> None:
    found = drawn_ladder([*GIVEN, *boards.ladder(boards.RISING)], replicates=boards.REPLICATES)
    assert [*found.lines] == ["overall", *PARTS]
    for rungs in found.lines.values():
        assert [each.place for each in rungs] == [0, 0.1, 0.25, 0.5, 1]
        assert all(each.interval is not None for each in rungs)
        assert rungs[0].value > rungs[2].value > rungs[-1].value
    assert [*found.landmarks] == ["real-holdout", "gaussian"]


def test_cells_without_a_rung_are_refused() -> None:
    with pytest.raises(RecordError, match="no rung of the ladder"):
        drawn_ladder(GIVEN, replicates=boards.REPLICATES)
