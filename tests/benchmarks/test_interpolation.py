from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from benchmarks import interpolation, tables
from synact_bench.core.curves import SCORED
from synact_bench.core.experiments import ADAPTIVE
from synact_bench.engine.refinement import Sought
from synact_bench.engine.sweeper import Sweeper
from synact_bench.metrics import events_of
from synact_bench.testbeds.spec import Testbed
from tests.helpers import cells
from tests.helpers.swept import hooks, lines
from tests.helpers.tiny import LAYERS, Lines, token_ids

BOTH = Sought(steepest=True, level=1.0, always=SCORED)


@pytest.mark.parametrize("points", [51, 101])
@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_the_replay_is_the_adaptive_sweep(tiny, kind: str, points: int) -> None:
    """The same points run, the same numbers except for the rounding of other batches."""
    model, where = tiny(kind), hooks(1, LAYERS - 1)
    ids, grid = token_ids(8, 6), torch.linspace(0, 1, points)
    short = lines(model, ids, where["write_hook"])
    along = Lines(short.base, 8 * short.displacement)
    sweeper = Sweeper(model, ids, **where)
    dense = sweeper.curves(range(8), along, grid)
    swept = sweeper.curves(range(8), along, grid, sought=BOTH)
    found = interpolation.refined(dense, BOTH)
    assert 0 < swept.interpolated_share < 1
    np.testing.assert_array_equal(found.run, swept.run)
    np.testing.assert_array_equal(found.l2[found.run], dense.l2[found.run])
    np.testing.assert_allclose(found.l2, swept.l2, atol=1e-5 * swept.l2.max())
    np.testing.assert_allclose(found.kl, swept.kl, atol=1e-5 * (1 + swept.kl.max()))


def test_a_replayed_cell_is_one_of_the_adaptive_engine() -> None:
    dense = cells.cell("gaussian", engine="dense@2", record={"events": ()})
    found = interpolation.replayed(dense)
    assert found.record.identity.engine == ADAPTIVE
    assert found.record.events == events_of(*dense.name)
    assert found.record.points_run == found.table.curves.points_run < dense.record.points_run
    np.testing.assert_array_equal(found.table.base, dense.table.base)


def test_real_and_gaussian_activations_are_measured_once_and_told_apart(
    tiny_catalog: Testbed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "FOLDER", tmp_path / "results")
    asked = ["--testbed", "tiny", "--bases", "4", "--runs", str(tmp_path / "runs")]
    done = CliRunner().invoke(interpolation.app, asked, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert "0 cells reused, 6 to measure" in done.output
    lines = [line.split("|")[1].strip() for line in done.output.splitlines() if "|" in line]
    for row in interpolation.ROWS:
        assert {row, *(f"{row} {cell}" for cell in ("sensitivity/relative", "plateau/scaled"))} <= {
            *lines
        }
    assert lines.count("step_sharpness") == lines.count("plateau_width") == 2
    again = CliRunner().invoke(interpolation.app, asked, catch_exceptions=False)
    assert "6 cells reused, 0 to measure" in again.output
    kept = sorted(path.name for path in (tmp_path / "results").iterdir())
    assert kept == [
        "interpolation-curves.json",
        "interpolation-metrics-gaussian.json",
        "interpolation-metrics-real.json",
    ]
