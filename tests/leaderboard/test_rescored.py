from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from synact_bench.cli import app
from synact_bench.experiments import EXPERIMENTS, LADDER, SCALE, WRONG_PROMPT, ZERO
from synact_bench.leaderboard import rescored as module
from synact_bench.leaderboard.first_version import FIRST_WANTED
from synact_bench.leaderboard.rescored import Rescored, rescore
from synact_bench.leaderboard.rescored_page import page
from synact_bench.leaderboard.scored_cells import WANTED
from synact_bench.results import pack
from synact_bench.results.store import Cell
from tests.helpers import cells
from tests.helpers.boards import short_floors

REPLICATES = 40
NAMES = (*cells.CENTRES, "near", "far", "echo")


def published(names: Iterable[str], **changed: Any) -> list[Cell]:
    """Every cell that version 1 was made of."""
    return [
        cells.cell(name, *place, **changed)
        for name in names
        for place in FIRST_WANTED
        if name not in cells.DRAWS or name in (*EXPERIMENTS[place.experiment].draws, ZERO)
    ]


@pytest.fixture(scope="module")
def given() -> list[Cell]:
    with pytest.MonkeyPatch.context() as patch:
        for name, centre in {"near": 0.51, "far": 0.62, "echo": 0.51}.items():
            patch.setitem(cells.CENTRES, name, centre)
        return published(NAMES[:-1]) + published(["echo"], seen=cells.inspection("near-duplicate"))


@pytest.fixture(scope="module")
def found(given: list[Cell]) -> Rescored:
    with short_floors(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "SWAPS", 100)
        return rescore(given, replicates=REPLICATES)


def values(found: Rescored) -> dict[str, float]:
    known = {row.name: row.after.overall.value for row in found.rows}
    return {name: value for name, value in known.items() if value is not None}


def test_rows_are_those_of_the_board_and_one_of_real_paths_on_wrong_prompts(
    found: Rescored,
) -> None:
    names = [row.name for row in found.rows]
    assert sorted(names) == sorted({*found.board.rows} | {WRONG_PROMPT})
    assert not {*names} & {*SCALE, *LADDER}
    assert {row.name for row in found.rows if row.before is None} == {WRONG_PROMPT}
    assert set(found.scales) == set(WANTED)


def test_real_is_at_one_and_gaussian_at_zero_and_what_is_farther_has_less(found: Rescored) -> None:
    realism = values(found)
    assert realism["real-holdout"] > 0.8
    assert abs(realism["gaussian"]) < 0.2
    assert realism["near"] > realism["far"] > realism["isotropic"]
    assert realism["isotropic"] < 0


def test_both_versions_have_a_realism_and_rank_of_each_row(found: Rescored) -> None:
    first = {name: row.realism.overall.value for name, row in found.board.rows.items()}
    assert first["gaussian"] == pytest.approx(0, abs=0.2)
    assert (first["near"] or 0) > (first["far"] or 0) > (first["isotropic"] or 0)
    assert found.board.rows["near"].rank == 1
    assert found.board.rows["echo"].rank is found.board.rows["gaussian"].rank is None
    assert found.board.rankings["unconditional"].detectable is not None


def test_controls_and_flagged_rows_have_no_rank(found: Rescored) -> None:
    ranks = {row.name: row.rank for row in found.rows}
    assert ranks["near"] == 1
    assert ranks["echo"] is ranks["gaussian"] is ranks[WRONG_PROMPT] is None
    assert set(found.rankings["unconditional"].ranks) == {
        name for name, rank in ranks.items() if rank is not None and name != "synthetic-structured"
    }


def test_rows_stand_by_track_and_value_with_controls_last(found: Rescored) -> None:
    groups = [2 if row.control else int(row.track == "conditioned") for row in found.rows]
    assert groups == sorted(groups)
    tracks = [row for row in found.rows if row.track == "unconditional" and not row.control]
    realism = [row.after.overall.value for row in tracks]
    assert realism == sorted(realism, reverse=True)


def test_a_row_is_told_from_real_where_it_is_far_and_not_where_it_is_real(
    found: Rescored,
) -> None:
    told = {row.name: row.worst[1].judge.told for row in found.rows if row.worst is not None}
    assert told["isotropic"] > 0.9
    assert told["real-holdout"] < 0.7


def test_the_page_shows_every_row_once_and_says_what_stands_below_zero(found: Rescored) -> None:
    text = page([found])
    assert text == page([found])
    for row in found.rows:
        assert sum(line.startswith(f"| {row.name} ") for line in text.splitlines()) >= 1
    line = next(line for line in text.splitlines() if line.startswith("| isotropic "))
    value = values(found)["isotropic"]
    assert f" {1 / (1 - value) - 1:.2f} [" in line
    assert "| echo (near-duplicate) " in text


def test_too_few_documents_have_neither_ranks_nor_a_judge() -> None:
    few = published(cells.CENTRES, bases=8)
    with short_floors():
        found = rescore(few, replicates=REPLICATES)
    assert found.rankings == {}
    assert all(row.rank is None and row.worst is None for row in found.rows)
    assert "| isotropic " in page([found])
    assert np.isfinite(list(values(found).values())).all()


def run(*arguments: object) -> str:
    done = CliRunner().invoke(app, list(map(str, arguments)), catch_exceptions=False)
    return f"{done.exit_code} {done.output}"


def test_the_command_packs_and_rescores(given: list[Cell], tmp_path: Path) -> None:
    place, once, again = (tmp_path / name for name in ("toy.parquet", "once", "again.parquet"))
    pack.save(given, place)
    assert f"0 wrote {again}: {len(given)} cells" in run("pack", place, "--out", again)
    assert again.read_bytes() == place.read_bytes()
    with short_floors():
        assert run("rescore", place, "--out", once).startswith("0 wrote")
        written = (once / "REALISM2.md").read_text(encoding="utf-8")
        assert "## toy@1" in written
        assert run("rescore", place, "--out", once, "--check").startswith("0 ")
        (once / "REALISM2.md").write_text(written + " ", encoding="utf-8")
        assert run("rescore", place, "--out", once, "--check").startswith("1 ")
        assert written.splitlines()[0] in run("rescore", place)
