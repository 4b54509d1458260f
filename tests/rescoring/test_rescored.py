from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from synact_bench.cli import app
from synact_bench.core.errors import RecordError
from synact_bench.core.experiments import LADDER, REAL, WRONG_PROMPT
from synact_bench.reports.board import build
from synact_bench.reports.scored_cells import PARTS, WANTED
from synact_bench.rescoring.first_version import FIRST_WANTED, ZERO
from synact_bench.rescoring.page import page
from synact_bench.rescoring.rescored import Rescored, rescore
from synact_bench.results import pack
from synact_bench.results.store import Cell
from tests.helpers import cells, first_engine
from tests.helpers.boards import short_floors

REPLICATES = 40
NAMES = (*cells.CENTRES, "near", "far", "echo")


@pytest.fixture(scope="module")
def given() -> list[Cell]:
    with pytest.MonkeyPatch.context() as patch:
        for name, centre in {"near": 0.51, "far": 0.62, "echo": 0.51}.items():
            patch.setitem(cells.CENTRES, name, centre)
        flagged = first_engine.rows(["echo"], seen=cells.inspection("near-duplicate"))
        return [*first_engine.rows(NAMES[:-1]), *first_engine.zeros(), *flagged]


@pytest.fixture(scope="module")
def found(given: list[Cell]) -> Rescored:
    with short_floors():
        return rescore(given, replicates=REPLICATES)


def values(found: Rescored) -> dict[str, float]:
    known = {row.name: row.after.overall.value for row in found.rows}
    return {name: value for name, value in known.items() if value is not None}


def test_rows_are_those_of_the_board_and_one_of_real_paths_on_wrong_prompts(
    found: Rescored,
) -> None:
    names = [row.name for row in found.rows]
    assert sorted(names) == sorted({*found.board.rows} | {WRONG_PROMPT})
    assert not {*names} & {*REAL, ZERO, *LADDER}
    assert {row.name for row in found.rows if row.before is None} == {WRONG_PROMPT}
    assert set(found.scales) == set(WANTED)
    assert {scale.gaussians for scale in found.scales.values()} == {2}


def test_real_is_at_one_and_gaussian_at_zero_and_what_is_farther_has_less(found: Rescored) -> None:
    realism = values(found)
    assert realism["real-holdout"] > 0.8
    assert abs(realism["gaussian"]) < 0.2
    assert realism["near"] > realism["far"] > realism["isotropic"]
    assert realism["isotropic"] < 0


def test_both_versions_have_a_realism_and_rank_of_each_row(found: Rescored) -> None:
    rows = found.board.rows.items()
    first = {name: row.realism.value for name, row in rows if row.realism is not None}
    assert first["gaussian"] == pytest.approx(0, abs=0.2)
    assert first["near"] > first["far"] > first["isotropic"]
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


def test_parts_that_may_disagree_are_those_of_a_board(found: Rescored) -> None:
    assert all(list(row.after.parts) == list(PARTS) for row in found.rows)


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
    few = [*first_engine.rows(cells.CENTRES, bases=8), *first_engine.zeros(bases=8)]
    with short_floors():
        found = rescore(few, replicates=REPLICATES)
    assert found.rankings == {}
    assert all(row.rank is None and row.worst is None for row in found.rows)
    assert "| isotropic " in page([found])
    assert np.isfinite(list(values(found).values())).all()


def refusal(given: Iterable[Cell]) -> str:
    with pytest.raises(RecordError) as caught:
        rescore(given, where="here")
    return str(caught.value)


def test_cells_of_the_present_engine_are_refused_with_all_that_they_lack() -> None:
    text = refusal(cells.whole_board(cells.FEW))
    assert text.startswith(
        "here: realism@1 cannot be computed of them: there is no cell sensitivity/absolute, "
        "plateau/absolute; not every cell has gaussian-zero; they are of the engine adaptive@2, "
        "and it is defined for adaptive@1 and dense@1 alone"
    )
    assert "score them by realism@2 alone, with 'synact-bench board'" in text
    assert "docs/realism2.md" in text


def test_what_cells_of_an_older_engine_lack_is_named(given: list[Cell]) -> None:
    part = [each for each in given if each.name != FIRST_WANTED[1]]
    text = refusal(part)
    assert "there is no cell sensitivity/absolute;" in text
    assert "not every cell has" not in text
    assert "engine" not in text.partition(";")[0]
    some = [
        each
        for each in given
        if each.record.identity.generator.name != REAL[1] or each.name != FIRST_WANTED[0]
    ]
    assert f"not every cell has {REAL[1]};" in refusal(some)


def test_a_board_archives_what_stood_for_zero(given: list[Cell]) -> None:
    with short_floors():
        board = build(given, replicates=REPLICATES)
    assert ZERO not in {row.name for row in board.rows}
    assert [row.name for row in board.archive] == [ZERO]


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


def test_the_command_names_the_pack_that_it_cannot_score(tmp_path: Path) -> None:
    place = tmp_path / "new.parquet"
    pack.save(cells.whole_board(cells.FEW), place)
    with pytest.raises(RecordError, match=r"new\.parquet: realism@1 cannot be computed"):
        run("rescore", place)
