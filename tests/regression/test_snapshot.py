from __future__ import annotations

import pytest

from synact_bench.errors import RecordError
from synact_bench.metrics.kl_curve_gap import log_kl
from synact_bench.regression.snapshot import Setting, Snapshot, refuse_other
from synact_bench.scoring import CellName
from tests.helpers.cells import cell, provenance


def test_a_snapshot_has_the_numbers_of_its_cells() -> None:
    stored = cell("real", "plateau", "scaled", dropped=2)
    numbers = Snapshot.of([stored], where="here").only
    assert numbers.key == ("real", CellName("plateau", "scaled"))
    assert numbers.metrics == stored.record.identity.metrics
    assert numbers.sample.bases.tolist() == stored.table.base.tolist()
    assert (numbers.sample.log_kl == log_kl(stored.table.curves)).all()


def test_of_two_measurements_the_newer_counts() -> None:
    old = cell("mine", version="1", made=provenance(created="2024-01-01T00:00:00+00:00"))
    new = cell("mine", version="2", made=provenance(created="2024-01-02T00:00:00+00:00"))
    for order in ([old, new], [new, old]):
        assert Snapshot.of(order, where="here").only.generator.version == "2"


def test_it_knows_the_digests_of_what_decided_the_numbers() -> None:
    sources = Snapshot.of([cell("real")], where="here").sources
    assert sources["trial"] == "d" * 64
    assert sources["testbed toy@1"] == "b" * 64
    assert {"experiment sensitivity@2", "metric step_sharpness@2"} <= sources.keys()


def test_cells_that_were_measured_differently_make_no_snapshot() -> None:
    with pytest.raises(RecordError, match="seed is 1 here and 0 in what it is compared with"):
        Snapshot.of([cell("real"), cell("gaussian", seed=1)], where="here")
    with pytest.raises(RecordError, match="here: no stored cells"):
        Snapshot.of([], where="here")


@pytest.mark.parametrize("name", Setting.model_fields)
def test_each_part_of_the_setting_must_agree(name: str) -> None:
    one = Setting.of(cell("real").record.identity)
    other = one.model_copy(update={name: "other"})
    refuse_other(one, one, where="here")
    with pytest.raises(RecordError, match=f"here: {name} is 'other' here"):
        refuse_other(one, other, where="here")
