from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synact_bench.core.errors import SynactError
from synact_bench.results.summary import summaries
from synact_bench.run.shard import Shard
from synact_bench.run.units import chosen, units_of
from synact_bench.testbeds.spec import Testbed
from tests.helpers.requests import requested

WEIGHTS = st.lists(st.integers(1, 10_000), max_size=40)


@given(WEIGHTS, st.integers(1, 12))
def test_shards_are_disjoint_whole_and_in_order(weights: list[int], count: int) -> None:
    items = list(range(len(weights)))
    parts = [Shard(index, count).of(items, weights) for index in range(1, count + 1)]
    assert [item for part in parts for item in part] == items


@given(WEIGHTS, st.integers(1, 12))
def test_no_shard_is_longer_than_its_share_and_one_item(weights: list[int], count: int) -> None:
    for index in range(1, count + 1):
        part = Shard(index, count).of(weights, weights)
        assert sum(part) <= sum(weights) / count + max(weights, default=0)


@pytest.mark.parametrize("said", ["0/4", "5/4", "1", "a/b", "1/0", "-1/3", "1/2/3", "1/9999999"])
def test_what_is_no_part_is_refused(said: str) -> None:
    with pytest.raises(SynactError, match=r"--shard: is .*; give i/n"):
        Shard.parse(said)
    assert Shard.parse("2/3") == Shard(2, 3)


def test_a_unit_is_all_cells_of_a_row_under_an_id_of_what_they_are(
    tiny_catalog: Testbed, tmp_path: Path
) -> None:
    request = requested(testbed="tiny", preset="smoke", runs=tmp_path)
    units = units_of(request.plans)
    assert [plan for unit in units for plan in unit.plans] == request.plans
    assert len({unit.row for unit in units}) == len(units) == len({unit.id for unit in units})
    assert all(unit.id.startswith(f"tiny/{unit.row}/") for unit in units)
    elsewhere = requested(testbed="tiny", preset="smoke", runs=tmp_path / "other")
    assert [unit.id for unit in units_of(elsewhere.plans[::-1])] == [u.id for u in units[::-1]]
    seeded = requested(testbed="tiny", preset="smoke", runs=tmp_path, seed=1)
    assert not {unit.id for unit in units_of(seeded.plans)} & {unit.id for unit in units}
    one = units[3].id
    assert chosen(units, [one, one]) == [units[3]]
    with pytest.raises(SynactError, match="names 1 units that this run has not"):
        chosen(units, [one, "tiny/mean/000000000000"])


def test_absent_is_what_no_record_speaks_of(full_run: Path, tiny_catalog: Testbed) -> None:
    request = requested(testbed="tiny", preset="smoke", runs=full_run)
    unit = units_of(request.plans)[0]
    stored = summaries(request.folder)
    assert unit.absent(stored) == []
    first, second, *_ = unit.plans
    (request.folder / f"{first.identity.stem}.parquet").unlink()
    (request.folder / f"{second.identity.stem}.json").write_text("{", encoding="utf-8")
    assert unit.absent(summaries(request.folder)) == [first, second]
