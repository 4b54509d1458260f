from __future__ import annotations

import pytest

from synact_bench.core.errors import RecordError
from synact_bench.metrics.kl_curve_gap import log_kl
from synact_bench.regression.snapshot import RunSetting, Snapshot, refuse_other
from synact_bench.scoring import CellName
from tests.helpers.cells import BASES, SETTINGS, cell, provenance


def test_a_snapshot_has_the_numbers_of_its_cells() -> None:
    stored = cell("real", "plateau", "scaled", dropped=2)
    numbers = Snapshot.of([stored], where="here").only
    assert numbers.key == ("real", CellName("plateau", "scaled"))
    assert numbers.metrics == {"plateau_width": "1", "kl_curve_gap": "1"}
    assert numbers.metrics.keys() == {*stored.sample.values, *stored.sample.rows}
    assert numbers.sample.bases.tolist() == stored.table.base.tolist()
    expected = log_kl(stored.table.curves, SETTINGS)
    assert (numbers.sample.rows["kl_curve_gap"] == expected).all()


def test_the_setting_is_what_all_its_cells_have_in_common() -> None:
    identity = cell("real").record.identity
    found = Snapshot.of([cell("real"), cell("gaussian")], where="here").setting
    assert found == RunSetting.of(identity)
    assert found.design == identity.design == "design@1"


def test_only_refined_bases_have_numbers() -> None:
    stored, whole = cell("real", refined=10), cell("real")
    found = Snapshot.of([stored], where="here")
    assert (found.setting.bases, found.setting.refined) == (BASES, 10)
    assert found.only.sample.bases.tolist() == list(range(10))
    for name, numbers in found.only.sample.values.items():
        assert numbers.values.tolist() == whole.sample.values[name].values[:10].tolist()


def test_of_an_older_setting_every_base_was_refined() -> None:
    fields = RunSetting.of(cell("real").record.identity).model_dump()
    del fields["refined"]
    assert RunSetting.model_validate(fields).refined == fields["bases"] == BASES


def test_of_two_measurements_the_newer_counts() -> None:
    old = cell("mine", version="1", made=provenance(created="2024-01-01T00:00:00+00:00"))
    new = cell("mine", version="2", made=provenance(created="2024-01-02T00:00:00+00:00"))
    for order in ([old, new], [new, old]):
        assert Snapshot.of(order, where="here").only.generator.version == "2"


def test_cells_that_were_measured_differently_make_no_snapshot() -> None:
    with pytest.raises(RecordError, match="seed is 1 here and 0 in what it is compared with"):
        Snapshot.of([cell("real"), cell("gaussian", seed=1)], where="here")
    with pytest.raises(RecordError, match="here: no stored cells"):
        Snapshot.of([], where="here")


@pytest.mark.parametrize("name", RunSetting.model_fields)
def test_each_part_of_the_setting_must_agree(name: str) -> None:
    one = RunSetting.of(cell("real").record.identity)
    other = one.model_copy(update={name: "other"})
    refuse_other(one, one, where="here")
    with pytest.raises(RecordError, match=f"here: {name} is 'other' here"):
        refuse_other(one, other, where="here")


@pytest.mark.parametrize("name", ["testbed", "engine", "design"])
def test_another_version_of_the_setting_is_told_from_another_setting(name: str) -> None:
    one = RunSetting.of(cell("real").record.identity)
    raised = one.model_copy(update={name: getattr(one, name).split("@")[0] + "@9"})
    assert one.raised(raised) == (name,)
    assert one.raised(one.model_copy(update={name: "other@9"})) == ()
