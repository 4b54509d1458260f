"""Tasks among workers that are none: what they say is written beforehand."""

from __future__ import annotations

import dataclasses
from collections import Counter, deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synact_bench.core.errors import PluginError, SubjectError
from synact_bench.core.experiments import EXPERIMENTS, PRESETS
from synact_bench.isolation.limits import Limits
from synact_bench.results.record import GeneratorIdentity
from synact_bench.run.executors.dispatch import ATTEMPTS, dispatch
from synact_bench.run.executors.task import OpenedFor, Task, WorkerMessage
from synact_bench.testbeds.sources import LocalModel, LocalText
from synact_bench.testbeds.spec import Testbed
from tests.helpers import cells
from tests.helpers.testbeds import tiny_testbed

MODEL = LocalModel(kind="local", path="model", sha256="0" * 64)
TEXT = LocalText(kind="local-text", path="text", sha256="0" * 64)
CELL = cells.whole_board(cells.FEW, testbed="toy@1")[0]
Script = Callable[[Task], Sequence[WorkerMessage]]


def opening(name: str) -> OpenedFor:
    testbed = tiny_testbed(MODEL, TEXT, name=name)
    return OpenedFor(testbed, PRESETS["smoke"], 0, "release", "float32", "cpu")


def task(name: str, row: str) -> Task:
    made = GeneratorIdentity(name=row, version="1", parameters={}, source_digest="")
    cell = (EXPERIMENTS["plateau"], "scaled", CELL.record.identity)
    return Task(opening(name), row, made, None, (cell,), Limits())


class Fake:
    """Workers that say of a task what a script says, one message at a time."""

    def __init__(self, size: int, script: Script, *, alike: bool = True) -> None:
        self.size, self.alike, self._script = size, alike, script
        self.given: list[tuple[int, Task]] = []
        self._saying: dict[int, deque[WorkerMessage]] = {}
        self._started = 0
        self.ended: list[int] = []
        self.closed = False

    def start(self) -> int:
        self._started += 1
        return self._started

    def give(self, worker: Any, task: Task) -> None:
        self.given.append((worker, task))
        self._saying[worker] = deque(self._script(task))

    def heard(self) -> Sequence[tuple[int, WorkerMessage]]:
        busy = [each for each, left in self._saying.items() if left]
        assert busy, "waits for ever"
        return [(each, self._saying[each].popleft()) for each in busy]

    def end(self, worker: Any) -> None:
        assert not self._saying.pop(worker), "has more to say"
        self.ended.append(worker)

    def close(self) -> None:
        self.closed = True


def done(_: Task) -> Sequence[WorkerMessage]:
    return [WorkerMessage("cell", (CELL.record, b"")), WorkerMessage("done")]


def heard(tasks: Sequence[Task], pool: Fake) -> list[tuple[str, str, WorkerMessage]]:
    found: list[tuple[str, str, WorkerMessage]] = []

    def hear(each: Task, message: WorkerMessage) -> None:
        found.append((each.opening.testbed.name, each.row, message))

    dispatch(tasks, pool, hear)
    assert pool.closed
    return found


@given(st.lists(st.integers(0, 3), max_size=12), st.integers(1, 5))
def test_every_task_is_done_once_and_few_testbeds_are_opened(of: list[int], size: int) -> None:
    tasks = [task(f"bed-{bed}", f"row-{at}") for at, bed in enumerate(sorted(of))]
    pool = Fake(size, done)
    found = heard(tasks, pool)
    ended = sorted((bed, row) for bed, row, message in found if message.kind == "done")
    assert ended == sorted((each.opening.testbed.name, each.row) for each in tasks)
    opened = [
        worker
        for worker in {worker for worker, _ in pool.given}
        for before, after in zip(
            [None, *(t.opening for w, t in pool.given if w == worker)],
            [t.opening for w, t in pool.given if w == worker],
            strict=False,
        )
        if before != after
    ]
    assert len(opened) <= len({*of}) + min(size, len(tasks))


def test_a_lost_task_is_done_by_another_worker_without_what_was_stored() -> None:
    lost = [False]

    def script(each: Task) -> Sequence[WorkerMessage]:
        if not lost[0]:
            lost[0] = True
            return [
                WorkerMessage("cell", (CELL.record, b"")),
                WorkerMessage("lost", "killed by SIGKILL"),
            ]
        return done(each)

    one = task("bed", "mean")
    other = CELL.record.identity.model_copy(update={"seed": 1})
    two = dataclasses.replace(one, cells=(*one.cells, (*one.cells[0][:2], other)))
    pool = Fake(1, script)
    found = heard([two], pool)
    assert [message.kind for _, _, message in found] == ["cell", "note", "cell", "done"]
    assert found[1][2].content == ("lost", {"row": "mean", "error": "killed by SIGKILL"})
    (first, _), (second, again) = pool.given
    assert first != second
    assert again.cells == two.cells[1:]
    lost[0] = False
    assert [message.kind for _, _, message in heard([one], Fake(1, script))] == ["cell", "done"]


def test_a_task_that_is_always_lost_fails_and_the_others_are_done() -> None:
    def script(each: Task) -> Sequence[WorkerMessage]:
        return [WorkerMessage("lost", "exit code 1")] if each.row == "bad" else done(each)

    pool = Fake(2, script)
    found = heard([task("bed", row) for row in ("bad", "mean", "gaussian")], pool)
    assert sum(each.row == "bad" for _, each in pool.given) == ATTEMPTS
    (failed,) = (message.content for _, _, message in found if message.kind == "failed")
    assert isinstance(failed, PluginError)
    assert str(failed).startswith("row 'bad': 2 workers could not measure it: exit code 1; ")
    assert {row for _, row, message in found if message.kind == "done"} == {"mean", "gaussian"}


def test_a_testbed_that_cannot_be_opened_is_tried_once_a_worker() -> None:
    error = SubjectError("is another", where="the model", fix="fetch it")

    def script(each: Task) -> Sequence[WorkerMessage]:
        closed = each.opening.testbed.name == "closed"
        return [WorkerMessage("failed", error)] if closed else done(each)

    tasks = [task(bed, f"row-{at}") for bed in ("closed", "open") for at in range(4)]
    pool = Fake(1, script)
    found = heard(tasks, pool)
    assert [bed for bed, _, message in found if message.kind == "failed"] == ["closed"] * 4
    assert [bed for bed, _, message in found if message.kind == "done"] == ["open"] * 4
    assert sum(each.opening.testbed.name == "closed" for _, each in pool.given) == 1


class OnNodes(Fake):
    """Workers of which some cannot open some testbeds."""

    def __init__(self, size: int, closed: Callable[[int, str], bool]) -> None:
        super().__init__(size, done, alike=False)
        self._closed = closed

    def give(self, worker: Any, task: Task) -> None:
        super().give(worker, task)
        if self._closed(worker, task.opening.testbed.name):
            error = SubjectError("is not here", where="the model", fix="fetch it")
            self._saying[worker] = deque([WorkerMessage("failed", error)])


@given(st.lists(st.integers(0, 3), min_size=1, max_size=12), st.integers(1, 4), st.integers(1, 4))
def test_a_node_that_lacks_what_others_have_costs_no_row(
    of: list[int], size: int, bad: int
) -> None:
    tasks = [task(f"bed-{bed}", f"row-{at}") for at, bed in enumerate(sorted(of))]
    bad = 1 + bad % size
    pool = OnNodes(size, lambda worker, _: worker == bad)
    found = heard(tasks, pool)
    assert not [message for _, _, message in found if message.kind == "failed"]
    ended = sorted((bed, row) for bed, row, message in found if message.kind == "done")
    assert ended == sorted((each.opening.testbed.name, each.row) for each in tasks)
    at_bad = [each.opening for worker, each in pool.given if worker == bad]
    assert len(at_bad) == len({*at_bad})  # what it cannot open is not asked of it again


@given(st.lists(st.integers(0, 3), min_size=1, max_size=12), st.integers(1, 4))
def test_a_testbed_that_no_node_can_open_is_tried_twice(of: list[int], size: int) -> None:
    tasks = [task(f"bed-{bed}", f"row-{at}") for at, bed in enumerate(sorted(of))]
    pool = OnNodes(size, lambda _, bed: bed == "bed-0")
    found = heard(tasks, pool)
    for bed, kind in (("bed-0", "failed"), ("others", "done")):
        rows = [row for name, row, message in found if message.kind == kind]
        assert sorted(rows) == sorted(
            each.row for each in tasks if (each.opening.testbed.name == "bed-0") == (bed == "bed-0")
        )
    tried = [each for _, each in pool.given if each.opening.testbed.name == "bed-0"]
    assert len(tried) <= max(ATTEMPTS, size)


def test_what_one_could_open_is_not_given_up_for_those_that_cannot() -> None:
    """Three of four workers have told that they cannot when the other is still at it."""
    tasks = [task("bed", f"row-{at}") for at in range(6)]
    pool = OnNodes(4, lambda worker, _: worker != 3)
    found = heard(tasks, pool)
    assert {row for _, row, each in found if each.kind == "done"} == {each.row for each in tasks}
    assert not [each for _, _, each in found if each.kind == "failed"]


@pytest.mark.parametrize("alike", [True, False])
def test_room_for_one_worker_is_enough(alike: bool) -> None:
    """The second of a machine finds no memory to open what the first has open."""
    tasks = [task("bed", f"row-{at}") for at in range(6)]
    pool = OnNodes(2, lambda worker, _: worker == 2)
    pool.alike = alike
    found = heard(tasks, pool)
    assert {row for _, row, each in found if each.kind == "done"} == {each.row for each in tasks}


def test_a_row_that_several_could_not_open_waits_for_who_can() -> None:
    """Two of three nodes refuse the same row, while the third is at another of its testbed."""
    beds = [*["first"] * 4, *["second"] * 4]
    tasks = [task(bed, f"row-{at}") for at, bed in enumerate(beds)]

    class Slow(OnNodes):
        def give(self, worker: Any, task: Task) -> None:
            super().give(worker, task)
            if worker == 3:
                long = [WorkerMessage("preparing", "fitting")] * 30
                self._saying[worker].extendleft(long)

    pool = Slow(3, lambda worker, bed: bed == "first" and worker != 3)
    found = heard(tasks, pool)
    first = [(worker, each.row) for worker, each in pool.given if each.opening == opening("first")]
    assert max(Counter(row for worker, row in first if worker != 3).values()) == ATTEMPTS
    assert {row for _, row, each in found if each.kind == "done"} == {each.row for each in tasks}


def test_a_testbed_is_given_up_with_its_own_error_once_who_could_is_lost() -> None:
    tasks = [task("bed", f"row-{at}") for at in range(6)]
    error = SubjectError("is not here", where="the model", fix="fetch it")

    class Dying(OnNodes):
        """The first worker can open it, and is lost after its second row."""

        def give(self, worker: Any, task: Task) -> None:
            super().give(worker, task)
            if worker == 1 and sum(each == 1 for each, _ in self.given) > 2:
                self._saying[worker] = deque([WorkerMessage("lost", "killed by SIGKILL")])

    pool = Dying(3, lambda worker, _: worker != 1)
    found = heard(tasks, pool)
    failed = {row: str(each.content) for _, row, each in found if each.kind == "failed"}
    assert len(failed) == 4
    assert set(failed.values()) == {str(error)}
    assert len(pool.given) <= len(tasks) + 3


def test_a_row_is_given_up_after_two_workers_of_whatever_fate() -> None:
    tasks = [task("bed", "bad"), task("bed", "good")]
    fates = iter([WorkerMessage("lost", "killed by SIGKILL")])

    class Unlucky(OnNodes):
        def give(self, worker: Any, task: Task) -> None:
            super().give(worker, task)
            if task.row == "bad" and (fate := next(fates, None)) is not None:
                self._saying[worker] = deque([fate])
            elif task.row == "bad":
                error = SubjectError("no room", where="the model", fix="make room")
                self._saying[worker] = deque([WorkerMessage("failed", error)])

    pool = Unlucky(2, lambda *_: False)
    found = heard(tasks, pool)
    (failed,) = (each.content for _, row, each in found if each.kind == "failed")
    assert isinstance(failed, PluginError)  # it costs its row, not the testbed that others opened
    assert "2 workers could not measure it: the model: no room" in str(failed)
    assert [row for _, row, each in found if each.kind == "done"] == ["good"]


def test_a_row_that_fails_costs_itself() -> None:
    error = PluginError("returned nothing", where="generator 'bad'", fix="fix it")

    def script(each: Task) -> Sequence[WorkerMessage]:
        return [WorkerMessage("failed", error)] if each.row == "bad" else done(each)

    found = heard([task("bed", row) for row in ("bad", "mean")], Fake(1, script))
    kinds = [(row, message.kind) for _, row, message in found]
    assert kinds == [("bad", "failed"), ("mean", "cell"), ("mean", "done")]


def test_workers_are_ended_when_a_cell_cannot_be_stored() -> None:
    def full(_: Task, message: WorkerMessage) -> None:
        raise OSError("the disk is full")

    pool = Fake(2, done)
    with pytest.raises(OSError, match="full"):
        dispatch([task("bed", "mean")], pool, full)
    assert pool.closed


def test_what_is_opened_is_told_apart_by_what_it_is(tmp_path: Path) -> None:
    one: Testbed = opening("bed").testbed
    assert opening("bed") == opening("bed")
    assert hash(opening("bed")) == hash(opening("bed"))
    other = dataclasses.replace(opening("bed"), seed=1)
    assert other != opening("bed")
    assert opening("other") != opening("bed") != one


def test_a_worker_with_nothing_left_is_ended_so_that_others_find_room() -> None:
    class Small(Fake):
        """Has room for one worker: another says nothing until that one is ended."""

        def heard(self) -> Sequence[tuple[int, WorkerMessage]]:
            placed = min(each for each in self._saying if each not in self.ended)
            assert self._saying[placed], "waits for ever"
            return [(placed, self._saying[placed].popleft())]

    pool = Small(3, done)
    found = heard([task("bed", row) for row in ("real", "mean", "gaussian")], pool)
    assert sorted(row for _, row, each in found if each.kind == "done") == [
        *("gaussian", "mean", "real")
    ]
    assert sorted(pool.ended) == [1, 2, 3]
