from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from synact_bench.core.conventional import PLACE
from synact_bench.results.record import Conventional, Reported
from synact_bench.results.store import Cell
from synact_bench.submissions import agreement, conventional
from synact_bench.submissions.refusal import SubmissionError
from tests.helpers import cells, submissions

FIELD = "records[0]"


@pytest.fixture(autouse=True)
def _toys(monkeypatch: pytest.MonkeyPatch) -> None:
    submissions.toy_testbed(monkeypatch)


def cell(own: Conventional, name: str = "mine", *place: str) -> Cell:
    given = cells.cell(name, *(place or PLACE))
    return Cell(given.record.model_copy(update={"conventional": own}), given.table)


def honest(**changed: Any) -> Conventional:
    """What the toy curves give."""
    kl = float(cells.cell("mine", *PLACE).table.curves.kl[:, -1].mean())
    return cells.conventional(1.5, kl, **changed)


def test_what_the_paths_give_is_accepted_and_so_is_nothing() -> None:
    conventional.check(cell(honest()), FIELD)
    conventional.check(cells.cell("mine", *PLACE), FIELD)


def test_dropped_pairs_cost_nothing() -> None:
    given = cells.cell("mine", *PLACE, dropped=6)
    kl = float(given.table.curves.kl[:, -1].sum()) / cells.BASES
    own = cells.conventional(1.5, kl)
    record = given.record.model_copy(update={"conventional": own})
    conventional.check(Cell(record, given.table), FIELD)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        (lambda own: {"kl": cells.about(own.kl.value * 1.1)}, "kl.value: is"),
        (lambda _: {"frechet": cells.about(-0.5)}, "frechet.value: is -0.5, below 0"),
        (lambda _: {"frechet_n": 25}, "frechet_n: is 25, more than 24 bases"),
        (lambda _: {"known": 25}, "known: is 25, more than 24 bases"),
        (lambda _: {"known": 0}, "and knows 0 next tokens"),
        (lambda _: {"delta_loss": None}, "lacks"),
        (lambda _: {"ce_recovered": cells.about(0.99)}, "ce_recovered: is 0.99, its losses give"),
        (lambda _: {"ce_recovered": None}, "ce_recovered: is None, its losses give"),
        (
            lambda _: {"frechet": Reported(value=1.0, low=2.0, high=1.5)},
            "frechet: runs from 2 to 1.5",
        ),
        (lambda _: {"frechet": Reported(value=1.0, low=None, high=1.5)}, "has one end"),
    ],
)
def test_what_cannot_be_is_refused(
    changed: Callable[[Conventional], dict[str, Any]], named: str
) -> None:
    own = honest()
    with pytest.raises(SubmissionError) as caught:
        conventional.check(cell(own.model_copy(update=changed(own))), FIELD)
    assert named in str(caught.value)
    assert str(caught.value).startswith(f"{FIELD}.conventional")


@pytest.mark.parametrize("definition", ["conventional@0", "conventional@2"])
def test_what_was_accepted_by_another_definition_stays_accepted(definition: str) -> None:
    """What it must come to is known of this version's definition alone."""
    then = honest().model_copy(update={"definition": definition, "kl": cells.about(9.0)})
    conventional.check(cell(then), FIELD)


@pytest.mark.parametrize("place", [("sensitivity", "matched"), ("plateau", "scaled")])
def test_other_cells_have_none(place: tuple[str, str]) -> None:
    with pytest.raises(SubmissionError, match="is not null: only sensitivity/relative has it"):
        conventional.check(cell(honest(), "mine", *place), FIELD)


def test_where_the_answer_is_read_elsewhere_the_curves_say_nothing_of_kl(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    far = honest().model_copy(update={"kl": cells.about(9.0)})
    monkeypatch.setattr(conventional, "_written_last", lambda _: False)
    conventional.check(cell(far), FIELD)


@pytest.mark.parametrize("name", conventional.SHARED)
def test_what_rows_share_must_be_what_the_published_ones_have(name: str) -> None:
    own = honest()
    conventional.check_shared(own, cells.conventional(), FIELD)
    conventional.check_shared(own, None, FIELD)
    conventional.check_shared(None, own, FIELD)
    other = own.model_copy(update={name: getattr(own, name) * 1.1})
    with pytest.raises(SubmissionError, match=f"{name}: is .* the published reference has"):
        conventional.check_shared(other, own, FIELD)


def test_a_submission_is_compared_with_the_published_draw() -> None:
    own = cells.reported(submissions.own(), mine=honest(frechet_floor=50.0))
    published = cells.reported(submissions.reference(), real=cells.conventional())
    records = [each.record for each in own]
    agreement.check_reference(records, submissions.reference())
    with pytest.raises(SubmissionError, match="frechet_floor: is 50"):
        agreement.check_reference(records, published)
