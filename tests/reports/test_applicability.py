from __future__ import annotations

from typing import Any

import pytest

from synact_bench.core.errors import RecordError
from synact_bench.metrics import METRICS, metrics_for
from synact_bench.reports.applicability import applicability
from synact_bench.reports.comparable import arrange
from synact_bench.reports.scored_cells import ScoredCells
from synact_bench.results.store import Cell
from synact_bench.scoring import CellName
from synact_bench.testbeds.scale import MetricScale
from tests.helpers import cells
from tests.helpers.boards import built, row_of
from tests.helpers.scales import FACTS

RELATIVE, MATCHED = (CellName("sensitivity", path) for path in ("relative", "matched"))
TELLS = MetricScale(gaussian=1.0, floor=0.1, floor_upper=0.2)
TELLS_NOTHING = MetricScale(gaussian=0.15, floor=0.1, floor_upper=0.2)


def frozen(names: list[str], **lacking: MetricScale | None) -> list[Cell]:
    """Cells whose records state that every metric applies, except for those named otherwise.

    Args:
        names: of the rows.
        lacking: by metric, what is frozen of it in the cells of sensitivity; None for nothing.
    """
    found = []
    for experiment in ("sensitivity", "plateau"):
        scales: dict[str, Any] = dict.fromkeys(METRICS, TELLS)
        scales |= lacking if experiment == "sensitivity" else {}
        known = {name: each for name, each in scales.items() if each is not None}
        facts = FACTS.model_copy(update={"metrics": known})
        found += cells.whole_board(names, experiments=[experiment], record={"scale": facts})
    return found


def test_what_does_not_tell_the_gaussian_is_found_with_its_numbers() -> None:
    given = arrange(frozen([*cells.FEW], auc_step=TELLS_NOTHING, plateau_width=TELLS_NOTHING))
    found = applicability(given)
    assert found.unknown == ()
    # Plateau widths are measured in plateau alone, where they do tell.
    assert found.inapplicable == {
        RELATIVE: {"auc_step": TELLS_NOTHING},
        MATCHED: {"auc_step": TELLS_NOTHING},
    }
    assert not found.holds(RELATIVE, "auc_step")
    assert found.holds(CellName("plateau", "scaled"), "kl_curve_gap")
    assert (found.everywhere("auc_step"), found.everywhere("rise_width")) == (False, True)


def test_a_metric_that_was_not_frozen_is_unknown() -> None:
    found = applicability(arrange(frozen([*cells.FEW], rise_width=None)))
    assert (found.inapplicable, found.unknown) == ({}, ("rise_width",))


def test_without_a_frozen_scale_every_metric_is_unknown() -> None:
    found = applicability(arrange(cells.whole_board(cells.FEW)))
    measured = {name for cell in (RELATIVE, ("plateau", "scaled")) for name in metrics_for(*cell)}
    assert (found.inapplicable, {*found.unknown}) == ({}, measured)


def test_it_is_never_decided_by_a_board_s_own_cells() -> None:
    """The Gaussian is as near as real in these cells: what is frozen says that metrics tell."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(cells.CENTRES, "gaussian", 0.5)
        assert applicability(arrange(frozen([*cells.FEW]))).inapplicable == {}


def test_no_row_is_ranked_by_what_does_not_apply() -> None:
    names = [*cells.FEW, "near", "mid"]
    board = built(frozen(names, auc_step=TELLS_NOTHING))
    ranking = board.tracks["unconditional"].by_metric
    assert "auc_step" not in ranking
    assert "rise_width" in ranking
    for name in ("near", "mid"):
        row = row_of(board, name)
        assert row.metric_ranks.keys() == ranking.keys()
        assert row.distances["auc_step"].interval is not None
    assert '"inapplicable": {\n   "sensitivity/matched"' in board.to_json()


def test_records_that_freeze_other_numbers_of_a_metric_are_refused() -> None:
    given = [*frozen([*cells.FEW]), *frozen(["mine"], auc_step=TELLS_NOTHING)]
    with pytest.raises(RecordError, match="their scales differ"):
        ScoredCells.of(arrange(given))
