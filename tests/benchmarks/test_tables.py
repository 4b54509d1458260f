from __future__ import annotations

import json

import pytest

from benchmarks.tables import Row, Table

ROWS: list[Row] = [
    {"way": "one", "points_per_second": 123.456, "ratio": None},
    {"way": "two", "points_per_second": 65432.1, "ratio": 2},
]


def test_the_text_has_few_digits_and_the_facts():
    lines = Table("some", "Some", ROWS, {"peak_MiB": 0.123456}).text.splitlines()
    assert [cell.strip() for cell in lines[0].strip("|").split("|")] == [
        "way",
        "points per second",
        "ratio",
    ]
    assert [cell.strip() for cell in lines[2].strip("|").split("|")] == ["one", "123.5", "-"]
    assert [cell.strip() for cell in lines[3].strip("|").split("|")] == ["two", "65432", "2"]
    assert lines[4:] == ["peak MiB: 0.1235"]


def test_the_file_has_all_digits_and_where_they_come_from(tmp_path):
    path = Table("some", "Some", ROWS, {"peak": 1.5}).write(tmp_path / "results")
    assert path == tmp_path / "results" / "some.json"
    stored = json.loads(path.read_text(encoding="utf-8"))
    assert stored["rows"] == ROWS
    assert stored["facts"] == {"peak": 1.5}
    assert stored["threads"] == 1
    assert "torch" in stored["versions"]
    assert stored["machine"]


def test_a_figure_that_is_not_finite_is_refused(tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        Table("some", "Some", [{"rate": float("nan")}]).write(tmp_path)
    assert list(tmp_path.iterdir()) == []
