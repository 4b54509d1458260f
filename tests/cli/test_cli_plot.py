"""Figures and tables of toy cells, through the commands."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from synact_bench.audit import drawn_ladder
from synact_bench.cli import plot
from synact_bench.cli.figure_files import present_each
from synact_bench.reports import board
from synact_bench.results import pack
from tests.helpers import boards, cells
from tests.helpers.boards import REPLICATES, short_floors
from tests.helpers.commands import invoke, refused

Said = pytest.CaptureFixture[str]
NAMES = (*cells.FEW, "real-holdout", "mine")


@pytest.fixture(autouse=True)
def _few_replicates(monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setattr(board, "build", partial(board.build, replicates=REPLICATES))
    quick = partial(drawn_ladder.drawn_ladder, replicates=REPLICATES)
    monkeypatch.setattr(plot, "drawn_ladder", quick)
    with short_floors():
        yield


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pack of a small board, and the ladder beside it."""
    path = tmp_path_factory.mktemp("packs") / "toy.parquet"
    pack.save([*cells.whole_board(NAMES), *boards.ladder(boards.RISING)], path)
    return path


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("curves", ["--row", "mine", "--row", "gaussian", "--path", "scaled", "--metric", "kl"]),
        ("distributions", ["--row", "mine", "--metric", "step_sharpness", "--width", "column"]),
        ("ladder", []),
    ],
)
def test_a_figure_is_written_in_each_format_that_is_named(
    kind: str, options: list[str], toy: Path, tmp_path: Path, capfd: Said
) -> None:
    files = [tmp_path / f"figure.{ending}" for ending in ("pdf", "svg", "png")]
    out = [word for path in files for word in ("--out", path)]
    assert invoke("plot", kind, toy, *options, *out) == 0
    caption, wrote = capfd.readouterr().out.splitlines()
    assert caption.startswith("caption: ")
    assert caption.endswith(".")
    assert wrote == f"wrote {', '.join(map(str, files))}"
    starts = [path.read_bytes()[:5] for path in files]
    assert starts == [b"%PDF-", b"<?xml", b"\x89PNG\r"]


def test_a_forest_shows_all_rows_or_those_named(toy: Path, tmp_path: Path, capfd: Said) -> None:
    out = tmp_path / "forest.svg"
    assert invoke("plot", "forest", toy, "--out", out, "--width", "page", "--lowest", "-0.5") == 0
    assert "toy@1 (24 bases of 24 documents)" in capfd.readouterr().out
    assert b'width="486pt"' in out.read_bytes()


def test_curves_of_all_rows_have_a_panel_each(toy: Path, tmp_path: Path, capfd: Said) -> None:
    assert invoke("plot", "curves", toy, "--out", tmp_path / "curves.svg") == 0
    assert "sensitivity's relative path" in capfd.readouterr().out


def test_a_grid_is_of_several_testbeds(toy: Path, tmp_path: Path, capfd: Said) -> None:
    other = tmp_path / "other.parquet"
    pack.save(cells.whole_board(NAMES, testbed="other@1"), other)
    out = tmp_path / "grid.pdf"
    assert invoke("plot", "grid", toy, other, "--out", out, "--width", "column") == 0
    assert out.read_bytes().startswith(b"%PDF")
    assert "a grid needs two testbeds" in refused(capfd, "plot", "grid", toy, "--out", out)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("curves", "--row", "mone"), "there is no row 'mone'; did you mean 'mine'?"),
        (("curves", "--row", "mine", "--path", "scald"), "did you mean 'plateau/scaled'?"),
        (("curves", "--row", "mine", "--metric", "l3"), "there is no metric 'l3'"),
        (("distributions", "--row", "mine", "--metric", "kl_curve_gap"), "there is no metric"),
    ],
)
def test_what_is_not_there_is_refused(
    asked: tuple[str, ...], said: str, toy: Path, tmp_path: Path, capfd: Said
) -> None:
    kind, *options = asked
    out = tmp_path / "figure.pdf"
    assert said in refused(capfd, "plot", kind, toy, *options, "--out", out)
    assert not out.exists()


def test_another_ending_is_refused_before_anything_is_read(tmp_path: Path, capfd: Said) -> None:
    said = refused(capfd, "plot", "forest", tmp_path / "nothing", "--out", tmp_path / "a.gif")
    assert "no figure is written as .gif; end its name in one of: .pdf, .png, .svg" in said


def test_a_table_is_printed_or_written_as_the_file_ends(
    toy: Path, tmp_path: Path, capfd: Said
) -> None:
    assert invoke("table", toy, "--row", "mine", "--row", "gaussian") == 0
    lines = capfd.readouterr().out.splitlines()
    assert lines[0].startswith("| track")
    assert [line.split("|")[3].strip() for line in lines[2:]] == ["mine", "gaussian"]
    for name, start in (("a.tex", "\\begin{tabular}"), ("a.csv", "track,row,"), ("a.md", "| tra")):
        assert invoke("table", toy, "--out", tmp_path / name) == 0
        assert (tmp_path / name).read_text(encoding="utf-8").startswith(start)
    assert invoke("table", toy, "--format", "csv", "--out", tmp_path / "a.txt") == 0
    assert (tmp_path / "a.txt").read_bytes() == (tmp_path / "a.csv").read_bytes()
    assert "give --format" in refused(capfd, "table", toy, "--out", tmp_path / "b.txt")


def test_a_row_is_named_by_what_it_was_called_too():
    assert present_each(["kind-flow", "gaussian"]) == ["cluster-flow", "gaussian"]
    assert present_each(None) is None
