"""``site``: pages out of packs and folders of stored cells, and of submissions."""

from __future__ import annotations

from pathlib import Path

import pytest

from synact_bench.assets import npm_packages
from synact_bench.core.errors import AssetError
from synact_bench.results import pack, published
from synact_bench.results.store import Cell, Store, encode
from tests.helpers import cells
from tests.helpers.boards import short_floors
from tests.helpers.commands import invoke, refused
from tests.helpers.sites import LIBRARY


def kept(given: list[Cell], folder: Path) -> Path:
    for each in given:
        Store(folder).write(each.record, encode(each.table))
    return folder


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Published packs: one, of a testbed called ``early``; and a library that draws nothing."""
    folder = tmp_path / "home"
    folder.mkdir()
    run = kept(cells.whole_board(cells.FEW, testbed="early@1"), tmp_path / "run")
    (folder / "early.parquet").write_bytes(pack.dumps(published.cells([run])))
    monkeypatch.setattr(published, "home", lambda: folder)
    monkeypatch.setattr(npm_packages, "files", lambda *_: LIBRARY)
    return folder


def test_published_packs_and_further_folders_are_pages(home: Path, tmp_path: Path, capsys) -> None:
    late = kept(cells.whole_board(cells.FEW, testbed="late@1"), tmp_path / "late")
    out = tmp_path / "site"
    with short_floors():
        assert invoke("site", "--from", late, "--out", out) == 0
    assert capsys.readouterr().out.splitlines()[-1] == f"wrote {out / 'index.html'}"
    assert {path.name for path in (out / "testbeds").iterdir()} == {"early.html", "late.html"}
    assert "2 testbeds measured alike" in (out / "index.html").read_text()


def test_named_folders_stand_for_the_published_packs(home: Path, tmp_path: Path) -> None:
    late = kept(cells.whole_board(cells.FEW, testbed="late@1"), tmp_path / "late")
    with short_floors():
        assert invoke("site", late, "--out", tmp_path / "site") == 0
    assert [path.name for path in (tmp_path / "site" / "testbeds").iterdir()] == ["late.html"]


def test_packs_alone_are_kept_in_the_cache(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNACT_CACHE", str(tmp_path / "cache"))
    late = tmp_path / "late.parquet"
    pack.save(cells.whole_board(cells.FEW, testbed="late@1"), late)
    out = tmp_path / "site"
    with short_floors():
        for _ in ("made", "kept"):
            assert invoke("site", "--from", late, "--out", out) == 0
            monkeypatch.setattr(pack, "load", None)
    assert {path.name for path in (out / "testbeds").iterdir()} == {"early.html", "late.html"}


def test_without_published_packs_there_is_no_site(
    home: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (home / "early.parquet").unlink()
    assert "no stored cells" in refused(capfd, "site", "--out", tmp_path / "site")


def test_without_the_library_nothing_is_scored_or_written(
    home: Path, tmp_path: Path, monkeypatch, capfd
) -> None:
    def missing(*_: object) -> None:
        raise AssetError("npm is not installed", where="npm package", fix="connect npm")

    monkeypatch.setattr(npm_packages, "files", missing)
    said = refused(capfd, "site", "--out", tmp_path / "site")
    assert said == "synact-bench: npm package: npm is not installed; connect npm"
    assert not (tmp_path / "site").exists()
