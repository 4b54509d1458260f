from __future__ import annotations

import json
from pathlib import Path

import pytest

from synact_bench.core.errors import RecordError
from synact_bench.reports.checkpoint_table import drawn
from synact_bench.reports.ladder_figure import Rung

ROWS = [
    {"step": 100, "realism": 0.2, "low": 0.1, "high": 0.3, "flags": ""},
    {"step": 30, "realism": -0.1, "low": None, "high": None, "held-out loss": 1.0},
]


def written(folder: Path, content: object) -> Path:
    path = folder / "prior_ladder.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_checkpoints_stand_by_their_steps(tmp_path: Path) -> None:
    found = drawn(written(tmp_path, {"title": "a prior", "rows": ROWS}))
    assert found.lines == {"overall": [Rung(30, -0.1), Rung(100, 0.2, (0.1, 0.3))]}
    assert found.logarithmic


@pytest.mark.parametrize(
    "content", [[], {"rows": []}, {"rows": [{"step": "secret"}]}, {"rows": [{"realism": 1}]}]
)
def test_another_file_is_refused_without_a_word_of_it(tmp_path: Path, content: object) -> None:
    with pytest.raises(RecordError, match="is no table of checkpoints") as refused:
        drawn(written(tmp_path, content))
    assert "secret" not in str(refused.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="No such file"):
        drawn(tmp_path / "prior_ladder.json")
