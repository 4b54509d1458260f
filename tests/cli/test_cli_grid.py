"""Two tiny testbeds, measured by one command, and what is made of their cells."""

from __future__ import annotations

import json
import shutil
import subprocess
import weakref
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from synact_bench.cli import across
from synact_bench.core.experiments import CONTROLS
from synact_bench.generators import BUILTINS
from synact_bench.reports import board, grid_page, publish
from synact_bench.results.files import write_together
from synact_bench.results.store import Store, encode
from synact_bench.run import runner
from synact_bench.run.session import Session
from synact_bench.testbeds.spec import Testbed
from tests.helpers import cells
from tests.helpers.boards import REPLICATES, short_floors
from tests.helpers.cells import planned_cells
from tests.helpers.commands import invoke, refused
from tests.helpers.disks import read_only
from tests.helpers.faulty import plugin
from tests.helpers.published import published
from tests.helpers.published import suite as published_suite
from tests.helpers.tiny_testbed import Home

ROOT = Path(__file__).parents[2]
Said = pytest.CaptureFixture[str]
MADE = planned_cells(sum(name in BUILTINS for name in CONTROLS))
"""Cells of what is measured on every testbed."""
FILES = {"LEADERBOARD.md", "scores.json", "figures/overall.png"}
GRID = ("grid", "--preset", "smoke", "--generators", "gaussian")


@pytest.fixture(autouse=True)
def _no_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """On the testbeds' own boards, which are tested elsewhere: they take their time."""
    monkeypatch.setattr(publish, "draw", lambda *_: [])


@pytest.fixture
def two(tiny_home: Home, monkeypatch: pytest.MonkeyPatch) -> Testbed:
    """``tiny`` and ``tiny-early``, whose answer is read a block before."""
    early = tiny_home.early
    tiny_home.install(monkeypatch, early)
    return early


@pytest.fixture(scope="module")
def _toys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("toys")
    for name in ("shallow", "deep"):
        store = Store(folder / name)
        for each in cells.whole_board([*cells.FEW, "near", "far"], testbed=f"{name}@1"):
            store.write(each.record, encode(each.table))
    return folder


@pytest.fixture
def toys(_toys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Folders of toy cells of two testbeds, with documents enough for ranks."""
    monkeypatch.setattr(board, "build", partial(board.build, replicates=REPLICATES))
    with short_floors():
        yield Path(shutil.copytree(_toys, tmp_path / "toys"))


def sources(toys: Path) -> tuple[str | Path, ...]:
    return ("--from", toys / "shallow", "--from", toys / "deep")


def names_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def suite(two: Testbed, tmp_path: Path) -> Path:
    """A suite of the two."""
    path = tmp_path / "mine.toml"
    path.write_text(f'name = "mine"\ntestbeds = ["tiny", "{two.name}"]\n', encoding="utf-8")
    return path


@pytest.mark.parametrize("verb", ["grid", "run"])
def test_a_suite_is_measured_on_each_of_its_testbeds_and_averaged(
    verb: str, suite: Path, tmp_path: Path, capfd: Said
) -> None:
    asked = ("--preset", "smoke", "--generator", "gaussian", "--runs", tmp_path / "runs")
    assert invoke(verb, "--suite", suite, *asked) == 0
    said = capfd.readouterr().out
    (out,) = (tmp_path / "runs").glob("grid-smoke-*")
    assert f"wrote {out / 'LEADERBOARD.md'}" in said
    header = next(line for line in said.splitlines() if line.startswith("| row"))
    assert [each.strip() for each in header.split("|")[3:-1]] == [
        *("overall ↑", "rank", "tiny ↑", "rank", "tiny-early ↑", "rank")
    ]


def test_what_a_suite_leaves_no_room_for_is_refused(suite: Path, capfd: Said) -> None:
    assert "drop one" in refused(capfd, "grid", "--suite", suite, "--testbeds", "tiny")
    for given in (
        ("--testbed", "tiny"),
        ("--model", "gpt2"),
        ("--sae", "pca"),
        ("--text", suite),
        ("--official",),
        ("--n-ctx", "12"),
    ):
        said = refused(capfd, "run", "--suite", suite, *given)
        assert f"{given[0]} beside --suite: is for a run on one testbed; drop one" in said
    assert "did you mean 'standard'" in refused(capfd, "run", "--suite", "standart")


def test_two_testbeds_are_measured_one_after_the_other_and_put_side_by_side(
    two: Testbed, tmp_path: Path, capfd: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[weakref.ref[object]] = []
    prepare = runner.prepare

    def watched(*given: Any, **named: Any) -> Session:
        assert [each() for each in opened] == [None] * len(opened), "two testbeds are open"
        session = prepare(*given, **named)
        opened.extend(map(weakref.ref, (session, session.subject.model, session.subject.train)))
        return session

    monkeypatch.setattr(runner, "prepare", watched)
    assert invoke(*GRID, "--testbeds", "tiny,tiny-early", "--runs", tmp_path) == 0
    assert len(opened) == 6
    said = capfd.readouterr().out
    for name in ("tiny", "tiny-early"):
        folder = tmp_path / name / "smoke" / "seed-0"
        assert f"{folder}: 0 cells reused, {MADE} to measure" in said
        assert f"wrote {folder / 'page' / 'index.html'}" in said
        assert not (folder / "LEADERBOARD.md").exists()  # figures take longer than all boards
        assert len(list(folder.glob("*.parquet"))) == MADE
    (out,) = tmp_path.glob("grid-smoke-*")
    assert names_in(out) <= FILES
    assert names_in(out) >= {"LEADERBOARD.md", "scores.json"}
    assert f"wrote {out / 'LEADERBOARD.md'}, {out / 'scores.json'}" in said
    assert "No two rows of one track are ranked on every testbed." in said
    made = json.loads((out / "scores.json").read_text(encoding="utf-8"))
    assert [each["setting"]["testbed"] for each in made["columns"]] == ["tiny@1", "tiny-early@1"]
    again = ("--testbed", "tiny", "--testbed", "tiny-early", "--out", tmp_path / "out")
    assert (
        invoke("grid", "--preset", "smoke", "--generator", "gaussian", *again, "--runs", tmp_path)
        == 0
    )
    assert capfd.readouterr().out.count(f"{MADE} cells reused, 0 to measure") == 2
    assert len(opened) == 6
    for name in names_in(out):
        assert (tmp_path / "out" / name).read_bytes() == (out / name).read_bytes()


def test_rows_measured_on_one_testbed_alone_before_are_left_out(
    two: Testbed,
    opened_once: Testbed,
    full_run: Path,
    tiny_home: Home,
    capfd: Said,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tiny_home.install(monkeypatch, two)
    asked = ("--testbeds", "tiny,tiny-early", "--generators", "synthetic-random")
    assert invoke("grid", "--preset", "smoke", *asked, "--runs", full_run) == 0
    table = [line for line in capfd.readouterr().out.splitlines() if line.startswith("| ")]
    assert [line.split()[1] for line in table] == ["row", "synthetic-random"]
    page = full_run / "tiny" / "smoke" / "seed-0" / "page" / "index.html"
    assert "synthetic-structured" in page.read_text(encoding="utf-8")


def test_a_testbed_that_fails_is_named_and_loses_no_cells(
    two: Testbed,
    opened_once: Testbed,
    tiny_home: Home,
    tmp_path: Path,
    capfd: Said,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tiny_home.install(monkeypatch, two)
    prepare = runner.prepare
    source = plugin(
        tmp_path,
        fit="self.failing = (Path(__file__).parent / 'fail').exists()",
        generate="if self.failing: raise ValueError('no such layer')\n        "
        "return self.mean + torch.randn(n, len(self.mean), generator=rng)",
        track="unconditional",
    )
    text = source.read_text(encoding="utf-8")
    source.write_text("from pathlib import Path\n" + text, encoding="utf-8")

    def failing(testbed: Testbed, *given: Any, **named: Any) -> Session:
        if testbed.name == "tiny-early":
            (tmp_path / "fail").touch()
        return prepare(testbed, *given, **named)

    monkeypatch.setattr(runner, "prepare", failing)
    asked = ("--testbeds", "tiny,tiny-early", "--generators", source, "--runs", tmp_path / "runs")
    line = refused(capfd, "grid", "--preset", "smoke", *asked)
    assert "testbed tiny-early: generator 'faulty': " in line
    assert "no such layer" in line
    assert line.endswith("; finished cells of every testbed are kept")
    kept = tmp_path / "runs" / "tiny" / "smoke" / "seed-0"
    assert len(list(kept.glob("*.parquet"))) > MADE
    assert {path.name for path in (tmp_path / "runs").iterdir()} == {"tiny"}


@pytest.mark.parametrize(
    ("asked", "complaint"),
    [
        ((), "grid or suite: a grid needs two testbeds or more, each with its own name: none;"),
        (("--testbeds", "tiny"), "a grid needs two testbeds or more"),
        (("--testbeds", "tiny,tiny"), "a grid needs two testbeds or more"),
        (("--testbeds", "tiny,tiny-late"), "there is no testbed 'tiny-late'; did you mean"),
        (("--testbeds", "tiny,mine.toml"), "--testbed mine.toml: no such file"),
        (
            ("--testbeds", "tiny,tiny-early", "--generators", "mean,gausian"),
            "there is no generator 'gausian'; did you mean 'gaussian'?",
        ),
        (("--testbeds", "tiny,tiny-early", "--preset", "quik"), "there is no preset 'quik'"),
        (("--testbeds", "tiny,tiny-early", "--device", "tpu"), "there is no device 'tpu'"),
        (("--testbeds", "tiny,tiny-early", "--check"), "--check: compares stored cells with"),
    ],
)
def test_what_is_misspelt_is_told_before_anything_is_opened(
    asked: tuple[str, ...],
    complaint: str,
    two: Testbed,
    tmp_path: Path,
    capfd: Said,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runner, "prepare", lambda *_, **__: pytest.fail("a model was opened"))
    assert complaint in refused(capfd, "grid", *asked, "--runs", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_grid_is_made_of_stored_cells_alone(toys: Path, tmp_path: Path, capfd: Said) -> None:
    before = {path: path.read_bytes() for path in toys.rglob("*") if path.is_file()}
    assert invoke("grid", *sources(toys), "--out", tmp_path / "out") == 0
    said = capfd.readouterr().out
    page = (tmp_path / "out" / "LEADERBOARD.md").read_text(encoding="utf-8")
    assert page.startswith("# Leaderboard: 2 testbeds\n")
    assert "Of 1 pair of rows that every testbed ranks" in said
    assert {line for line in said.splitlines() if line.startswith("|")} <= set(page.splitlines())
    written = ", ".join(
        str(tmp_path / "out" / name)
        for name in (grid_page.PAGE, grid_page.SCORES, grid_page.FIGURE)
    )
    assert said.endswith(f"\nwrote {written}\n")
    assert {path: path.read_bytes() for path in toys.rglob("*") if path.is_file()} == before


def test_a_grid_is_written_once(
    toys: Path, tmp_path: Path, capfd: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[Path] = []
    write = write_together

    def counted(contents: Mapping[Path, bytes]) -> None:
        written.extend(contents)
        write(contents)

    monkeypatch.setattr(across, "write_together", counted)
    asked = ("grid", *sources(toys), "--out", tmp_path / "out")
    assert invoke(*asked) == 0
    assert sorted(written) == sorted(tmp_path / "out" / name for name in FILES)
    read_only(monkeypatch, tmp_path / "out")
    assert "cannot be written" in refused(capfd, *asked)


def test_cells_are_grouped_by_testbed_wherever_they_lie(
    toys: Path, tmp_path: Path, capfd: Said
) -> None:
    assert invoke("grid", *sources(toys), "--out", tmp_path / "apart") == 0
    for path in (toys / "deep").glob("real*"):
        path.rename(toys / "shallow" / path.name)
    assert invoke("grid", *sources(toys), "--out", tmp_path / "mixed") == 0
    # The order of the testbeds is that in which their cells are met.
    wanted, found = (
        {each["setting"]["testbed"] for each in json.loads(path.read_text("utf-8"))["columns"]}
        for path in sorted(tmp_path.glob("*/scores.json"))
    )
    assert wanted == found == {"shallow@1", "deep@1"}
    rows = [
        json.loads((tmp_path / name / "scores.json").read_text("utf-8"))["rows"]
        for name in ("apart", "mixed")
    ]
    assert rows[0] == rows[1]


def test_check_compares_to_the_byte_and_writes_nothing(
    toys: Path, tmp_path: Path, capfd: Said
) -> None:
    out = tmp_path / "out"
    asked = ("grid", *sources(toys), "--out", out)
    assert invoke(*asked) == 0
    capfd.readouterr()
    assert invoke(*asked, "--check") == 0
    assert capfd.readouterr().out == f"{out}: the grid is what its cells give\n"
    (out / "LEADERBOARD.md").write_text("older", encoding="utf-8")
    (out / "scores.json").unlink()
    assert invoke(*asked, "--check") == 1
    assert capfd.readouterr().err.splitlines() == [
        f"synact-bench: {out / 'LEADERBOARD.md'}: differs from what the cells give",
        f"synact-bench: {out / 'scores.json'}: is missing",
        "synact-bench: renew it with 'make board' and commit it",
    ]
    assert (out / "LEADERBOARD.md").read_text(encoding="utf-8") == "older"
    assert not (out / "scores.json").exists()


def test_a_board_of_several_testbeds_is_the_same_page(toys: Path, tmp_path: Path) -> None:
    folders = (toys / "shallow", toys / "deep")
    assert invoke("grid", *sources(toys), "--out", tmp_path / "grid") == 0
    assert invoke("board", *folders, "--out", tmp_path / "board") == 0
    assert names_in(tmp_path / "board") == FILES
    for name in FILES:
        assert (tmp_path / "board" / name).read_bytes() == (tmp_path / "grid" / name).read_bytes()
    assert invoke("board", *folders, "--out", tmp_path / "board", "--check") == 0
    (tmp_path / "board" / "scores.json").unlink()
    assert invoke("board", *folders, "--out", tmp_path / "board", "--check") == 1


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--testbeds", "tiny"),
        ("--generators", "mean"),
        ("--preset", "quick"),
        ("--seed", "1"),
        ("--dense", None),
        ("--device", "cpu"),
    ],
)
def test_from_takes_no_option_that_says_what_to_measure(
    option: str, value: str | None, toys: Path, tmp_path: Path, capfd: Said
) -> None:
    given = (option,) if value is None else (option, value)
    line = refused(capfd, "grid", *sources(toys), *given, "--runs", tmp_path / "runs")
    assert line == (
        f"synact-bench: {option}: says what to measure or where, and --from measures nothing; "
        "drop one of the two"
    )


def test_cells_that_make_no_grid_are_refused(toys: Path, tmp_path: Path, capfd: Said) -> None:
    (tmp_path / "empty").mkdir()
    line = refused(capfd, "grid", *sources(toys), "--from", tmp_path / "empty")
    assert f"{tmp_path / 'empty'}: no stored cells; measure some with" in line
    line = refused(capfd, "grid", "--from", toys / "deep", "--runs", tmp_path)
    assert "the grid: a grid needs two testbeds or more, each of them once: deep; give" in line


def test_make_takes_the_records_of_every_testbed() -> None:
    command = ["make", "--dry-run", "--always-make", "board", "check-board"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    lines = [line for line in done.stdout.splitlines() if "synact-bench board" in line]
    (whole, paper), checked = lines[:2], lines[2:]
    assert checked == [f"{whole} --check", f"{paper} --check"]
    packs = [each for each in f"{whole} {paper}".split() if each.endswith(".parquet")]
    assert packs == [
        str(published(each).relative_to(ROOT)) for each in (*published_suite(), "smollm2-135m")
    ]
    assert whole.endswith(" --out leaderboard")
