"""How far two ways of measuring the same cells agree: metric by metric, and score by score.

    python -m benchmarks.agreement FOLDER OTHER

compares two folders of stored cells with the same testbed, preset and seed, for instance one run
with ``--dense`` or ``--precision mixed`` and one without. Named metrics are compared on the bases
that are refined in both; where the second run interpolated points that the first ran, how far off
they are is told too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import typer
from numpy.typing import NDArray

from benchmarks import tables
from benchmarks.tables import Row, Table
from synact_bench.core.curves import Curves
from synact_bench.core.errors import RecordError
from synact_bench.core.experiments import REAL
from synact_bench.metrics import METRICS, PathMetric
from synact_bench.reports import board
from synact_bench.reports.comparable import arrange
from synact_bench.reports.scored_cells import ScoredCells
from synact_bench.results.store import Cell, Store
from synact_bench.scoring import Sample

Pair = tuple[Cell, Cell]
SAME = 1e-5
"""Relative difference that float32 rounding of equal curves explains."""

FAR = -1
"""Realism of rows so far from real that hundredths of it say nothing."""

POINT = {"steps": 100.0, "fraction of the path": 1.0}
"""By unit: length of a path, for metrics that are positions on it."""


def paired(first: Iterable[Cell], second: Iterable[Cell]) -> list[Pair]:
    """Cells of the same generator, experiment and path, with the same paths in both.

    Raises:
        RecordError: nothing can be paired, or paths differ.
    """
    others = {_name(cell): cell for cell in second}
    pairs = [(cell, others[_name(cell)]) for cell in first if _name(cell) in others]
    if not pairs:
        raise RecordError("no cell is in both", where="agreement", fix="name two runs of a preset")
    for one, other in pairs:
        if not np.array_equal(one.table.base, other.table.base):
            raise RecordError(
                "the cells have different paths",
                where=one.record.identity.stem,
                fix="compare runs with the same preset and seed",
            )
    return pairs


def metric_rows(pairs: Sequence[Pair]) -> list[Row]:
    """Per metric, over all paths refined in both: how often and how far the numbers differ.

    Errors are in the metric's unit. A metric of sets compares several numbers a path: its error is
    their mean difference.
    """
    rows: list[Row] = []
    for name, metric in METRICS.items():
        both = [_shared(a.sample, b.sample) for a, b in pairs if name in a.sample.metrics]
        if not both:
            continue
        if isinstance(metric, PathMetric):
            first, second = (
                np.concatenate([pair[side].of(metric).values for pair in both]) for side in (0, 1)
            )
            point = POINT.get(metric.unit, np.nan) / (pairs[0][0].record.identity.points - 1)
            errors, sizes = _errors(first, second), np.abs(first)
        else:
            gaps = [np.abs(a.numbers(metric) - b.numbers(metric)).mean(1) for a, b in both]
            errors, point = np.concatenate(gaps), np.nan
            sizes = np.ones_like(errors)
        rows.append(_row(name, metric.unit, errors, sizes, half_point=point / 2))
    return rows


def curve_row(name: str, pairs: Sequence[Pair]) -> Row | None:
    """How far off the interpolated points of the second run are, against those that the first ran.

    A path's error is its largest: of l2 as a share of the curve's largest value, of kl in nats.

    Returns:
        None where nothing was interpolated.
    """
    both = [_interpolation_errors(a.table.curves, b.table.curves) for a, b in pairs]
    l2, kl, share = (np.concatenate(each) for each in zip(*both, strict=True))
    if not len(l2):
        return None
    return {
        "of": name,
        "paths": len(l2),
        "interpolated": float(share.mean()),
        "l2_99_%": float(np.quantile(l2, 0.99)),
        "l2_largest": float(l2.max()),
        "kl_median": float(np.median(kl)),
        "kl_99_%": float(np.quantile(kl, 0.99)),
        "kl_largest": float(kl.max()),
    }


def curve_rows(pairs: Sequence[Pair]) -> list[Row]:
    """``curve_row`` of all pairs and by row; nothing where nothing was interpolated."""
    groups: dict[str, list[Pair]] = {"all": list(pairs)}
    for pair in pairs:
        groups.setdefault(pair[0].record.identity.generator.name, []).append(pair)
    return [row for name, own in groups.items() if (row := curve_row(name, own)) is not None]


def points_run(pairs: Sequence[Pair]) -> dict[str, float]:
    """Points that went through the model in the second run, as a share of the first: by row."""
    run: dict[str, tuple[int, int]] = {}
    for one, other in pairs:
        for name in ("all", one.record.identity.generator.name):
            before = run.get(name, (0, 0))
            run[name] = (before[0] + one.record.points_run, before[1] + other.record.points_run)
    return {f"points run, {name}": second / first for name, (first, second) in run.items()}


def score_rows(first: Iterable[Cell], second: Iterable[Cell]) -> list[Row]:
    """Per generator, what the second run's realism has more than the first's, and both ranks.

    ``beside_first`` is the change of the overall realism if the second run's row alone is put
    beside the first run's draws of real: what a board would be off that held both.
    """
    cells = list(first), list(second)
    mixed = beside_first(paired(*cells))
    boards = [board.build(each) for each in cells]
    others = {row.name: row for row in boards[1].rows}
    rows: list[Row] = []
    for row in boards[0].rows:
        if row.name not in others:
            continue
        mine, theirs = row.score, others[row.name].score
        scores = {"overall": (mine.overall.value, theirs.overall.value)} | {
            name: (each.value, theirs.parts[name].value) for name, each in mine.parts.items()
        }
        scores["beside_first"] = (mine.overall.value, mixed.get(row.name))
        changes = {
            name: None if before is None or after is None else after - before
            for name, (before, after) in scores.items()
        }
        ranks = {"rank": row.rank, "other_rank": others[row.name].rank}
        told = {"realism": mine.overall.value, "flags": ", ".join(row.flags)}
        rows.append({"generator": row.name, **told, **changes, **ranks})
    return rows


def beside_first(pairs: Sequence[Pair]) -> dict[str, float | None]:
    """Overall realism of each row of the second run, compared with the first run's real."""
    cells = [
        one if _name(one)[0] in REAL else Cell(one.record, other.table) for one, other in pairs
    ]
    curves = ScoredCells.of(arrange(cells))
    names = {_name(cell)[0] for cell in cells} - {*REAL}
    scores = curves.scores(curves.energies(names), resampling=curves.bootstrap(0))
    return {name: each.overall.value for name, each in scores.items()}


def largest_change(rows: Sequence[Row], name: str = "overall") -> Row:
    """The largest change of a score: of all rows, and of those that a board is read for.

    These are the ones without a flag whose realism is above ``FAR``.
    """
    sizes, near = [], []
    for row in rows:
        change, realism = row[name], row["realism"]
        if isinstance(change, float) and isinstance(realism, float):
            sizes.append(abs(change))
            near += [abs(change)] if realism > FAR and not row["flags"] else []
    return {
        f"largest_of_{name}": max(sizes, default=None),
        f"largest_of_{name}_of_unflagged_rows_above_{FAR}": max(near, default=None),
    }


def _name(cell: Cell) -> tuple[str, str, str]:
    identity = cell.record.identity
    return identity.generator.name, identity.experiment, identity.path


def _shared(first: Sample, second: Sample) -> tuple[Sample, Sample]:
    """Both on the bases that both have numbers of: the two runs may refine different bases."""
    bases = np.intersect1d(first.bases, second.bases)
    return first.on(bases), second.on(bases)


def _interpolation_errors(
    first: Curves, second: Curves
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Of each path of which the second run interpolated some points that the first ran.

    Returns:
        The largest error of l2, as a share of the curve's largest value, and of kl, in nats, and
        the share of the points that was interpolated.
    """
    off = second.interpolated & first.run
    partly = np.asarray(off.any(axis=1))
    one, other, off = first[partly], second[partly], off[partly]
    l2, kl = (
        np.where(off, np.abs(b.astype(np.float64) - a), 0).max(axis=1, initial=0)
        for a, b in ((one.l2, other.l2), (one.kl, other.kl))
    )
    largest = np.where(one.run, one.l2, 0).max(axis=1, initial=np.finfo(np.float32).tiny)
    return l2 / largest, kl, off.mean(axis=1)


def _errors(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Absolute differences; 0 where both are undefined, infinite where one is."""
    undefined = np.isnan(first), np.isnan(second)
    apart = np.abs(np.nan_to_num(first) - np.nan_to_num(second))
    return np.where(undefined[0] != undefined[1], np.inf, apart)


def _row(
    name: str,
    unit: str,
    errors: NDArray[np.float64],
    sizes: NDArray[np.float64],
    *,
    half_point: float,
) -> Row:
    finite = errors[np.isfinite(errors)]
    return {
        "metric": name,
        "paths": len(errors),
        "same": float((errors <= SAME * np.nan_to_num(sizes)).mean()),
        "within_half_a_point": (
            None if np.isnan(half_point) else float((errors <= half_point * (1 + SAME)).mean())
        ),
        "median_error": float(np.median(errors)) if np.isfinite(np.median(errors)) else None,
        "99 %": float(np.quantile(finite, 0.99)) if len(finite) else None,
        "largest": float(finite.max(initial=0)),
        "undefined_in_one": int(np.isinf(errors).sum()),
        "unit": unit,
    }


app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def main(folder: Path, other: Path) -> None:
    """Print and keep how far the cells in OTHER agree with those in FOLDER."""
    cells = list(Store(folder).cells()), list(Store(other).cells())
    pairs = paired(*cells)
    first, second = (each.record.identity for each in pairs[0])
    facts: Row = {
        "first": f"{first.engine}, {first.dtype}",
        "second": f"{second.engine}, {second.dtype}",
        "points run, second to first": points_run(pairs)["points run, all"],
    }
    scores = score_rows(*cells)
    for table in (
        Table("agreement-curves", "error of interpolated points", curve_rows(pairs)),
        Table("agreement-metrics", "agreement of metrics", metric_rows(pairs), facts),
        Table(
            "agreement-scores",
            "change of scores",
            scores,
            {**largest_change(scores), **largest_change(scores, "beside_first")},
        ),
    ):
        if not table.rows:
            continue
        table.write(tables.FOLDER)
        typer.echo(f"\n{table.title}\n\n{table.text}")


if __name__ == "__main__":
    app()
