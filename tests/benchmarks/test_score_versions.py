from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from benchmarks.score_choices import CELLS, POINTS
from benchmarks.score_choices import compared as choices
from benchmarks.score_versions import app, columns, noise, order
from benchmarks.version_records import Records, bias, halved
from synact_bench.core.errors import RecordError
from synact_bench.core.experiments import HOLDOUT, LADDER
from synact_bench.rescoring.first_version import FIRST_WANTED
from synact_bench.results import pack
from synact_bench.scoring import Estimate
from tests.helpers import cells, first_engine
from tests.helpers.boards import RISING, ladder, short_floors

NOISE = np.random.default_rng(0).normal(size=(9, 400))
NAMES = (*cells.CENTRES, "near", "far")
SMALL: dict[str, Any] = {"replicates": 20, "halves": 3}


@pytest.fixture(scope="module")
def packs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """One of the engine of version 1 and, of the same testbed, one of now: it has the ladder."""
    folder = tmp_path_factory.mktemp("packs")
    first, now = (folder / name / "toy.parquet" for name in ("first", "now"))
    with pytest.MonkeyPatch.context() as patch:
        for name, centre in {"near": 0.51, "far": 0.62}.items():
            patch.setitem(cells.CENTRES, name, centre)
        pack.save([*first_engine.rows(NAMES), *first_engine.zeros()], first)
        pack.save([*cells.whole_board(NAMES), *ladder(RISING)], now)
    return first, now


def rows(**values: float) -> dict[str, Estimate]:
    return {
        name: Estimate(value, value + 0.1 * noise)
        for (name, value), noise in zip(values.items(), NOISE, strict=False)
    }


def test_halves_part_the_documents() -> None:
    found = halved([f"d{place}" for place in (0, 1, 1, 2, 3)], 5)
    assert found.counts.shape == (10, 4)
    np.testing.assert_array_equal(found.counts[::2] + found.counts[1::2], 1)
    assert not found.calibrated


def test_noise_is_summed_up_by_track() -> None:
    found = noise(rows(a=0.0, b=5.0, c=5.01), {"unconditional": ["a", "b", "c"]})
    assert found["decided, unconditional"] == "2/3"
    assert found["median interval"] == pytest.approx(0.39, abs=0.05)


def test_order_tells_how_halves_agree_and_how_the_ladder_falls() -> None:
    whole = rows(**dict(zip(LADDER, (5, 4, 3, 2, 1), strict=True)), **{HOLDOUT: 1.0})
    whole["wrong-prompt"] = Estimate(0.4)
    halves = {
        name: Estimate(0.0, np.array([place, place, place, -place], dtype=float))
        for place, name in enumerate("abc")
    }
    found = order(whole, halves, "abc")
    assert found["split-half Spearman"] == pytest.approx(0)  # once the same, once reversed
    assert len(str(found["ladder z"]).split(", ")) == 4
    assert found["wrong prompt"] == 0.4


def test_bias_is_in_standard_errors() -> None:
    assert bias(Estimate(1.0, np.array([1.0, 3.0]))) == 1


def test_what_was_published_stands_beside_what_is(packs: tuple[Path, Path]) -> None:
    with short_floors():
        found = columns(*packs, **SMALL)
    assert list(found) == ["published", "scale held fixed", "v2 of the same", "v2"]
    published, held, same, now = found.values()
    assert {len(each) for each in (published, held)} == {len(now) - 1}
    # Rows of one distribution: version 1 does not see which prompt a path is of.
    assert published["wrong prompt"] == pytest.approx(published["held-out real"])
    assert held["wrong prompt"] == pytest.approx(held["held-out real"])
    for each in (published, held, same):
        assert each["ladder z"] is None
        assert each["decided, unconditional"] == now["decided, unconditional"]
    assert len(str(now["ladder z"]).split(", ")) == 4
    assert "real told at 5 %" not in published


def test_without_packs_of_the_first_engine_there_is_version_2_alone(
    packs: tuple[Path, Path],
) -> None:
    assert list(columns(None, packs[1], **SMALL)) == ["v2"]
    done = CliRunner().invoke(
        app, ["--records", str(packs[1].parent), "--replicates", "20", "--halves", "3"]
    )
    assert done.exit_code == 0
    assert "## toy" in done.output
    assert "| published" not in done.output


def test_a_figure_that_there_is_none_of_is_a_dash(packs: tuple[Path, Path]) -> None:
    given = ["--first", packs[0].parent, "--records", packs[1].parent, "--replicates", 20]
    with short_floors():
        done = CliRunner().invoke(app, [*map(str, given), "--halves", "3"])
    (line,) = [each for each in done.output.splitlines() if each.startswith("| ladder z")]
    assert [each.strip() for each in line.split("|")[2:5]] == ["-", "-", "-"]


def test_packs_of_now_are_no_packs_of_the_first_engine(
    packs: tuple[Path, Path], tmp_path: Path
) -> None:
    with pytest.raises(RecordError, match=r"toy\.parquet: realism@1 cannot be computed"):
        Records.first(packs[1])
    done = CliRunner().invoke(app, ["--first", str(tmp_path)])
    assert done.exit_code == 2
    assert "holds no pack" in done.output


def test_choices_are_compared_on_the_grid(packs: tuple[Path, Path]) -> None:
    for many, fractions in POINTS.items():
        assert len(fractions) == int(many)
        np.testing.assert_allclose(np.array(fractions), np.round(np.array(fractions) * 50) / 50)
        assert fractions[-1] == 1
    assert all(set(each) <= set(FIRST_WANTED) for each in CELLS.values())
    points, by_cells = choices(Records.first(packs[0]), 20)
    assert [row["points"] for row in points] == [*POINTS]
    assert [row["cells"] for row in by_cells] == [*CELLS]
    assert by_cells[2]["median interval"] == points[1]["median interval"]
