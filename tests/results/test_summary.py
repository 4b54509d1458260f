from __future__ import annotations

from pathlib import Path

from synact_bench.results.store import Store, encode
from synact_bench.results.summary import Summary, summaries
from tests.helpers import cells


def test_a_summary_says_what_the_record_says(tmp_path: Path) -> None:
    store = Store(tmp_path)
    board = cells.whole_board(cells.FEW, testbed="toy@1")
    for each in board:
        store.write(each.record, encode(each.table))
    found = summaries(tmp_path)
    assert found.keys() == {each.record.identity.stem for each in board}
    for each in board:
        record, summary = each.record, found[each.record.identity.stem]
        assert summary.cell == "/".join(record.identity.cell)
        assert summary.events == record.events
        assert (summary.run, summary.seconds) == (record.points_run, record.provenance.seconds)
        sparse = record.identity.bases - record.identity.refined
        whole = record.identity.refined * record.identity.points
        assert whole <= summary.asked <= whole + sparse * record.identity.points
        files = tmp_path.glob(f"{record.identity.stem}.*")
        assert summary.bytes == sum(file.stat().st_size for file in files)
        assert Summary.of_record(record).bytes == 0
    assert len(summaries(tmp_path, most=2)) == 2


def test_what_is_no_cell_is_passed_over(tmp_path: Path) -> None:
    assert summaries(tmp_path / "nothing") == {}
    (tmp_path / "scores.json").write_text("{}", encoding="utf-8")
    for stem, text in (("a--b--c--1", "[]"), ("a--b--c--2", "{"), ("a--b--c--3", "{}")):
        (tmp_path / f"{stem}.json").write_text(text, encoding="utf-8")
        (tmp_path / f"{stem}.parquet").touch()
    (tmp_path / "a--b--c--4.json").write_text("{}", encoding="utf-8")
    assert summaries(tmp_path) == {}


def test_numbers_of_no_size_are_passed_over_like_what_is_no_cell(tmp_path: Path) -> None:
    cell = cells.cell("mean")
    Store(tmp_path).write(cell.record, encode(cell.table))
    path = tmp_path / f"{cell.record.identity.stem}.json"
    known = path.read_text(encoding="utf-8")
    for number in ("Infinity", "1e999", "9" * 400, "-Infinity", "NaN"):
        for name, old in (("points_run", "1224"), ("seconds", "1.5")):
            text = known.replace(f'"{name}": {old}', f'"{name}": {number}')
            assert text != known
            path.write_text(text, encoding="utf-8")
            assert summaries(tmp_path).keys() <= {cell.record.identity.stem}
