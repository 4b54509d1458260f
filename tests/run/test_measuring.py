from __future__ import annotations

from pathlib import Path
from typing import Any, NoReturn

import pytest

from synact_bench.core import disk
from synact_bench.core.conventional import CONVENTIONAL, PLACE
from synact_bench.core.errors import FailedRowsError, PluginError, RecordError
from synact_bench.evaluation import run as evaluation
from synact_bench.results.record import Record
from synact_bench.results.store import Store
from synact_bench.run import measuring, plan
from synact_bench.run.measuring import measure, measure_together
from synact_bench.run.plan import CellPlan
from synact_bench.run.request import Request
from synact_bench.testbeds.spec import Testbed
from tests.helpers import cells, shipping
from tests.helpers.asked import Asked
from tests.helpers.faulty import faulty
from tests.helpers.requests import Unwatched, requested

LACKING = ("real", "mean")
"""Rows whose cells are made ones of before there were conventional measures."""


class Heard(Unwatched):
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        self.lines.append(line)


def rewritten(store: Store, plans: list[CellPlan], **changed: Any) -> None:
    """The stored cells with other facts in their records, their tables as they are."""
    for each in plans:
        record = store.cell(each.identity).record.model_copy(update=changed)
        table = (store.folder / f"{each.identity.stem}.parquet").read_bytes()
        store.write(record, table)


def of_rows(request: Request, *names: str) -> list[CellPlan]:
    return [each for each in request.plans if each.entry.name in names]


def facts(record: Record) -> dict[str, Any]:
    return record.model_dump(exclude={"provenance"})


def tables(store: Store) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in store.folder.glob("*.parquet")}


def never_opened(_: Request) -> NoReturn:
    raise AssertionError("the model was opened")


@pytest.fixture
def request_of(full_run: Path, opened_once: Testbed) -> Request:
    return requested(testbed="tiny", preset="smoke", runs=full_run)


@pytest.mark.parametrize(
    "then", [None, cells.conventional(definition="conventional@0")], ids=["none", "older"]
)
def test_stored_cells_get_conventional_measures_and_no_point_is_run(
    request_of: Request, monkeypatch: pytest.MonkeyPatch, then: object
) -> None:
    request, store, plans = request_of, request_of.store, request_of.plans
    before = {each.label: store.cell(each.identity).record for each in plans}
    content = tables(store)
    placed = [each for each in of_rows(request, *LACKING) if each.identity.cell == PLACE]
    rewritten(store, placed, conventional=then)
    assert plan.missing(plans, store) == []
    assert plan.unreported(plans, store) == placed
    asked, heard = Asked.watching(monkeypatch), Heard()
    measure(plans, request, heard, reported=True)
    assert f"{len(placed)} of those reused get conventional" in heard.lines[-1]
    assert (asked.points, asked.again) == (0, 0)
    assert tables(store) == content
    after = {each.label: store.cell(each.identity).record for each in plans}
    assert {label: facts(record) for label, record in after.items()} == {
        label: facts(record) for label, record in before.items()
    }
    assert plan.unreported(plans, store) == []
    monkeypatch.setattr(Request, "session", never_opened)
    measure(plans, request, Heard(), reported=True)


def test_they_are_added_where_that_is_asked_for_alone(
    request_of: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    rewritten(request_of.store, of_rows(request_of, *LACKING), conventional=None)
    monkeypatch.setattr(Request, "session", never_opened)
    measure(request_of.plans, request_of, Heard())
    board = {cell.record.identity.generator.name for cell in request_of.board_cells()}
    assert {*LACKING} <= board


def test_rows_that_workers_could_not_measure_are_told_by_name(
    full_run: Path, opened_once: Testbed, tmp_path: Path
) -> None:
    own = str(faulty(tmp_path, "nan"))
    request = requested(
        testbed="tiny", preset="smoke", runs=full_run, generators=("mean", own, "missing.py")
    )
    request.roster.refused[own] = PluginError("is lost", where="row 'faulty'", fix="mend it")
    with pytest.raises(FailedRowsError) as caught:
        measure(of_rows(request, "mean"), request, Unwatched())
    assert [*caught.value.failed] == ["missing.py", "faulty"]


class Told(Unwatched):
    """Remembers what it is warned of."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def warn(self, line: str) -> None:
        self.lines.append(line)


@pytest.mark.parametrize(("shared", "warned"), [(False, 1), (True, 0)])
def test_workers_say_that_another_run_is_measuring_there(
    full_run: Path,
    opened_once: Testbed,
    monkeypatch: pytest.MonkeyPatch,
    shared: bool,
    warned: int,
) -> None:
    request = requested(testbed="tiny", preset="smoke", runs=full_run, seed=1, workers=2)
    monkeypatch.setattr(measuring, "execute", lambda *_: None)
    told = Told()
    with disk.claimed(measuring._claim(request)) as free:
        assert free
        measure_together([(request, request.plans)], told, shared=shared)
    assert len(told.lines) == warned
    assert all("another run is measuring here" in each for each in told.lines)


def test_a_folder_that_can_only_be_read_is_left_as_it_is(
    request_of: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unwritable(_: Store) -> NoReturn:
        raise RecordError("no cell could be kept there", where="here", fix="make it writable")

    rewritten(request_of.store, of_rows(request_of, *LACKING), conventional=None)
    monkeypatch.setattr(Store, "refuse_unwritable", unwritable)
    monkeypatch.setattr(Request, "session", never_opened)
    measure(request_of.plans, request_of, Heard(), reported=True)


def test_an_empty_cell_lacks_nothing(request_of: Request, monkeypatch: pytest.MonkeyPatch) -> None:
    store = request_of.store
    (each,) = (one for one in of_rows(request_of, "mean") if one.identity.cell == PLACE)
    cell = store.cell(each.identity)
    empty = cell.record.model_copy(
        update={"status": "empty", "reason": "none", "conventional": None}
    )
    monkeypatch.setattr(Store, "found", lambda *_: type(cell)(empty, cell.table))
    assert plan.unreported([each], store) == []


def test_a_row_that_stands_beside_published_cells_stays_as_it_is(
    full_run: Path, opened_once: Testbed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = "synthetic-random"
    whole = requested(testbed="tiny", preset="smoke", runs=full_run)
    rewritten(whole.store, whole.plans, conventional=None)
    published = [
        cell for cell in shipping.stored(full_run) if cell.record.identity.generator.name != own
    ]
    shipping.ship(published, "tiny", tmp_path / "home", monkeypatch)
    request = requested(testbed="tiny", generators=(own,), runs=full_run)
    assert request.shipped is not None
    assert request.folder == whole.folder
    assert plan.unreported(request.plans, request.store) != []
    monkeypatch.setattr(Request, "session", never_opened)
    found = evaluation.run(request, Heard())
    assert found.board.conventional == {}


def test_a_run_of_its_own_adds_them(request_of: Request, monkeypatch: pytest.MonkeyPatch) -> None:
    placed = [each for each in request_of.plans if each.identity.cell == PLACE]
    rewritten(request_of.store, placed[:1], conventional=None)
    name = placed[0].entry.name
    found = evaluation.run(request_of, Heard()).board.conventional
    assert found[name].definition == CONVENTIONAL
