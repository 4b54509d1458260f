"""The tables of a board."""

from __future__ import annotations

from collections.abc import Sequence

from synact_bench.experiments import EXPERIMENTS
from synact_bench.leaderboard import text
from synact_bench.leaderboard.board import Board, BoardRow
from synact_bench.metrics import METRICS, Metric, PathMetric
from synact_bench.metrics.base import Status
from synact_bench.results.record import Finding
from synact_bench.scoring import CellName, Realism

SPREAD = ("effective_rank", "distinct_latents")
TWO_SAMPLE = (
    "precision",
    "recall",
    "density",
    "coverage",
    "kid",
    "c2st_sample",
    "c2st_real",
    "c2st_p",
)


def main_table(board: Board) -> str:
    """Realism of every row, overall and per experiment, with intervals; ranks by track."""
    headers = ["rank", "row", "track", "overall ↑", *(f"{name} ↑" for name in EXPERIMENTS)]
    headers += ["n", "dropped", "flags"]
    rows = []
    for row in board.rows:
        parts = [
            row.realism.overall,
            *(row.realism.by_experiment.get(each) for each in EXPERIMENTS),
        ]
        rows.append(
            [
                _rank(row.rank),
                label(row),
                "control" if row.control else row.card.track or "",
                *(_value(part) for part in parts),
                str(row.n),
                str(row.dropped),
                ", ".join(map(text.escape, row.flags)),
            ]
        )
    return text.table(headers, rows, left=3)


def metric_table(board: Board) -> str:
    """Realism of every row by headline metric, each with its interval and rank of its own."""
    headline = metrics_of("headline")
    headers = ["row", "track", "overall rank"]
    for metric in headline:
        headers += [f"{metric.name} ↑", "rank"]
    rows = []
    for row in board.rows:
        cells = [label(row), "control" if row.control else row.card.track or "", _rank(row.rank)]
        for metric in headline:
            cells += [
                _value(row.realism.by_metric.get(metric.name)),
                _rank(row.metric_ranks.get(metric.name)),
            ]
        rows.append(cells)
    return text.table(headers, rows, left=2)


def order_table(board: Board) -> str:
    """What the controls must show, and what they do show."""
    rows = [
        [
            text.escape(each.above),
            text.escape(each.below),
            each.by.replace("_", " "),
            text.measured(each.difference),
            each.verdict,
        ]
        for each in board.orders
    ]
    return text.table(["above", "below", "by", "difference", "order"], rows, left=3)


def place_table(board: Board) -> str:
    """Where controls of known realism are found."""
    rows = [
        [
            text.escape(each.control),
            each.metric,
            text.score(each.expected),
            text.interval(each.realism),
            text.between(each.interval),
            each.verdict,
        ]
        for each in board.places
    ]
    headers = ["control", "metric", "realism by its making", "found", "jointly", "place"]
    return text.table(headers, rows, left=2)


def inspection_table(board: Board) -> str:
    """Copying and collapse: every measured number, a row for each experiment."""
    inspected = [
        (row, experiment, each)
        for row in board.rows
        for experiment, each in row.inspections.items()
    ]
    rules = list(dict.fromkeys(one.rule for *_, each in inspected for one in each.findings))
    rows = []
    for row, experiment, each in inspected:
        found = {one.rule: _found(one) for one in each.findings}
        rows.append(
            [
                label(row),
                experiment,
                *(found.get(rule, "") for rule in rules),
                *(text.measure(each.spread.get(name)) for name in SPREAD),
                *(text.measure(each.two_sample.get(name)) for name in TWO_SAMPLE),
                ", ".join(map(text.escape, each.flags)),
            ]
        )
    names = [name.replace("_", " ") for name in (*SPREAD, *TWO_SAMPLE)]
    headers = ["row", "experiment", *map(text.escape, rules), *names, "flags"]
    return text.table(headers, rows, left=2)


def _found(finding: Finding) -> str:
    """A share in percent; C_T, which has no p-value, as the number it is."""
    return text.measure(finding.value) if finding.p is None else text.share(finding.value)


def archive_table(board: Board) -> str:
    """Rows that are no longer scored, and why."""
    rows = [
        [
            text.escape(each.name),
            text.escape(each.version),
            text.escape(each.testbed),
            text.escape(each.preset),
            str(each.seed),
            text.escape(each.created),
            text.escape("; ".join(each.reasons)),
        ]
        for each in board.archive
    ]
    headers = ["row", "version", "testbed", "preset", "seed", "measured", "why it is here"]
    return text.table(headers, rows, left=len(headers))


def raw_table(board: Board, experiment: str) -> str:
    """Measured numbers of the headline metrics: by metric, path and row, in the board's order."""
    headers = ["metric", "path", "row", "mean ± sd", "KS ↓", "distance ↓", "floor", "floor 95 %"]
    headers += ["percentile ↓", "Gaussian", "realism ↑", "censored", "n"]
    rows = []
    for metric in metrics_of("headline", experiment):
        for path in EXPERIMENTS[experiment].paths:
            for row in board.rows:
                each = row.scores.get(CellName(experiment, path), {}).get(metric.name)
                if each is None:
                    continue
                gaussian = each.d_gaussian.value if each.d_gaussian else None
                percentile = "" if each.percentile is None else f"{each.percentile:.0f}"
                rows.append(
                    [
                        metric.name,
                        path,
                        label(row),
                        text.spread(each.mean, each.sd),
                        text.measure(each.ks),
                        text.measured(each.distance),
                        text.measure(each.d_floor),
                        text.measure(each.d_floor_upper),
                        percentile + (" ≈" if each.indistinguishable else ""),
                        text.measure(gaussian),
                        _value(each.realism),
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
            scores = row.scores.get(CellName(experiment, path))
            if scores is None:
                continue
            cells = []
            for metric in metrics:
                each = scores[metric.name]
                shown = text.score(each.realism.value) or _lacking(each.realism)
                bracketed = f"({shown})" if shown else ""
                cells.append(f"{text.spread(each.mean, each.sd)} {bracketed}".strip())
            rows.append([path, label(row), *cells])
    return text.table(["path", "row", *(metric.name for metric in metrics)], rows, left=2)


def reference_table(board: Board) -> str:
    """Draws of real activations: means of the headline metrics that give each path a number."""
    rows = []
    for experiment, declared in EXPERIMENTS.items():
        for metric in metrics_of("headline", experiment):
            for path in declared.paths if isinstance(metric, PathMetric) else ():
                for name, scores in board.reference.items():
                    each = scores.get(CellName(experiment, path), {}).get(metric.name)
                    if each is None:
                        continue
                    numbers = [text.spread(each.mean, each.sd), text.share(each.censored_share)]
                    place = [experiment, metric.name, path, text.escape(name)]
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
    return text.escape(row.name) + (" (control)" if row.control else "")


def metrics_of(status: Status, experiment: str | None = None) -> list[Metric]:
    """Metrics of a status, those of one experiment if it is given, in the order of METRICS."""
    return [
        metric
        for metric in METRICS.values()
        if metric.status == status and (experiment is None or experiment in metric.experiments)
    ]


def _value(realism: Realism | None) -> str:
    if realism is None:
        return ""
    return text.interval(realism.estimate) or _lacking(realism)


def _lacking(realism: Realism) -> str:
    """What stands in the place of a realism that there is none of."""
    return "" if realism.applicable else "not applicable"


def _rank(rank: int | None) -> str:
    return "" if rank is None else str(rank)
