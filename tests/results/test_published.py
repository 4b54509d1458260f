from __future__ import annotations

from pathlib import Path

import pytest

from synact_bench.core.errors import RecordError
from synact_bench.results import pack, published
from synact_bench.results.store import Store, encode
from synact_bench.testbeds import spec
from tests.helpers import cells


@pytest.fixture
def places(tmp_path: Path) -> list[Path]:
    """A pack and a folder of a run, with a row each."""
    pack.save([cells.cell("gaussian")], tmp_path / "toy.parquet")
    own = cells.cell("mine")
    Store(tmp_path / "run").write(own.record, encode(own.table))
    return [tmp_path / "toy.parquet", tmp_path / "run"]


def test_packs_and_folders_are_read_alike(places: list[Path]) -> None:
    found = published.cells(places)
    assert [each.record.identity.generator.name for each in found] == ["gaussian", "mine"]
    assert published.names(places) == ("gaussian", "mine")
    for name in ("gaussian", "mine"):
        (only,) = published.cells(places, rows=[name])
        assert only.record.identity.generator.name == name


def test_a_place_that_is_not_there_is_told(tmp_path: Path) -> None:
    for lacking in (tmp_path / "none.parquet", tmp_path / "none"):
        with pytest.raises(RecordError, match="none"):
            published.names([lacking])
    with pytest.raises(RecordError, match=r"none.parquet: is not a pack"):
        published.cells([tmp_path / "none.parquet"])


def test_what_is_published_is_of_built_in_testbeds() -> None:
    assert published.testbeds()
    for name in published.testbeds():
        identities = {record.identity.testbed for record in pack.records(published.of(name))}
        assert identities == {spec.find(name).identity}


def test_an_installed_package_has_its_own_packs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkout = tmp_path / "checkout" / "synact_bench"
    (checkout.parent / "leaderboard" / "records").mkdir(parents=True)
    monkeypatch.setattr(published, "_PACKAGE", checkout)
    assert published.home() == checkout.parent / "leaderboard" / "records"
    (checkout / "records").mkdir(parents=True)
    pack.save([cells.cell("gaussian")], checkout / "records" / "toy.parquet")
    assert published.home() == checkout / "records"
    assert published.testbeds() == ("toy",)
    assert published.cells([published.of("toy")])
