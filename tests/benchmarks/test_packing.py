from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from benchmarks import packing
from benchmarks.board_changes import KINDS, PAIRS, WORDS
from synact_bench.core.curves import SCORED
from synact_bench.results import pack
from synact_bench.results.rounding import MANTISSA
from tests.helpers import boards, cells

REFINED = 8


@pytest.fixture(autouse=True)
def _few_replicates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing hangs on the last digits of an interval."""
    monkeypatch.setattr("benchmarks.packing.boards.build", boards.built)


def test_bases_beyond_the_refined_keep_their_scored_points() -> None:
    cell = cells.cell("gaussian")
    found = packing.thinned(cell, REFINED)
    expected = cells.cell("gaussian", refined=REFINED)
    assert found.table == expected.table
    assert found.record == expected.record.model_copy(
        update={"table_sha256": cell.record.table_sha256}
    )
    assert found.table.curves.run[REFINED:].sum(axis=1).tolist() == [1 + len(SCORED)] * (
        cells.BASES - REFINED
    )


def test_fewer_bits_make_a_smaller_pack_and_larger_changes() -> None:
    given = cells.whole_board(refined=REFINED)
    rows = packing.compared(given, [4, 9, MANTISSA])
    table: dict[Any, list[Any]] = {
        row["bits"]: [row[name] for name in ("all", "4", "9", "23")] for row in rows
    }
    assert [*table] == ["MB", "share of all bits", PAIRS, WORDS, *(kind.name for kind in KINDS)]
    whole, *sizes = table["MB"]
    assert whole == len(pack.dumps(given)) / 1e6 == sizes[-1]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[1] < whole
    _, four, nine, every = table["realism"]
    assert four > nine > every == 0
    for name, (_, *found) in table.items():
        assert name in ("MB", "share of all bits") or found[-1] == 0
    assert table["metrics, distance (width)"][1:] == [0, 0, 0]


def test_the_command_prints_the_table_of_a_pack(tmp_path: Path) -> None:
    place = tmp_path / "toy.parquet"
    pack.save(cells.whole_board(cells.FEW), place)
    arguments = [str(place), "--bits", "9", "--refined", str(REFINED)]
    done = CliRunner().invoke(packing.app, arguments, catch_exceptions=False)
    assert done.exit_code == 0
    assert {line.split("|")[1].strip() for line in done.output.splitlines()} >= {"bits", "realism"}
