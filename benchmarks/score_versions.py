"""Both versions of the score on the published records: noise, order and bias, side by side.

    python -m benchmarks.score_versions [--replicates 1000] [--halves 50]

Nothing is run. The records hold 51-point grids of which some points are interpolated, and two
draws of Gaussian samples; a board of version 2 runs every point it scores, and freezes its scale
from at least four draws.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise

import numpy as np
import typer
from scipy.stats import spearmanr

from benchmarks.first_version import First
from benchmarks.second_version import Second, over
from benchmarks.tables import Row, Table, Value
from benchmarks.version_records import Estimates, Records, bias
from benchmarks.version_tables import board_rows, scale_rows
from synact_bench.curves import SCORED
from synact_bench.experiments import HOLDOUT, LADDER, WRONG_PROMPT
from synact_bench.leaderboard.board import TRACKS
from synact_bench.leaderboard.first_version import FIRST_WANTED as EVERY
from synact_bench.leaderboard.scored_cells import RELATIVE, WANTED
from synact_bench.results.record import Track
from synact_bench.scoring import CellName, Resampling
from synact_bench.scoring.curve_scores import CurveScore
from synact_bench.scoring.ranking import adjacent_detectable, comparisons, rank

TESTBEDS = ("smollm2-135m", "smollm2-135m-layer5", "smollm2-135m-layer10")
POINTS = {
    "5": (0.18, 0.34, 0.52, 0.76, 1.0),
    "8": SCORED,
    "17": (*(round(0.04 + 0.06 * place, 2) for place in range(16)), 1.0),
    "50": tuple(round(0.02 * place, 2) for place in range(1, 51)),
}
"""Fractions of the path, by how many there are."""
CELLS: Mapping[str, tuple[CellName, ...]] = {
    "all five": EVERY,
    "without sensitivity/absolute": tuple(
        cell for cell in EVERY if cell != CellName("sensitivity", "absolute")
    ),
    "without both absolute": WANTED,
    "without matched and absolute": (RELATIVE, CellName("plateau", "scaled")),
}
VERSIONS = ("published", "scale held fixed", "v2")


def noise(found: Estimates, tracks: Mapping[Track, Sequence[str]]) -> Row:
    """What can be told apart: by track, and over all ranked rows."""
    row: dict[str, Value] = {}
    widths = []
    for track, names in tracks.items():
        values = {name: found[name] for name in names if name in found}
        pairs = comparisons(values)
        row[f"MDE {track}"] = rank(values).detectable
        row[f"MDE of neighbours {track}"] = adjacent_detectable(values)
        row[f"decided {track}"] = f"{sum(each.better is not None for each in pairs)}/{len(pairs)}"
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
        for one, other in pairwise(LADDER)
        if one in whole
        for step in [whole[one] - whole[other]]
    ]
    return {
        "split-half Spearman": float(np.mean(agreed)),
        "ladder z": ", ".join(steps) or None,
        "held-out real": whole[HOLDOUT].value,
        "wrong prompt": whole[WRONG_PROMPT].value,
    }


def halved(documents: Sequence[str], halves: int) -> Resampling:
    """Both halves of the documents, ``halves`` times: replicates come in pairs."""
    names, rng = sorted(set(documents)), np.random.default_rng(0)
    left_out = []
    for _ in range(halves):
        mixed = [names[place] for place in rng.permutation(len(names))]
        left_out += [mixed[: len(names) // 2], mixed[len(names) // 2 :]]
    return Resampling.without(documents, left_out)


def versions(
    records: Records, second: Second, scores: Mapping[str, CurveScore], halves: int
) -> tuple[list[Row], Estimates]:
    """The table of both versions, transposed: a row a quantity; and the published realism."""
    first = First(records)
    tracks = {track: records.track(track) for track in TRACKS}
    board = [name for name in records.names if name not in LADDER]
    half = halved(records.documents, halves)
    published, held = first.realism(records.resampling)
    every = over(scores, WANTED)
    halves_first, halves_held = first.realism(half)
    halves_second = over(second.scores(resampling=half), WANTED)
    columns: list[dict[str, Value]] = [
        {**noise(whole, tracks), **order(whole, parted, board)}
        for whole, parted in (
            (published, halves_first),
            (held, halves_held),
            (every, halves_second),
        )
    ]
    plain = f"{max(map(abs, first.bias())):.2f}"
    real = second.pseudo_real()
    own = [bias(each.energy) for score in real for each in score.cells.values()]
    low = sum(each.test.pvalue < 0.05 for score in real for each in score.cells.values())
    whole = sum(score.test is not None and not score.test.indistinguishable for score in real)
    for column, text in zip(columns, (plain, plain, f"{max(map(abs, own)):.2f}"), strict=True):
        column["largest bias near real, s.e."] = text
    columns[-1]["real taken for a row, told at 5 %"] = f"{low}/{len(own)} cells, {whole}/6 overall"
    rows: list[Row] = [
        {"": key, **{name: each.get(key) for name, each in zip(VERSIONS, columns, strict=True)}}
        for key in columns[-1]
    ]
    return rows, published


def compared(records: Records) -> tuple[list[Row], list[Row]]:
    """Minimum detectable difference by number of points and by choice of cells."""
    tracks = {track: records.track(track) for track in TRACKS}
    names = [name for each in tracks.values() for name in each]
    points: list[Row] = []
    cells: list[Row] = []
    for many, fractions in POINTS.items():
        scores = Second(records, fractions).scores(names)
        points.append({"points": many, **noise(over(scores, WANTED), tracks)})
        if fractions == SCORED:
            cells = [
                {"cells": name, **noise(over(scores, chosen), tracks)}
                for name, chosen in CELLS.items()
            ]
    return points, cells


NOTE = """# The published records under both versions of the score

Nothing is run. The stored curves have 51 points, of which some are interpolated, and the scale of
version 2 is from two draws of Gaussian samples; a board of version 2 runs every point it scores and
freezes its scale from at least four. MDE: minimum detectable difference of two rows of a track, at
the 5 % level with power 0.8, for the median pair and for the median pair of neighbours. *Scale held
fixed*: version 1 without the noise of its denominator."""

app = typer.Typer(add_completion=False)


@app.command()
def main(replicates: int = 1000, halves: int = 50) -> None:
    """Print both versions' figures for every testbed with published records, as Markdown."""
    typer.echo(NOTE)
    for testbed in TESTBEDS:
        records = Records.of(testbed, replicates)
        second = Second(records)
        scores = second.scores()
        rows, published = versions(records, second, scores, halves)
        points, cells = compared(records)
        for title, body in (
            ("both versions", rows),
            ("points of the path, v2", points),
            ("cells, v2, 8 points", cells),
            ("scale, from two draws of Gaussian samples", scale_rows(second)),
            ("rows", board_rows(records, scores, published)),
        ):
            typer.echo(f"\n## {testbed}: {title}\n\n{Table(testbed, title, body).text}")


if __name__ == "__main__":
    app()
