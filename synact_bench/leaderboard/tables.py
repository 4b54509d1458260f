"""The tables of a board."""

from __future__ import annotations

from collections.abc import Sequence

from synact_bench.experiments import EXPERIMENTS
from synact_bench.leaderboard import text
from synact_bench.leaderboard.board import Board, BoardRow
from synact_bench.metrics import METRICS, Metric, PathMetric
from synact_bench.metrics.base import Status
from synact_bench.scoring import Realism


def main_table(board: Board) -> str:
    """Realism of every generator: overall, per experiment, per headline metric."""
    headline = metrics_of("headline")
    headers = ["row", "track", "overall ↑", *(f"{name} ↑" for name in EXPERIMENTS)]
    headers += [f"{metric.name} ↑" for metric in headline] + ["n", "dropped"]
    rows = []
    for row in board.rows:
        parts = row.realism
        by_experiment = [parts.by_experiment.get(name) for name in EXPERIMENTS]
        by_metric = [parts.by_metric.get(metric.name) for metric in headline]
        numbers = [_value(each) for each in (parts.overall, *by_experiment, *by_metric)]
        counts = [str(row.n), str(row.dropped)]
        rows.append([label(row), row.card.track or "", *numbers, *counts])
    return text.table(headers, rows, left=2)


def raw_table(board: Board, experiment: str) -> str:
    """Measured numbers of the headline metrics: by metric, path and row, in the board's order."""
    headers = ["metric", "path", "row", "mean ± sd", "KS ↓", "distance ↓", "floor", "Gaussian"]
    headers += ["realism ↑", "censored", "n"]
    rows = []
    for metric in metrics_of("headline", experiment):
        for path in EXPERIMENTS[experiment].paths:
            for row in board.rows:
                each = row.scores.get((experiment, path), {}).get(metric.name)
                if each is None:
                    continue
                distances = (each.ks, each.distance, each.d_floor, each.d_gaussian)
                rows.append(
                    [
                        metric.name,
                        path,
                        label(row),
                        text.spread(each.mean, each.sd),
                        *(text.measure(distance) for distance in distances),
                        text.score(each.realism),
                        text.share(each.censored_share),
                        str(each.n),
                    ]
                )
    return text.table(headers, rows, left=3)


def secondary_table(board: Board, experiment: str) -> str:
    """Secondary metrics: ``mean ± sd``, then the realism in brackets; a row each path."""
    metrics = metrics_of("secondary", experiment)
    rows = []
    for path in EXPERIMENTS[experiment].paths:
        for row in board.rows:
            scores = row.scores.get((experiment, path))
            if scores is None:
                continue
            cells = []
            for metric in metrics:
                each = scores[metric.name]
                realism = "" if each.realism is None else f" ({text.score(each.realism)})"
                cells.append(text.spread(each.mean, each.sd) + realism)
            rows.append([path, label(row), *cells])
    return text.table(["path", "row", *(metric.name for metric in metrics)], rows, left=2)


def reference_table(board: Board) -> str:
    """Rows of real activations: means of the headline metrics that give each path a number."""
    rows = []
    for experiment, declared in EXPERIMENTS.items():
        for metric in metrics_of("headline", experiment):
            for path in declared.paths if isinstance(metric, PathMetric) else ():
                for reference in board.references:
                    cells = {tuple(name): each for name, each in reference.moments.items()}
                    each = cells.get((experiment, path), {}).get(metric.name)
                    if each is None:
                        continue
                    numbers = [text.spread(each.mean, each.sd), text.share(each.censored_share)]
                    place = [experiment, metric.name, path, text.escape(reference.name)]
                    rows.append([*place, *numbers, str(each.n)])
    headers = ["experiment", "metric", "path", "row", "mean ± sd", "censored", "n"]
    return text.table(headers, rows, left=4)


def card_table(board: Board) -> str:
    """What each generator is, and who made it."""
    rows = []
    for row in board.rows:
        card, identity = row.card, row.identity
        parameters = (f"{name}={value}" for name, value in sorted(identity.parameters.items()))
        words: Sequence[str] = (
            identity.version,
            ", ".join(parameters),
            card.summary,
            ", ".join(card.authors),
            card.reference,
        )
        rows.append([label(row), *map(text.escape, words)])
    headers = ["row", "version", "parameters", "what it is", "authors", "reference"]
    return text.table(headers, rows, left=len(headers))


def label(row: BoardRow) -> str:
    """A row's name, marked if it is a control."""
    return text.escape(row.name) + (" (control)" if row.card.control else "")


def metrics_of(status: Status, experiment: str | None = None) -> list[Metric]:
    """Metrics of a status, those of one experiment if it is given, in the order of METRICS."""
    return [
        metric
        for metric in METRICS.values()
        if metric.status == status and (experiment is None or experiment in metric.experiments)
    ]


def _value(realism: Realism | None) -> str:
    return text.score(realism.value if realism else None)
