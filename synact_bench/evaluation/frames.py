"""Frames: a row's numbers as pandas tables."""

from __future__ import annotations

import pandas as pd

from synact_bench.core.conventional import MEASURES
from synact_bench.core.experiments import REAL
from synact_bench.reports.board import Board, BoardRow
from synact_bench.reports.comparable import Cells
from synact_bench.results.table import to_arrow
from synact_bench.scoring import Estimate
from synact_bench.scoring.scores import MetricScore

MEANS = ("n", "mean", "real_mean")
PLAIN = ("sd", "censored_share", "undefined_share", "ks")
"""Fields of a score that are single numbers and stand first, before and after ``shift``."""
CURVES = ("l2", "kl", "measured")
"""Columns of a table that hold a list for each path."""

CENSORED = ".censored"
"""Ending of the column that says where the event of a metric did not occur."""


def scores(row: BoardRow, cells: Cells) -> pd.DataFrame:
    """A line for each experiment, path and metric; a number that does not exist is NaN or None.

    ``shift`` is ``mean - real_mean``: above 0 where the row's is larger. ``interpolated_share`` is
    of the points of the curves that the metric is computed from.
    """
    lines = [
        {"experiment": cell.experiment, "path": cell.path, "metric": name}
        | _line(score)
        | {"interpolated_share": cells[cell][row.name].table.curves.interpolated_share}
        for cell, metrics in row.metrics.items()
        for name, score in metrics.items()
    ]
    return pd.DataFrame(lines)


def paths(cells: Cells, name: str) -> pd.DataFrame:
    """A line for each path of the row called ``name``.

    Metrics are NaN where a cell has none, and for bases that are not refined. ``points_run`` and
    ``interpolated`` count points of the curve: those run, and those filled in between them.
    """
    parts = []
    for cell, rows in cells.items():
        if name in rows:
            table = to_arrow(rows[name].table)
            kept = [column for column in table.column_names if column not in CURVES]
            frame = table.select(kept).to_pandas()
            curves, sample = rows[name].table.curves, rows[name].sample
            frame["points_run"] = curves.run.sum(axis=1)
            frame["interpolated"] = curves.interpolated.sum(axis=1)
            for metric, numbers in sample.values.items():
                for column, values in (
                    (metric, numbers.values),
                    (metric + CENSORED, numbers.censored),
                ):
                    known = pd.Series(values, index=sample.bases)
                    frame[column] = known.reindex(frame["base"]).to_numpy()
            frame.insert(0, "path", cell.path)
            frame.insert(0, "experiment", cell.experiment)
            parts.append(frame)
    return pd.concat(parts, ignore_index=True)


def conventional(board: Board, name: str) -> pd.DataFrame:
    """A line for each conventional measure that is known of the row called ``name``.

    ``real`` is the mean of the draws of real activations; NaN where they were not measured.
    """
    lines = []
    for measure in MEASURES.values():
        known = {
            row: each
            for row, own in board.conventional.items()
            if (each := getattr(own, measure.name)) is not None
        }
        if name in known:
            real = [known[draw].value for draw in REAL if draw in known]
            lines.append(
                {"measure": measure.name, "better": measure.direction, "unit": measure.unit}
                | known[name].model_dump()
                | {"real": sum(real) / len(real) if real else float("nan")}
            )
    columns = ["measure", "better", "unit", "value", "low", "high", "real"]
    return pd.DataFrame(lines, columns=columns)


def _line(score: MetricScore) -> dict[str, object]:
    floor = {"floor": score.d_floor, "floor_upper": score.d_floor_upper}
    mean, real = score.mean, score.real_mean
    return {
        **{field: getattr(score, field) for field in MEANS},
        "shift": None if mean is None or real is None else mean - real,
        **{field: getattr(score, field) for field in PLAIN},
        **_estimate("distance", score.distance),
        **floor,
        "percentile": score.percentile,
    }


def _estimate(name: str, estimate: Estimate | None) -> dict[str, float | None]:
    value = None if estimate is None else estimate.value
    low, high = (estimate.interval if estimate else None) or (None, None)
    return {name: value, f"{name}_low": low, f"{name}_high": high}
