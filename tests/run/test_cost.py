from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from synact_bench.results import published
from synact_bench.results.journal import Journal
from synact_bench.results.summary import summaries
from synact_bench.run import cost
from synact_bench.run.units import units_of
from synact_bench.testbeds.spec import Testbed
from tests.helpers.requests import requested


@pytest.fixture(autouse=True)
def _nothing_published(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(published, "home", lambda: tmp_path / "published")


def test_cells_cost_what_they_took_in_the_same_folder(
    full_run: Path, tiny_catalog: Testbed
) -> None:
    request = requested(testbed="tiny", preset="smoke", runs=full_run)
    stored = summaries(request.folder)
    known = cost.known(request, stored)
    assert known.source.startswith(f"{len(stored)} cells in {request.folder}, measured on ")
    assert (known.opening, known.memory, known.fitting) == (None, None, {})
    told = [known.of(unit.plans) for unit in units_of(request.plans)]
    assert sum(seconds for seconds, _ in told) == pytest.approx(
        sum(each.seconds for each in stored.values())
    )
    assert sum(size for _, size in told) == pytest.approx(
        sum(each.bytes for each in stored.values()), abs=len(told)
    )
    assert known.of([]) == (0.0, 0)


def test_opening_fitting_and_memory_are_those_of_the_log(
    full_run: Path, tiny_catalog: Testbed
) -> None:
    request = requested(testbed="tiny", preset="smoke", runs=full_run)
    stored = summaries(request.folder)
    before = cost.known(request, stored)
    journal = Journal(request.folder)
    for seconds in (5.0, 6.0, 9.0):
        journal.note("opened", testbed="tiny", seconds=seconds, memory=int(seconds) * 100)
    journal.note("fitted", row="mean", seconds=2.5, memory=None)
    known = cost.known(request, stored)
    assert (known.opening, known.memory, known.fitting) == (5.0, 900, {"mean": 2.5})
    (mean,) = (unit for unit in units_of(request.plans) if unit.row == "mean")
    assert known.of(mean.plans)[0] == pytest.approx(before.of(mean.plans)[0] + 2.5)


def test_the_nearest_place_where_anything_was_measured_counts(
    full_run: Path, tiny_catalog: Testbed, tmp_path: Path
) -> None:
    other = requested(testbed="tiny", preset="smoke", runs=full_run, seed=1)
    assert "cells of other runs in" in cost.known(other, {}).source
    early = tiny_catalog.model_copy(update={"name": "tiny-early"})
    sibling = requested(testbed=early, preset="smoke", runs=full_run)
    assert "cells of the same model in" in cost.known(sibling, {}).source
    dense = requested(testbed="tiny", preset="smoke", runs=full_run, dense=True)
    nothing = cost.known(dense, {})  # what another engine took says nothing
    assert nothing.source.startswith("nothing was measured")
    assert nothing.of(dense.plans) == (None, None)


def test_published_cells_of_the_testbed_count_too(
    full_run: Path, tiny_catalog: Testbed, tmp_path: Path
) -> None:
    from synact_bench.results import pack
    from synact_bench.results.store import Store

    stored = [*Store(full_run / "tiny" / "smoke" / "seed-0").cells()]
    (tmp_path / "published").mkdir()
    pack.save(stored, tmp_path / "published" / "tiny.parquet")
    shutil.rmtree(full_run)
    request = requested(testbed="tiny", preset="smoke", runs=full_run)
    known = cost.known(request, {})
    assert known.source.startswith(f"{len(stored)} published cells of tiny")
    assert known.of(request.plans[:1])[0] > 0
    assert known.of(request.plans[:1])[1] is None  # of files of their own nothing is known
    assert json.dumps(known.seconds)
