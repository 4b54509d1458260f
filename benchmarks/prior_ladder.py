"""Realism of a flow prior against its training, with its Fréchet distance beside it.

    synact-bench train-prior --testbed smollm2-135m-layer15 --out prior --checkpoint 100 ...
    python -m benchmarks.prior_ladder prior [--preset suite] [--runs runs]

Measures each of the prior's checkpoints as a row of the testbed it was trained on.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer
from scipy.stats import spearmanr

from benchmarks.tables import FOLDER, Table
from synact_bench.cli.measuring import PRINTING
from synact_bench.evaluation.run import run
from synact_bench.generators.flow_prior import FlowSamples, card_of
from synact_bench.reports.board import Board
from synact_bench.run.opening import open_request
from synact_bench.run.options import HOME, RunOptions
from synact_bench.run.prior_training import CHECKPOINTS

PLUGIN = """\
from functools import partial
from pathlib import Path

from synact_bench.generators.flow_prior import FlowSamples

"""


def main(
    prior: Annotated[Path, typer.Argument(help="Folder that train-prior wrote.")],
    testbed: str = "smollm2-135m-layer15",
    preset: str = "suite",
    runs: Path = HOME,
) -> None:
    """Measure, print a line for each checkpoint, and keep the table."""
    steps = {int(each.name.partition("-")[2]): each for each in (prior / CHECKPOINTS).iterdir()}
    folders = {step: steps[step].resolve() for step in sorted(steps)}
    with tempfile.TemporaryDirectory() as place:
        plugin = Path(place) / "checkpoints.py"
        lines = [
            f"Step{step} = partial(FlowSamples, Path({str(each)!r}))\n"
            for step, each in folders.items()
        ]
        plugin.write_text(PLUGIN + "".join(lines), encoding="utf-8")
        options = RunOptions(
            testbed=testbed,
            preset=preset,
            generators=tuple(f"{plugin}:Step{step}" for step in folders),
            runs=runs,
        )
        board = run(open_request(options), PRINTING).board
    table = ladder(board, folders)
    typer.echo(table.text)
    typer.echo(f"table: {table.write(FOLDER)}")


def ladder(board: Board, folders: dict[int, Path]) -> Table:
    """A line for each checkpoint, by step; rank correlations with the step below.

    Args:
        board: that has a row of each.
        folders: of the checkpoints, by step.
    """
    scores = {row.name: row for row in board.rows}
    rows = []
    for step, folder in folders.items():
        name = FlowSamples(folder).card.name
        estimate = scores[name].realism.estimate
        assert estimate is not None
        low, high = estimate.interval or (None, None)
        told = board.conventional[name]
        frechet = None if told.frechet is None else told.frechet.value
        rows.append(
            {
                "step": step,
                "held-out loss": card_of(folder).loss[step],
                "realism": estimate.value,
                "low": low,
                "high": high,
                "Fréchet / floor": frechet,
                "flags": ", ".join(scores[name].flags),
            }
        )
    facts = {
        f"Spearman of step and {each}": float(
            spearmanr([row["step"] for row in rows], [row[each] for row in rows]).statistic
        )
        for each in ("held-out loss", "realism", "Fréchet / floor")
    }
    return Table(
        "prior_ladder", f"A flow prior's checkpoints on {board.setting.testbed}", rows, facts
    )


if __name__ == "__main__":
    typer.run(main)
