"""Other seeds of the trial: does every row stay where it was, within its interval?

    python -m benchmarks.seeds RUN RUN [RUN ...]

Each RUN is a folder or pack of one testbed and preset, measured with another ``--seed``: other
prompts, partners and draws of every generator. Nothing is run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from scipy.stats import spearmanr

from benchmarks.tables import Row, Table
from synact_bench.core.errors import RecordError
from synact_bench.reports import board as boards
from synact_bench.reports.board import Board
from synact_bench.results import published
from synact_bench.scoring import Estimate

FAR = 2.0
"""Standard errors of a difference; were rows only noise apart, 1 in 22 would be farther."""


@dataclass(frozen=True)
class Agreement:
    """How two seeds agree.

    Attributes:
        z: of each row, the difference of both realisms over its standard error; both seeds count
            as independent, though they share the generators' train pool and the frozen scale.
        spearman: rank correlation of the rows' realism.
    """

    z: Mapping[str, float]
    spearman: float

    @property
    def far(self) -> int:
        """Rows farther apart than two standard errors."""
        return sum(abs(each) > FAR for each in self.z.values())


def agreement(one: Mapping[str, Estimate], other: Mapping[str, Estimate]) -> Agreement:
    """Compare the rows that both seeds have.

    Args:
        one: realism by row.
        other: that with another seed.

    Raises:
        ValueError: they share fewer than three rows.
    """
    rows = sorted(one.keys() & other.keys())
    if len(rows) < 3:
        raise ValueError(f"{len(rows)} rows are too few to rank")
    errors = {row: _both(one[row], other[row]) for row in rows}
    z = {row: (one[row].value - other[row].value) / errors[row] for row in rows}
    values = np.array([[one[row].value, other[row].value] for row in rows])
    return Agreement(z, float(spearmanr(values[:, 0], values[:, 1]).statistic))


def realisms(board: Board) -> dict[str, Estimate]:
    """Overall realism of every row that has an interval."""
    found = {row.name: row.realism.estimate for row in board.rows}
    return {
        name: each
        for name, each in found.items()
        if each is not None and each.standard_error is not None
    }


def _both(one: Estimate, other: Estimate) -> float:
    errors = [each.standard_error or np.nan for each in (one, other)]
    return float(np.hypot(errors[0], errors[1]))


def _rows(
    seeds: Sequence[int],
    found: Sequence[Mapping[str, Estimate]],
    pairs: Sequence[Agreement],
) -> list[Row]:
    names = sorted(found[0], key=lambda name: -found[0][name].value)
    return [
        {
            "row": name,
            **{f"seed {seed}": each[name].value for seed, each in zip(seeds, found, strict=True)},
            "s.e.": found[0][name].standard_error,
            "largest |z|": max(abs(pair.z[name]) for pair in pairs),
        }
        for name in names
        if all(name in each for each in found)
    ]


app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def main(
    runs: Annotated[list[Path], typer.Argument(help="Folders or packs, one a seed.")],
) -> None:
    """Print every row's realism by seed, and how far and in what order seeds agree."""
    built = [boards.build(published.cells([each])) for each in runs]
    seeds = [each.setting.seed for each in built]
    if len(set(seeds)) < len(runs) or len(runs) < 2:
        raise RecordError(
            f"seeds {', '.join(map(str, seeds))}: not two or more, all different",
            where=", ".join(map(str, runs)),
            fix="measure with other values of --seed",
        )
    found = [realisms(each) for each in built]
    pairs = [agreement(one, other) for one, other in combinations(found, 2)]
    compared = sum(len(each.z) for each in pairs)
    facts: Row = {
        "rows farther apart than 2 s.e.": f"{sum(each.far for each in pairs)} of {compared}",
        "share": sum(each.far for each in pairs) / compared,
        "smallest Spearman": min(each.spearman for each in pairs),
    }
    setting = built[0].setting
    title = f"{setting.testbed}, {setting.preset}"
    typer.echo(f"{title}\n\n{Table('seeds', title, _rows(seeds, found, pairs), facts).text}")


if __name__ == "__main__":
    app()
