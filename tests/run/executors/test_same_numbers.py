"""One process, processes, actors and shards give the same cells, and the same numbers in them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from synact_bench.core.errors import FailedRowsError, PluginError
from synact_bench.results.journal import lines
from synact_bench.results.store import Cell
from synact_bench.run.measuring import measure
from synact_bench.run.shard import Shard
from synact_bench.run.units import units_of
from tests.helpers.requests import Unwatched, requested
from tests.helpers.same_numbers import refuse_other_numbers
from tests.helpers.workers import measured, write_plugin


def asked(mine: Path, runs: Path, *generators: str, **options: Any) -> Any:
    return requested(testbed=str(mine), preset="smoke", generators=generators, runs=runs, **options)


def test_shards(cached: Path, plugin: Path, alone: Mapping[str, Cell], tmp_path: Path) -> None:
    found: dict[str, Cell] = {}
    for index in range(1, 5):
        request = asked(cached, tmp_path / f"{index}", "gaussian", str(plugin))
        units = units_of(request.plans)
        part = Shard(index, 4).of(units, [unit.points for unit in units])
        measure([plan for unit in part for plan in unit.plans], request, Unwatched())
        cells = {cell.record.identity.stem: cell for cell in request.store.cells()}
        assert cells
        assert not cells.keys() & found.keys()
        found |= cells
    refuse_other_numbers(found, alone)


@pytest.mark.parametrize("executor", ["local", "ray"])
def test_two_workers_one_of_which_is_killed(
    executor: str, cached: Path, alone: Mapping[str, Cell], tmp_path: Path
) -> None:
    if executor == "ray":
        pytest.importorskip("ray")
    own = str(write_plugin(tmp_path, dies=True))
    request = asked(
        *(cached, tmp_path / "runs", "gaussian", own),
        executor=executor,
        workers=2,
        isolate=False,
    )
    cells = measured(request)
    assert (tmp_path / "dead").exists()
    noted = [*lines(request.folder)]
    (lost,) = (each for each in noted if each["event"] == "lost")
    assert lost["row"] == "mortal"
    mortal = {stem for stem in cells if stem.startswith("mortal--")}
    others = {stem: cell for stem, cell in cells.items() if stem not in mortal}
    refuse_other_numbers(
        others, {stem: each for stem, each in alone.items() if not stem.startswith("mortal--")}
    )
    # Its source differs from that of the other run by where it dies: its curves do not.
    by_place = {each.name: each for stem, each in alone.items() if stem.startswith("mortal--")}
    for stem in mortal:
        cell = cells[stem]
        np.testing.assert_allclose(
            cell.table.curves.l2, by_place[cell.name].table.curves.l2, rtol=1e-4, atol=1e-6
        )
    assert len(mortal) == len(by_place)
    done = [each["unit"] for each in noted if each["event"] == "unit"]
    assert sorted(done) == sorted(unit.id for unit in units_of(request.plans))
    # Opened by the first two workers and by the one that took the lost one's place, not more.
    assert 1 <= sum(each["event"] == "opened" for each in noted) <= 3


def test_a_plugin_that_was_edited_is_refused_by_the_worker(cached: Path, tmp_path: Path) -> None:
    own = write_plugin(tmp_path)
    request = asked(cached, tmp_path / "runs", str(own), workers=2)
    plans = [plan for plan in request.plans if plan.entry.name in {"mortal", "mean"}]
    own.write_text(own.read_text(encoding="utf-8") + "\n# edited\n", encoding="utf-8")
    with pytest.raises((FailedRowsError, PluginError), match="source"):
        measure(plans, request, Unwatched())
    stems = [cell.record.identity.stem for cell in request.store.cells()]
    assert stems
    assert all(stem.startswith("mean--") for stem in stems)
