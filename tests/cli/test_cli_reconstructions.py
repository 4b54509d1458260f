from __future__ import annotations

import json
from pathlib import Path

import pytest

from synact_bench.core.experiments import RECONSTRUCTIONS
from synact_bench.generators import RECONSTRUCTIONS as ROWS
from synact_bench.results.store import Store, encode
from synact_bench.run import runner
from synact_bench.testbeds.spec import Testbed
from tests.helpers import cells
from tests.helpers.commands import invoke, refused
from tests.helpers.reconstruction_cells import reconstruction

RUN = ("run", "--testbed", "tiny", "--preset", "smoke", "--track", "reconstruction")
PATHS = len(RECONSTRUCTIONS["reconstruction"].paths)
Said = pytest.CaptureFixture[str]
HALF = '''
from synact_bench.generators.base import GeneratorCard


class Half:
    """Halfway between the base and the mean."""

    card = GeneratorCard(name="half", version="1", track="reconstruction")

    def fit(self, real, dictionary, *, rng):
        self.mean = real.mean

    def reconstruct(self, base, *, rng):
        return {made}
'''


def plugin(folder: Path, made: str = "(base + self.mean) / 2") -> Path:
    path = folder / "half.py"
    path.write_text(HALF.replace("{made}", made), encoding="utf-8")
    return path


def test_all_that_suit_the_testbed_are_measured_and_shown(
    opened_once: Testbed, tmp_path: Path, capfd: Said
) -> None:
    assert invoke(*RUN, "--runs", tmp_path) == 0
    said = capfd.readouterr()
    assert said.err == ""
    rows = [name for name in ROWS if name != "flow-restored"]  # no prior was trained for tiny
    folder = tmp_path / "tiny" / "smoke" / "seed-0-reconstruction"
    assert f"{folder}: 0 cells reused, {PATHS * len(rows)} to measure" in said.out
    assert "8 prompts: it runs; nothing can be read off" in said.out
    assert said.out.splitlines()[-2:] == [
        f"wrote {folder / 'RECONSTRUCTIONS.md'} and the page of this run:",
        f"{folder / 'page' / 'index.html'}",
    ]
    shown = (folder / "page" / "index.html").read_text(encoding="utf-8")
    assert all(f"<bdi>{name}</bdi>" in shown for name in rows)
    stated = json.loads((folder / "reconstructions.json").read_text(encoding="utf-8"))
    drawn = [row["name"] for row in stated["rows"] if row["n"]]  # another returned its bases
    assert len(drawn) > 3
    assert shown.count('<figure class="curve">') == 2 * len(drawn)
    assert {row["name"] for row in stated["rows"]} == set(rows)
    sound = {row["name"]: row for row in stated["rows"]}
    assert sound["noise-added"]["error"] == pytest.approx(sound["sae-decoded"]["error"], rel=1e-4)
    assert sound["sae-top-8"]["error"] >= sound["sae-decoded"]["error"]
    assert len(list(folder.glob("*.parquet"))) == PATHS * len(rows)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of cells out of thin air, and of a whole board apart."""
    folder = tmp_path_factory.mktemp("stored")
    for name, own in {
        "reconstructed": [*reconstruction("one"), *reconstruction("other", times=4)],
        "generated": cells.whole_board(cells.FEW),
    }.items():
        for cell in own:
            Store(folder / name).write(cell.record, encode(cell.table))
    return folder


def test_stored_cells_give_their_page_again(stored: Path, tmp_path: Path, capfd: Said) -> None:
    asked = ("board", stored / "reconstructed", "--out", tmp_path)
    assert invoke(*asked) == 0
    said = capfd.readouterr().out
    assert said.splitlines()[-1] == f"wrote {tmp_path / 'RECONSTRUCTIONS.md'}"
    assert {each.name for each in tmp_path.iterdir()} == {
        *("RECONSTRUCTIONS.md", "reconstructions.json")
    }
    assert invoke(*asked, "--check") == 0
    (tmp_path / "RECONSTRUCTIONS.md").write_text("another", encoding="utf-8")
    assert invoke(*asked, "--check") == 1
    assert "differs from what the cells give" in capfd.readouterr().err


@pytest.mark.parametrize(
    "asked",
    [
        ("board", "--out", "out", "generated"),
        ("audit",),
        ("audit", "--paths"),
        ("conventional",),
        ("grid", "--from", "generated", "--from"),
        ("pack", "--out", "cells.parquet"),
    ],
    ids=" ".join,
)
def test_verbs_of_realism_say_what_such_cells_are(
    stored: Path,
    tmp_path: Path,
    capfd: Said,
    monkeypatch: pytest.MonkeyPatch,
    asked: tuple[str, ...],
) -> None:
    monkeypatch.chdir(tmp_path)
    given = [stored / each if each == "generated" else each for each in asked]
    line = refused(capfd, *given, stored / "reconstructed")
    assert "is of the reconstruction track, whose rows have no realism" in line
    assert "'synact-bench board'" in line
    assert not list(tmp_path.iterdir())


def test_a_plugin_is_measured_alone_in_a_process_of_its_own_and_reused(
    opened_once: Testbed, tmp_path: Path, capfd: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = plugin(tmp_path)
    runs = ("--runs", tmp_path / "runs", "--generator", own)
    assert invoke(*RUN, *runs) == 0
    assert f"0 cells reused, {PATHS} to measure" in capfd.readouterr().out
    monkeypatch.setattr(runner, "prepare", lambda *_, **__: pytest.fail("opened the model"))
    assert invoke(*RUN, *runs) == 0
    said = capfd.readouterr().out
    assert f"{PATHS} cells reused, 0 to measure" in said
    assert "half" in said


def test_the_base_itself_has_no_error_to_measure(
    opened_once: Testbed, tmp_path: Path, capfd: Said
) -> None:
    own = plugin(tmp_path, "base.clone()")
    assert invoke(*RUN, "--runs", tmp_path / "runs", "--generator", own) == 0
    (place,) = tmp_path.glob("runs/tiny/smoke/*/reconstructions.json")
    (row,) = json.loads(place.read_text(encoding="utf-8"))["rows"]
    assert (row["n"], row["dropped"], row["error"]) == (0, 8, None)


def test_one_that_breaks_the_contract_is_named_with_its_method(
    opened_once: Testbed, tmp_path: Path, capfd: Said
) -> None:
    own = plugin(tmp_path, "base.double()")
    line = refused(capfd, *RUN, "--runs", tmp_path / "runs", "--generator", own)
    assert "generator 'half': reconstruct returned dtype torch.float64" in line


def test_a_reconstruction_is_on_no_other_board_and_no_other_on_this(
    opened_once: Testbed, tmp_path: Path, capfd: Said
) -> None:
    runs = ("--runs", tmp_path / "runs")
    line = refused(capfd, *RUN[:-2], *runs, "--generator", plugin(tmp_path))
    assert "generator 'half': is of the reconstruction track, which stands on another board" in line
    assert "'synact-bench run --track reconstruction'" in line
    line = refused(capfd, *RUN, *runs, "--generator", "gaussian")
    assert "generator 'gaussian': is of the unconditional track" in line
    for drawn in ("real-holdout", "real-same-token", "real"):
        line = refused(capfd, *RUN, *runs, "--generator", drawn)
        assert f"--generator {drawn}: is drawn by the design" in line
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--diagnostic",), "--diagnostic beside --track reconstruction"),
        (("--track", "other"), ""),
    ],
)
def test_what_says_nothing_of_the_track_is_refused(
    opened_once: Testbed, capfd: Said, given: tuple[str, ...], said: str
) -> None:
    assert invoke(*RUN, *given) == 2
    assert said in capfd.readouterr().err


def test_a_suite_has_no_room_for_a_track(capfd: Said) -> None:
    line = refused(capfd, "run", "--suite", "standard", "--track", "reconstruction")
    assert "--track beside --suite: is for a run on one testbed" in line
