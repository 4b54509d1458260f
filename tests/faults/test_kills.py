"""A run that is killed, wherever it is, goes on and ends with the same cells."""

from __future__ import annotations

import dataclasses
import random
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from synact_bench.core import disk
from synact_bench.results import journal
from synact_bench.results.store import Store
from tests.faults.driver import CELLS, REFUSED, Run, contents
from tests.helpers.same_numbers import refuse_other_numbers
from tests.run.executors.conftest import mine as mine  # noqa: PLC0414  (a fixture)

Told = Callable[[str, str], None]
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def run(mine: Path, tmp_path: Path) -> Run:
    """One that ends, in a folder of its own, with the cached files of all."""
    return Run(mine, tmp_path / "runs", mine.parents[2] / "cache", tmp_path / "said")


@pytest.fixture(scope="module")
def whole(mine: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """One that ended."""
    folder = tmp_path_factory.mktemp("whole")
    cache = mine.parents[2] / "cache"
    Run(mine, folder / "first", cache, folder / "said").end()  # captures what is cached
    run = Run(mine, folder / "runs", cache, folder / "said")
    began = time.perf_counter()
    assert run.end() == 0
    run.seconds = time.perf_counter() - began
    assert len(contents(run.folder)) == CELLS
    return run


def again(run: Run, **changed: object) -> Run:
    return dataclasses.replace(run, **changed)  # type: ignore[arg-type]


def refuse_other(run: Run, whole: Run) -> None:
    """Refuse cells that are lost, doubled or damaged, or hold other numbers."""
    found, wanted = (
        {each.record.identity.stem: each for each in Store(one.folder).cells()}
        for one in (run, whole)
    )
    refuse_other_numbers(found, wanted)
    for ending in ("json", "parquet"):
        assert {each.stem for each in run.folder.glob(f"*--*.{ending}")} == wanted.keys()


def moments(events: int, kills: int) -> Iterator[int]:
    """One within each of so many equal stretches from start to end."""
    rng, stretch = random.Random(kills), events / kills
    return (1 + int((each + rng.random()) * stretch) for each in range(kills))


@pytest.mark.parametrize("kills", [2, pytest.param(20, marks=pytest.mark.faults)])
def test_a_run_that_is_killed_goes_on(run: Run, whole: Run, kills: int, told: Told) -> None:
    stored = []
    for number, at in enumerate(moments(whole.events.value, kills)):
        one = again(run, runs=run.runs / str(number))
        killed = again(one, kill_at=at, events=fresh(run))
        assert killed.end() == -signal.SIGKILL
        stored.append(len([*killed.folder.glob("*--*.json")]))
        assert one.end() == 0
        refuse_other(one, whole)
    assert kills < 20 or (min(stored) == 0 and max(stored) >= CELLS - 2)
    told(
        "SIGKILL of the driver, then resumed",
        f"{kills} kills at seeded events, with {min(stored)} to {max(stored)} of {CELLS} cells "
        f"stored by then; {kills} survived, no cell lost or doubled",
    )


@pytest.mark.faults
def test_a_run_that_is_killed_from_outside_goes_on(run: Run, whole: Run, told: Told) -> None:
    """At moments of time, in the middle of whatever it does."""
    rng, kills, late = random.Random(0), 6, 0
    for number in range(kills):
        one = again(run, runs=run.runs / str(number))
        process = one.start()
        process.join(rng.random() * whole.seconds)
        late += process.exitcode is not None
        process.kill()
        process.join()
        assert one.end() == 0
        refuse_other(one, whole)
    told("SIGKILL of the driver at a moment of time", f"{kills - late} kills, all survived")


def test_a_run_that_is_killed_again_and_again_comes_to_its_end(
    run: Run, whole: Run, told: Told
) -> None:
    """Each goes on from what the one before it stored, and lives a little longer."""
    kills, events = 0, whole.events.value
    while True:
        rest = again(run, kill_at=(40 + kills) * events // 50, events=fresh(run))
        if rest.end() == 0:
            break
        kills += 1
        assert kills < 2 * CELLS
    assert kills
    refuse_other(run, whole)
    told("SIGKILL of every resumed run until one ends", f"{kills} kills, the last run whole")


def fresh(run: Run) -> object:
    return Run(run.testbed, run.runs, run.cache, run.said).events


def test_two_runs_in_one_folder_are_told_and_harm_nothing(run: Run, whole: Run, told: Told) -> None:
    first = run.start()
    second = again(run, said=run.said.with_name("second")).start()
    for each in (first, second):
        each.join()
        assert each.exitcode == 0
    refuse_other(run, whole)
    told("two runs in one folder at once", "2 ended, every cell whole and stored once")


def test_a_run_beside_another_says_so(
    run: Run, mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from types import SimpleNamespace

    from synact_bench.run import measuring

    monkeypatch.setenv("SYNACT_CACHE", str(run.cache))
    with disk.claimed(measuring._claim(SimpleNamespace(folder=run.folder))) as free:  # type: ignore[arg-type]
        assert free
        assert run.end() == 0
    assert f"{run.folder}: another run is measuring here" in run.said.read_text(encoding="utf-8")


def test_a_damaged_cell_is_named_and_measured_again(run: Run, whole: Run, told: Told) -> None:
    shutil.copytree(whole.folder, run.folder)
    files = sorted(run.folder.glob("*--*.*"))
    rng = np.random.default_rng(0)
    for path in (files[0], files[-1]):
        content = bytearray(path.read_bytes())
        content[int(rng.integers(len(content)))] ^= 4
        path.write_bytes(content)
    assert run.end() == 0
    refuse_other(run, whole)
    said = run.said.read_text(encoding="utf-8")
    assert all(path.stem in said for path in (files[0], files[-1]))
    told("damaged cells found by a run", "2 named and measured again")


def test_a_clock_that_runs_backwards_loses_nothing(run: Run, whole: Run, told: Told) -> None:
    assert again(run, back=True).end() == 0
    refuse_other(run, whole)
    noted = [*journal.logs(run.folder)]
    assert noted
    for log in noted:
        assert [each["time"] for each in log] == sorted(each["time"] for each in log)
        assert all(each.get("seconds", 0) >= 0 for each in log)
    from synact_bench.results.store import Store

    assert all(each.record.provenance.seconds >= 0 for each in Store(run.folder).cells())
    told("a clock that is set back an hour at every other look", "nothing lost, no negative time")


SMALL, LARGE = "size=100k", "size=64m"


def test_a_full_disk_stops_a_run_which_goes_on_once_there_is_room(
    run: Run, whole: Run, small_disk: Callable[[str], Path], told: Told
) -> None:
    here = again(run, runs=small_disk(SMALL) / "runs")
    assert here.end() == REFUSED
    assert "No space left on device" in run.said.read_text(encoding="utf-8")
    stored = contents(here.folder)
    assert stored.items() <= contents(whole.folder).items()  # what is there is whole
    assert not [*here.folder.glob(".*")]
    small_disk(LARGE)
    assert here.end() == 0
    refuse_other(here, whole)
    told("a disk of 100 kB that fills up", f"stopped with {len(stored)} whole cells, then resumed")


def test_a_folder_to_read_only_is_refused_before_anything_is_measured_and_read(
    run: Run, whole: Run, small_disk: Callable[[str], Path], told: Told
) -> None:
    place = small_disk(LARGE)
    there = again(run, runs=place / "runs")
    shutil.copytree(whole.folder, there.folder)
    one = next(there.folder.glob("*--*.json"))
    small_disk(f"{LARGE},ro")
    assert there.end() == 0  # all is stored: nothing is written
    small_disk(f"{LARGE},rw")
    one.unlink()
    small_disk(f"{LARGE},ro")
    assert there.end() == REFUSED
    assert "Read-only file system; make it writable" in run.said.read_text(encoding="utf-8")
    small_disk(f"{LARGE},rw")
    assert there.end() == 0
    refuse_other(there, whole)
    told("a results folder to read only", "refused before anything is measured, read where whole")
