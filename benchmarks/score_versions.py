"""What was published under version 1 of the score beside what is under version 2.

    python -m benchmarks.score_versions [--first FOLDER] [--records FOLDER] [--halves 50]

Nothing is run. ``--first`` names packs of the engine that version 1 is defined for;
docs/realism2.md says how to get those that were published. Without it the columns of version 2
alone are shown. Both versions are also computed from the packs of ``--first``, so that what the
score changes and what was measured since can be told apart.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from scipy.stats import spearmanr

from benchmarks.first_version import first_sides
from benchmarks.second_version import second_side
from benchmarks.tables import Row, Table, Value
from benchmarks.version_records import Estimates, Records, Side, halved
from synact_bench.audit.validity import turns
from synact_bench.core.experiments import HOLDOUT, LADDER, WRONG_PROMPT
from synact_bench.reports.board import TRACKS
from synact_bench.reports.scored_cells import ScoredCells
from synact_bench.rescoring.rescored import both_gaussians
from synact_bench.results import published
from synact_bench.results.record import Track
from synact_bench.scoring.curve_scores import CurveScore
from synact_bench.scoring.ranking import adjacent_detectable, comparisons, rank

NOTE = """# What was published, and version 2

*published*: version 1, on the cells that boards had under it. *scale held fixed*: the same without
the noise of its denominator. *v2 of the same*: version 2 on these cells, whose curves are partly
interpolated at the scored fractions, and on a scale of two draws of Gaussian samples. *v2*: what is
published now. MDE: minimum detectable difference of two rows of a track, at the 5 % level with
power 0.8, of the median pair of neighbours and of the median pair. Ladder: z of its steps. Nothing
was run for it."""


def noise(found: Estimates, tracks: Mapping[Track, Sequence[str]]) -> Row:
    """What can be told apart: by track, and over all ranked rows."""
    row: dict[str, Value] = {}
    widths = []
    for track, names in tracks.items():
        values = {name: found[name] for name in names if name in found}
        pairs = comparisons(values)
        row[f"MDE of neighbours, {track}"] = adjacent_detectable(values)
        row[f"MDE, {track}"] = rank(values).detectable
        row[f"decided, {track}"] = f"{sum(each.better is not None for each in pairs)}/{len(pairs)}"
        intervals = [each.interval for each in values.values()]
        widths += [high - low for low, high in filter(None, intervals)]
    return {**row, "median interval": float(np.median(widths))}


def order(whole: Estimates, halves: Estimates, board: Collection[str]) -> Row:
    """Agreement of halves, the ladder's steps in standard errors, the wrong prompts' place."""
    rows = [name for name in board if name in halves]
    left, right = np.array([halves[name].replicates for name in rows]).reshape(len(rows), -1, 2).T
    agreed = [spearmanr(one, other).statistic for one, other in zip(left, right, strict=True)]
    steps = [
        f"{step.value / (step.standard_error or np.nan):.1f}"
        for one, other in pairwise(rung for rung in LADDER if rung in whole)
        for step in [whole[one] - whole[other]]
    ]
    return {
        "split-half Spearman": float(np.mean(agreed)),
        "ladder z": ", ".join(steps) or None,
        "held-out real": whole[HOLDOUT].value,
        "wrong prompt": whole[WRONG_PROMPT].value,
    }


def column(records: Records, side: Side) -> dict[str, Value]:
    """Every figure of one version."""
    board = [name for name in records.names if name not in LADDER]
    return {
        "bases": records.setting.bases,
        "documents": len(records.documents),
        **noise(side.whole, {track: records.track(track) for track in TRACKS}),
        **order(side.whole, side.halves, board),
        "largest bias near real, s.e.": f"{max(map(abs, side.biases)):.2f}",
    }


def second_column(
    records: Records, curves: ScoredCells, *, replicates: int, halves: int
) -> dict[str, Value]:
    """Figures of version 2, with how often a draw of real is told from the others."""
    real = turns(curves, replicates=replicates)
    drawn, half = records.resampling(replicates), halved(records.documents, halves)
    side = second_side(curves, records.names, real, drawn, half)
    return {**column(records, side), "real told at 5 %": _told(real)}


def _told(real: Mapping[str, CurveScore]) -> str:
    cells = [each.test.pvalue < 0.05 for score in real.values() for each in score.cells.values()]
    rows = [not each.test.indistinguishable for each in real.values() if each.test is not None]
    return f"{sum(cells)}/{len(cells)} cells, {sum(rows)}/{len(rows)} rows"


def columns(
    first: Path | None, now: Path | None, *, replicates: int, halves: int
) -> dict[str, Mapping[str, Value]]:
    """Figures of one testbed by version, from one pack or both."""
    found: dict[str, Mapping[str, Value]] = {}
    if first is not None:
        old = Records.first(first)
        drawn, half = old.resampling(replicates), halved(old.documents, halves)
        sides = first_sides(old, drawn, half)
        found |= {
            name: column(old, side)
            for name, side in zip(("published", "scale held fixed"), sides, strict=True)
        }
        found["v2 of the same"] = second_column(
            old, both_gaussians(old.cells), replicates=replicates, halves=halves
        )
    if now is not None:
        new = Records.now(now)
        found["v2"] = second_column(
            new, ScoredCells.of(new.cells), replicates=replicates, halves=halves
        )
    return found


def packs(folder: Path | None) -> dict[str, Path]:
    """Packs of a folder by testbed; none without one.

    Raises:
        BadParameter: it holds none.
    """
    if folder is None:
        return {}
    found = {path.stem: path for path in sorted(folder.glob(f"*{published.PACK}"))}
    if not found:
        raise typer.BadParameter(f"{folder} holds no pack")
    return found


app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def main(
    first: Annotated[
        Path | None, typer.Option(help="Folder of packs that version 1 is defined for.")
    ] = None,
    records: Annotated[Path, typer.Option(help="Folder of packs to score now.")] = Path(
        "leaderboard/records"
    ),
    replicates: int = 1000,
    halves: int = 50,
) -> None:
    """Print what was published beside version 2, a table a testbed, as Markdown."""
    old, new = packs(first), packs(records)
    typer.echo(NOTE)
    for testbed in sorted({*old, *new}):
        found = columns(old.get(testbed), new.get(testbed), replicates=replicates, halves=halves)
        keys = dict.fromkeys(key for each in found.values() for key in each)
        rows: list[Row] = [
            {"": key, **{name: each.get(key) for name, each in found.items()}} for key in keys
        ]
        typer.echo(f"\n## {testbed}\n\n{Table(testbed, testbed, rows).text}")


if __name__ == "__main__":
    app()
