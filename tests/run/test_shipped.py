"""Which published cells may stand in for measured ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from synact_bench.core.errors import RecordError, SynactError
from synact_bench.core.experiments import HOLDOUT, PRESETS, REAL
from synact_bench.generators import BUILTINS
from synact_bench.results.record import CellIdentity
from synact_bench.results.store import Cell
from synact_bench.run import lookup, stored_facts
from synact_bench.run.request import Request
from synact_bench.testbeds.scale import ScaleFacts
from synact_bench.testbeds.spec import Testbed
from tests.helpers.cells import DRAWS
from tests.helpers.faulty import plugin
from tests.helpers.requests import requested
from tests.helpers.shipping import changed, identified, ship, stored

CELLS = [("sensitivity", "relative"), ("sensitivity", "matched"), ("plateau", "scaled")]


@pytest.fixture(scope="module")
def cells(_full_run: Path) -> list[Cell]:
    """Of every built-in row on ``tiny``, smoke preset."""
    return stored(_full_run)


def _but(row: str, cells: list[Cell]) -> list[Cell]:
    return [each for each in cells if each.record.identity.generator.name != row]


@pytest.fixture
def mine(tmp_path: Path) -> str:
    """A plugin."""
    return str(plugin(tmp_path, track="unconditional"))


@pytest.fixture
def home(
    cells: list[Cell], tiny_catalog: Testbed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Folder of published packs: one of ``tiny``, with every built-in row."""
    return ship(cells, "tiny", tmp_path / "home", monkeypatch).parent


def resolved(*generators: str, runs: Path, preset: str | None = None, **options: Any) -> Request:
    return requested(testbed="tiny", preset=preset, generators=generators, runs=runs, **options)


def planned(request: Request) -> list[tuple[str, str, str]]:
    return [(cell.entry.name, cell.experiment.name, cell.path) for cell in request.plans]


def test_a_named_generator_is_planned_alone_with_the_preset_of_the_published_rows(
    home: Path, mine: str, tmp_path: Path
) -> None:
    request = resolved(mine, runs=tmp_path / "new")
    assert planned(request) == [("faulty", *cell) for cell in CELLS]
    assert request.preset == PRESETS["smoke"]
    assert request.folder == tmp_path / "new" / "tiny" / "smoke" / "seed-0"
    assert request.shipped is not None
    assert set(request.shipped.rows) == {*DRAWS, *BUILTINS}
    (line,) = request.remarks()
    rows = len(DRAWS) + len(BUILTINS)
    assert line == f"tiny, smoke preset, 8 bases: {rows} published rows are not measured again"


def test_a_named_preset_measures_everything(home: Path, mine: str, tmp_path: Path) -> None:
    request = resolved(mine, runs=tmp_path, preset="smoke")
    assert request.shipped is None
    assert {*DRAWS, "gaussian", "faulty"} <= {name for name, *_ in planned(request)}
    assert request.remarks() == []


def test_no_generator_is_the_quick_preset(home: Path, tmp_path: Path, unscaled: None) -> None:
    request = resolved(runs=tmp_path)
    assert (request.preset, request.shipped) == (PRESETS["quick"], None)


@pytest.fixture
def unscaled(monkeypatch: pytest.MonkeyPatch) -> None:
    """The scale of a testbed, which the quick preset needs, is not measured."""
    monkeypatch.setattr(stored_facts, "load_or_measure", lambda testbed, *_, **__: testbed)


@pytest.mark.parametrize(
    "options",
    [
        {"seed": 7},
        {"official": True},
        {"diagnostic": True},
        {"dense": True},
        {"precision": "mixed"},
        {"text": True},
    ],
)
def test_what_published_cells_were_not_measured_with_is_measured_whole(
    home: Path,
    mine: str,
    tmp_path: Path,
    tiny_catalog: Testbed,
    options: dict[str, Any],
    unscaled: None,
) -> None:
    if "text" in options:
        options = {"text": Path(tiny_catalog.text.path)}
    request = resolved(mine, runs=tmp_path, **options)
    assert (request.preset, request.shipped) == (PRESETS["quick"], None)
    assert "real" in {name for name, *_ in planned(request)}


def test_a_testbed_without_published_cells_is_measured_whole(
    tiny_catalog: Testbed,
    mine: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    cells: list[Cell],
    unscaled: None,
) -> None:
    ship(cells, "other", tmp_path / "home", monkeypatch)
    assert resolved(mine, runs=tmp_path).shipped is None


def test_the_release_seed_may_be_given(home: Path, mine: str, tmp_path: Path) -> None:
    assert resolved(mine, runs=tmp_path, seed=0).shipped is not None


def test_a_preset_that_is_none_of_this_version_is_taken_from_the_records(
    cells: list[Cell],
    tiny_catalog: Testbed,
    mine: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ship(
        (identified(each, preset="standard") for each in cells),
        "tiny",
        tmp_path / "home",
        monkeypatch,
    )
    request = resolved(mine, runs=tmp_path)
    chosen = request.preset
    facts = (chosen.name, chosen.bases, chosen.refined, chosen.points)
    assert facts == ("standard", 8, 8, 51)
    assert request.folder.parts[-2:] == ("standard", "seed-0")


OTHERWISE: dict[str, Any] = {
    "testbed": "tiny@2",
    "testbed_digest": "0" * 64,
    "seed": 3,
    "dtype": "mixed",
    "engine": "adaptive@1",
    "design": "design@0",
    "rules": "inspection@0",
    "experiment": "plateau@1",
    "path": "scaled@0",
    "version": "0",
    "parameters": {"k": 3},
    "source_digest": "0" * 64,
    "bases": 9,
    "refined": 7,
    "points": 101,
    "preset": "quick",
}


def test_every_field_of_an_identity_is_held_equal() -> None:
    assert {*OTHERWISE} | {"generator"} == {
        *CellIdentity.model_fields,
        "version",
        "parameters",
        "source_digest",
    }


def otherwise(cells: list[Cell], row: str, field: str) -> tuple[list[Cell], str]:
    """The same cells, one field of the plateau of one row another; and how that is said."""
    stems = [each.record.identity.stem for each in cells]
    (at,) = [place for place, stem in enumerate(stems) if stem.startswith(f"{row}--plateau--")]
    was = cells[at].record.identity.model_dump()
    before = (was | was["generator"])[field]
    cells = [*cells]
    cells[at] = identified(cells[at], **{field: OTHERWISE[field]})
    if field == "bases":  # its paths and dropped pairs must make them up
        cells[at] = changed(cells[at], lambda record: {"dropped": record.dropped + 1})
    own = "generator's " if field in was["generator"] else ""
    named = f"{own}{field.replace('_', ' ')} is {_cut(OTHERWISE[field])} there"
    return cells, f"{named} and {_cut(before)} in this version"


def _cut(value: object) -> str:
    return str(value) if len(str(value)) <= 24 else f"{str(value)[:24]}..."


@pytest.mark.parametrize("field", OTHERWISE)
def test_a_field_of_what_rows_are_compared_with_that_differs_is_refused_and_named(
    cells: list[Cell],
    tiny_catalog: Testbed,
    mine: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    field: str,
) -> None:
    given, named = otherwise(cells, REAL[1], field)
    place = ship(given, "tiny", tmp_path / "home", monkeypatch)
    with pytest.raises(SynactError) as caught:
        resolved(mine, runs=tmp_path / "new")
    said = caught.value
    assert said.where == str(place)
    assert f"of {REAL[1]} plateau scaled, {named}; nothing was measured" in said.what
    assert "--preset quick" in said.fix
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("field", OTHERWISE)
def test_any_other_row_with_a_field_that_differs_is_left_out_and_named(
    cells: list[Cell],
    tiny_catalog: Testbed,
    mine: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    field: str,
) -> None:
    given, named = otherwise(cells, "isotropic", field)
    ship(given, "tiny", tmp_path / "home", monkeypatch)
    request = resolved(mine, runs=tmp_path / "new")
    assert request.shipped is not None
    assert set(request.shipped.rows) == {*DRAWS, *BUILTINS} - {"isotropic"}
    shown = {each.record.identity.generator.name for each in request.shipped.cells()}
    assert shown == {*request.shipped.rows}
    assert planned(request) == [("faulty", *cell) for cell in CELLS]
    assert request.remarks()[1:] == [
        f"isotropic is published otherwise, {named}: it is left out; --generator isotropic "
        "measures it"
    ]


def test_a_row_that_a_scale_is_measured_from_is_needed_where_none_is_frozen(
    cells: list[Cell],
    tiny_catalog: Testbed,
    mine: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given, named = otherwise(cells, "gaussian", "version")
    ship(given, "tiny", tmp_path / "home", monkeypatch)
    with pytest.raises(SynactError, match=f"of gaussian plateau scaled, {named}"):
        resolved(mine, runs=tmp_path)
    request = resolved("gaussian", runs=tmp_path)
    assert {name for name, *_ in planned(request)} == {"gaussian"}
    ship([scaled(each) for each in given], "tiny", tmp_path / "home", monkeypatch)
    assert "gaussian is published otherwise" in resolved(mine, runs=tmp_path).remarks()[1]


FACTS = ScaleFacts(
    length=1, blocks=(1, 1, 1), draws=5, gamma=1, gamma_error=0, gaussians=4, bases=8
)


def scaled(cell: Cell) -> Cell:
    """The same with a frozen scale."""
    return changed(cell, lambda _: {"scale": FACTS})


def test_real_rows_of_an_older_engine_are_refused(
    cells: list[Cell],
    tiny_catalog: Testbed,
    mine: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ship(
        (identified(each, engine="adaptive@1") for each in cells),
        "tiny",
        tmp_path / "home",
        monkeypatch,
    )
    with pytest.raises(SynactError, match="engine is adaptive@1 there and adaptive@2 in this"):
        resolved(mine, runs=tmp_path)


@pytest.mark.parametrize("row", REAL)
def test_a_row_that_others_are_compared_with_must_be_there(
    cells: list[Cell],
    tiny_catalog: Testbed,
    mine: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    row: str,
) -> None:
    ship(_but(row, cells), "tiny", tmp_path / "home", monkeypatch)
    with pytest.raises(SynactError, match=r"the published cells hold "):
        resolved(mine, runs=tmp_path)


def test_a_method_that_is_not_published_is_not_missed(
    cells: list[Cell],
    tiny_catalog: Testbed,
    mine: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ship(_but("synthetic-random", cells), "tiny", tmp_path / "home", monkeypatch)
    request = resolved(mine, "synthetic-random", runs=tmp_path)
    assert {name for name, *_ in planned(request)} == {"faulty", "synthetic-random"}


def test_another_frozen_scale_is_refused(home: Path, mine: str, tmp_path: Path) -> None:
    testbed = _declared("tiny").model_copy(update={"scale": {"plateau/scaled": FACTS}})
    with pytest.raises(SynactError, match="frozen scale is None there and length"):
        requested(testbed=testbed, preset=None, generators=[mine], runs=tmp_path)


def _declared(name: str) -> Testbed:
    found = lookup.setup(name)
    assert isinstance(found, Testbed)
    return found


def test_the_scale_of_the_records_is_that_of_new_cells(
    cells: list[Cell],
    tiny_catalog: Testbed,
    mine: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ship(map(scaled, cells), "tiny", tmp_path / "home", monkeypatch)
    request = resolved(mine, runs=tmp_path)
    assert request.testbed.scale == {"/".join(cell): FACTS for cell in CELLS}
    assert all(cell.testbed.scale["plateau/scaled"] == FACTS for cell in request.plans)


def test_a_published_row_is_not_measured_and_the_user_is_told(home: Path, tmp_path: Path) -> None:
    for row in ("mean", HOLDOUT):
        request = resolved(row, runs=tmp_path)
        assert request.plans == []
        assert request.rows == (row,)
        assert f"{row} is one of them" in request.remarks()[1]
        assert "--preset smoke measures it again" in request.remarks()[1]


def test_a_preset_that_is_not_known_is_named_to_nobody(
    cells: list[Cell], tiny_catalog: Testbed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = [identified(each, preset="gone") for each in cells]
    ship(given, "tiny", tmp_path / "home", monkeypatch)
    lines = resolved("mean", runs=tmp_path).remarks()
    assert "gone preset, 8 bases" in lines[0]
    assert "--preset quick measures it again" in lines[1]


def test_a_row_of_a_published_name_but_another_identity_is_measured_in_its_place(
    cells: list[Cell],
    tiny_catalog: Testbed,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = [
        identified(each, version="0")
        if each.record.identity.generator.name == "synthetic-random"
        else each
        for each in cells
    ]
    ship(given, "tiny", tmp_path / "home", monkeypatch)
    request = resolved("synthetic-random", runs=tmp_path)
    assert planned(request) == [("synthetic-random", *cell) for cell in CELLS]
    assert request.remarks()[1] == (
        "synthetic-random is published otherwise, generator's version is 0 there and 1 in this "
        "version: it is measured, and takes its place"
    )
    assert request.shipped is not None
    assert "synthetic-random" not in request.shipped.rows


def test_a_damaged_pack_is_refused(home: Path, mine: str, tmp_path: Path) -> None:
    (home / "tiny.parquet").write_bytes(b"nothing")
    with pytest.raises(RecordError, match="is not a pack"):
        resolved(mine, runs=tmp_path)
