from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path

import numpy as np
import pytest

from synact_bench.core.experiments import CONTROLS, REAL
from synact_bench.generators import BUILTINS
from synact_bench.regression import baseline
from synact_bench.results.store import Cell, Store, encode
from synact_bench.testbeds.spec import Testbed
from tests.helpers.cells import planned_cells, whole_board
from tests.helpers.commands import invoke, refused
from tests.helpers.faulty import faulty

ROW = "synthetic-structured"


def stored(folder: Path, *, version: str = "1", by: float = 0.0) -> Path:
    """A run: real activations, and a row whose plateaus are wider by about ``by``."""
    store = Store(folder)
    for each in [*whole_board(REAL), *whole_board([ROW], version=version)]:
        own = each.record.identity.generator.name == ROW
        write(store, wider(each, by) if own else each)
    return folder


def wider(cell: Cell, by: float) -> Cell:
    """The cell with its l2 curves of plateaus moved along the path, by whole points."""
    curves = cell.table.curves
    later = round(by * (len(curves.fractions) - 1))
    if cell.name.experiment != "plateau" or not later:
        return cell
    l2 = np.zeros_like(curves.l2)
    l2[:, later:] = curves.l2[:, :-later]
    moved = dataclasses.replace(curves, l2=l2)
    return Cell(cell.record, dataclasses.replace(cell.table, curves=moved))


def write(store: Store, cell: Cell) -> None:
    content = encode(cell.table)
    digest = hashlib.sha256(content).hexdigest()
    store.write(cell.record.model_copy(update={"table_sha256": digest}), content)


@pytest.fixture
def before(tmp_path: Path) -> Path:
    return stored(tmp_path / "before")


@pytest.mark.parametrize(
    ("version", "by", "status", "word"),
    [
        ("1", 0.0, 0, "same"),
        ("1", 0.3, 10, "drift"),
        ("2", 0.3, 11, "regression"),
        ("2", 0.0, 13, "outdated"),
    ],
)
def test_two_runs_are_compared_metric_by_metric(
    before: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    version: str,
    by: float,
    status: int,
    word: str,
) -> None:
    now = stored(tmp_path / "now", version=version, by=by)
    assert invoke("compare", before, now) == status
    lines = capsys.readouterr().out.splitlines()
    (line,) = [line for line in lines if line.split()[:2] == [ROW, "plateau_width"]]
    assert line.split()[-1] == word
    assert any(line.startswith(f"{word}: ") for line in lines)


def test_what_was_a_regression_is_an_improvement_the_other_way(
    before: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    now = stored(tmp_path / "now", version="2", by=0.3)
    assert invoke("compare", now, before) == 12
    assert "improvement: a new version is significantly better" in capsys.readouterr().out


def test_a_baseline_is_made_shown_and_renewed_only_with_yes(
    before: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, now = tmp_path / "kept" / "smoke.json", stored(tmp_path / "now", by=0.3)
    assert invoke("baseline", "renew", file, before) == 0
    assert not file.exists()
    assert f"nothing written: add --yes to write {file}" in capsys.readouterr().out
    assert invoke("baseline", "renew", file, before, "--yes") == 0
    first = file.read_bytes()
    assert invoke("compare", file, before) == 0
    assert invoke("compare", file, now) == 10
    capsys.readouterr()
    assert invoke("baseline", "renew", file, now) == 0
    out = capsys.readouterr().out
    assert "drift: numbers changed and no version was raised" in out
    assert "same" not in out.partition("\n\n")[0]
    assert file.read_bytes() == first
    assert invoke("baseline", "renew", file, now, "--yes") == 0
    assert invoke("compare", file, now) == 0
    assert invoke("compare", file, before) == 10


def test_renewing_with_the_same_numbers_changes_no_byte(before: Path, tmp_path: Path) -> None:
    file = tmp_path / "smoke.json"
    assert invoke("baseline", "renew", file, before, "--yes") == 0
    first = file.read_bytes()
    assert invoke("baseline", "renew", file, before, "--yes") == 0
    assert file.read_bytes() == first


def test_cells_that_the_run_lacks_are_kept_and_counted(
    before: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, part = tmp_path / "smoke.json", Store(tmp_path / "part")
    for each in whole_board(["real"]):
        write(part, each)
    assert invoke("baseline", "renew", file, before, "--yes") == 0
    first = file.read_bytes()
    assert invoke("baseline", "renew", file, part.folder, "--yes") == 0
    assert f"kept: 15 cells that {part.folder} does not have" in capsys.readouterr().out
    assert file.read_bytes() == first


def test_cells_that_are_gone_are_named(
    before: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    part = Store(tmp_path / "part")
    for each in whole_board(["real"]):
        write(part, each)
    assert invoke("compare", before, part.folder) == 0
    line = capsys.readouterr().out.splitlines()[-1]
    assert line.startswith(f"not judged: 15 cells of {before} are not in {part.folder}: real-floor")
    assert line.endswith(", and 10 more")
    assert invoke("compare", part.folder, before) == 0
    assert "not judged" not in capsys.readouterr().out


def test_what_cannot_be_compared_is_refused_in_a_line(
    before: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    other = Store(tmp_path / "other")
    for each in whole_board(["real"], seed=5):
        write(other, each)
    assert "seed is 5 here and 0 in" in refused(capfd, "compare", before, other.folder)
    (tmp_path / "empty").mkdir()
    assert "no stored cells" in refused(capfd, "compare", before, tmp_path / "empty")
    assert "no such baseline" in refused(capfd, "compare", tmp_path / "none.json", before)


def test_a_baseline_is_made_in_one_command(
    opened_once: Testbed,
    full_run: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path / "runs")
    file, given = tmp_path / "kept" / "mean.json", ("--testbed", "tiny", "--generator", "mean")
    assert invoke("baseline", "make", file, *given) == 0
    made = sum(name in BUILTINS for name in CONTROLS)
    assert capfd.readouterr().out.splitlines()[-1] == f"wrote {file}: {planned_cells(made)} cells"
    assert len(baseline.read(file).cells) == planned_cells(made)
    assert not (tmp_path / "runs" / "runs").exists()  # nothing is left but the file
    assert invoke("compare", file, full_run / "tiny" / "smoke" / "seed-0") == 0
    assert "there already" in refused(capfd, "baseline", "make", file, *given)


def test_a_baseline_of_a_row_that_fails_is_not_written(
    opened_once: Testbed, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file, plugin = tmp_path / "mine.json", faulty(tmp_path, "nan")
    given = ("--testbed", "tiny", "--generator", str(plugin))
    assert invoke("baseline", "make", file, *given) != 0
    assert "faulty" in capfd.readouterr().err
    assert not file.exists()
