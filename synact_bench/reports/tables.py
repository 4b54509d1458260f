"""The tables of a board."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from synact_bench.core.experiments import EXPERIMENTS
from synact_bench.metrics import METRICS, Metric, PathMetric
from synact_bench.metrics.base import Status
from synact_bench.reports import formatting
from synact_bench.reports.board import PARTS, TRACKS, Board, BoardRow
from synact_bench.results.record import RuleRecord
from synact_bench.scoring import CellName

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
REACH = ("coverage_new", "coverage_real", "nearer")
"""Of generalisation: shown where it was measured, as ``kept`` is."""


def grouped(board: Board) -> dict[str, list[BoardRow]]:
    """Rows by track, in the board's order; controls last, apart."""
    groups: dict[str, list[BoardRow]] = {
        track: [row for row in board.rows if not row.control and row.card.track == track]
        for track in TRACKS
    }
    groups["control"] = [row for row in board.rows if row.control or row.card.track is None]
    return {name: rows for name, rows in groups.items() if rows}


def headers_of() -> list[str]:
    """Of ``score_cells``."""
    return ["realism ↑", *PARTS, "told", "1-√H"]


def score_cells(row: BoardRow) -> list[str]:
    """Realism with its marks; by part, realism and rank; told; realism without the Gaussian."""
    told = "" if row.worst is None else f"{100 * row.worst[1].judge.told:.0f}"
    return [
        formatting.give_or_take(row.realism) + marked(row),
        *(_part(row, part) for part in PARTS),
        told,
        formatting.score(row.score.unscaled),
    ]


def marked(row: BoardRow) -> str:
    """The marks of a row's overall realism, after a space; see ``confidence.marks``."""
    test = row.score.test
    near = "≈" if test is not None and test.indistinguishable else ""
    apart = "≠" if row.score.disagree else ""
    return f" {near}{apart}" if near or apart else ""


def _part(row: BoardRow, part: str) -> str:
    value = formatting.bounded_value(row.score.parts.get(part))
    rank = row.part_ranks.get(part)
    return value if rank is None else f"{value} ({rank})"


def bare_cells(row: BoardRow) -> list[str]:
    """What is said of a row where there are too few documents for any score or flag."""
    return [kind(row), str(row.n), str(row.dropped)]


def bare_table(board: Board) -> str:
    """Which rows ran, on how many paths, and how many pairs were left out."""
    lines = [[formatting.escape(row.name), *bare_cells(row)] for row in board.ran]
    return formatting.table(["row", "track", "n", "dropped"], lines, left=2)


def group_table(title: str, rows: Iterable[BoardRow]) -> str:
    """The rows of a track, or the controls: realism and its parts, with ranks and marks."""
    lines = []
    for row in rows:
        realism, *parts = score_cells(row)[: 1 + len(PARTS)]
        shown = realism + " †" * bool(row.flags)
        lines.append([formatting.rank(row.rank), formatting.escape(row.name), shown, *parts])
    headers = ["rank", title, *headers_of()[: 1 + len(PARTS)]]
    return formatting.table(headers, lines, left=2)


def detail_table(board: Board) -> str:
    """What else is said of the rows' scores: intervals, what told them, paths, flags."""
    lines = []
    for row in board.rows:
        told, *others = score_cells(row)[1 + len(PARTS) :]
        ends = formatting.between(formatting.bounded_ends(row.realism))
        flags = ", ".join(map(formatting.escape, row.flags))
        lines.append([label(row), ends, told, *others, str(row.n), str(row.dropped), flags])
    headers = ["row", "95 %", *headers_of()[1 + len(PARTS) :], "n", "dropped", "flags"]
    return formatting.table(headers, lines, left=1)


def fails_table(board: Board) -> str:
    """Where each row is farthest from real, and on which bases."""
    lines = []
    for row in board.rows:
        if row.worst is None:
            continue
        cell, found = row.worst
        block = telling(found.telling_blocks, found.blocks)
        region = telling(found.telling_regions, found.regions)
        told = f"{100 * found.judge.told:.0f} ± {100 * found.judge.error:.0f}"
        bases = ", ".join(map(str, found.bases))
        place = f"{cell.experiment}, {cell.path}"
        lines.append([label(row), place, block, region, told, bases])
    headers = ["row", "cell", "block", "part of the path", "told ↓", "most telling bases"]
    return formatting.table(headers, lines, left=4)


def telling(names: Collection[str], every: Collection[str]) -> str:
    """What tells most; "all" where nothing tells more than another."""
    return "all" if len(names) == len(every) else ", ".join(names)


def metric_table(board: Board) -> str:
    """Distance of every row from real by headline metric, with its interval and rank."""
    headline = metrics_of("headline")
    headers = ["row", "track", "overall rank"]
    for metric in headline:
        headers += [f"{metric.name} ↓", "rank"]
    lines = []
    for row in board.rows:
        if not row.distances:
            continue
        cells = [label(row), kind(row), formatting.rank(row.rank)]
        for metric in headline:
            cells.append(formatting.measured(row.distances.get(metric.name)))
            cells.append(formatting.rank(row.metric_ranks.get(metric.name)))
        lines.append(cells)
    return formatting.table(headers, lines, left=2)


def order_table(board: Board) -> str:
    """What the controls must show, and what they do show."""
    return formatting.listing(
        board.orders,
        {
            "above": lambda each: formatting.escape(each.above),
            "below": lambda each: formatting.escape(each.below),
            "by": lambda each: each.by.replace("_", " "),
            "difference": lambda each: formatting.measured(each.difference),
            "order": lambda each: each.verdict,
        },
        left=3,
    )


def place_table(board: Board) -> str:
    """Where controls of known realism are found."""
    return formatting.listing(
        board.places,
        {
            "control": lambda each: formatting.escape(each.control),
            "realism by construction": lambda each: formatting.score(each.expected),
            "found": lambda each: formatting.interval(each.realism),
            "p, real": lambda each: f"{each.test.pvalue:.2g}",
            "place": lambda each: each.verdict,
        },
        left=1,
    )


def inspection_table(board: Board) -> str:
    """Copying and collapse: every measured number, a row for each experiment."""
    inspected = [
        (row, experiment, each)
        for row in board.rows
        for experiment, each in row.inspections.items()
    ]
    reach = [name for name in REACH if any(name in each.generalisation for *_, each in inspected)]
    sized = any(row.kept is not None for row, *_ in inspected)
    rules = list(dict.fromkeys(one.rule for *_, each in inspected for one in each.findings))
    rows = []
    for row, experiment, each in inspected:
        found = {one.rule: _found(one) for one in each.findings}
        rows.append(
            [
                label(row),
                experiment,
                *(found.get(rule, "") for rule in rules),
                *(formatting.measure(each.spread.get(name)) for name in SPREAD),
                *(formatting.measure(each.two_sample.get(name)) for name in TWO_SAMPLE),
                *(formatting.measure(each.generalisation.get(name)) for name in reach),
                *(["" if row.kept is None else f"{row.kept:,}"] if sized else []),
                ", ".join(map(formatting.escape, each.flags)),
            ]
        )
    names = [name.replace("_", " ") for name in (*SPREAD, *TWO_SAMPLE, *reach)]
    headers = ["row", "experiment", *map(formatting.escape, rules), *names]
    headers += [*(["kept"] if sized else []), "flags"]
    return formatting.table(headers, rows, left=2)


def _found(finding: RuleRecord) -> str:
    """A share in percent; C_T, which has no p-value, as the number it is."""
    return (
        formatting.measure(finding.value) if finding.p is None else formatting.share(finding.value)
    )


def archive_table(board: Board) -> str:
    """Rows that are no longer scored, and why."""
    return formatting.listing(
        board.archive,
        {
            "row": lambda each: formatting.escape(each.name),
            "version": lambda each: formatting.escape(each.version),
            "testbed": lambda each: formatting.escape(each.testbed),
            "preset": lambda each: formatting.escape(each.preset),
            "seed": lambda each: str(each.seed),
            "measured": lambda each: formatting.escape(each.created),
            "why it is here": lambda each: formatting.escape("; ".join(each.reasons)),
        },
        left=7,
    )


def raw_table(board: Board, experiment: str) -> str:
    """Measured numbers of the headline metrics: by metric, path and row, in the board's order."""
    headers = ["metric", "path", "row", "mean ± sd", "real", "KS ↓", "distance ↓", "floor"]
    headers += ["floor 95 %", "percentile ↓", "censored", "n"]
    rows = []
    for metric in metrics_of("headline", experiment):
        for path in EXPERIMENTS[experiment].paths:
            for row in board.rows:
                each = row.metrics.get(CellName(experiment, path), {}).get(metric.name)
                if each is None:
                    continue
                percentile = "" if each.percentile is None else f"{each.percentile:.0f}"
                percentile += " ≈" if each.indistinguishable else ""
                mean = formatting.spread(each.mean, each.sd)
                real, ks = formatting.measure(each.real_mean), formatting.measure(each.ks)
                distance = formatting.measured(each.distance)
                floor = map(formatting.measure, (each.d_floor, each.d_floor_upper))
                censored = formatting.share(each.censored_share)
                numbers = [mean, real, ks, distance, *floor, percentile, censored, str(each.n)]
                rows.append([metric.name, path, label(row), *numbers])
    return formatting.table(headers, rows, left=3)


def secondary_table(board: Board, experiment: str) -> str:
    """Secondary metrics: ``mean ± sd``, then the distance from real; a row each path."""
    metrics = metrics_of("secondary", experiment)
    rows = []
    for path in EXPERIMENTS[experiment].paths:
        for row in board.rows:
            scores = row.metrics.get(CellName(experiment, path))
            if scores is None:
                continue
            cells = []
            for metric in metrics:
                each = scores[metric.name]
                distance = "" if each.distance is None else formatting.measure(each.distance.value)
                bracketed = f"({distance}{' ≈' if each.indistinguishable else ''})"
                cells.append(
                    f"{formatting.spread(each.mean, each.sd)} {bracketed if distance else ''}"
                )
            rows.append([path, label(row), *(cell.strip() for cell in cells)])
    return formatting.table(["path", "row", *(metric.name for metric in metrics)], rows, left=2)


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
                    place = [experiment, metric.name, path, formatting.escape(name)]
                    spread = formatting.spread(each.mean, each.sd)
                    rows.append(
                        [*place, spread, formatting.share(each.censored_share), str(each.n)]
                    )
    headers = ["experiment", "metric", "path", "row", "mean ± sd", "censored", "n"]
    return formatting.table(headers, rows, left=4)


def card_table(board: Board) -> str:
    """What each generator is, and who made it."""
    return formatting.listing(
        board.rows,
        {
            "row": label,
            "version": lambda each: formatting.escape(each.identity.version),
            "parameters": lambda each: formatting.escape(_parameters(each)),
            "what it is": lambda each: formatting.escape(each.card.summary),
            "authors": lambda each: formatting.escape(", ".join(each.card.authors)),
            "reference": lambda each: formatting.escape(each.card.reference),
        },
        left=6,
    )


def _parameters(row: BoardRow) -> str:
    return ", ".join(f"{name}={value}" for name, value in sorted(row.identity.parameters.items()))


def kind(row: BoardRow) -> str:
    """The track of a row, or that it is a control."""
    return "control" if row.control else row.card.track or ""


def label(row: BoardRow) -> str:
    """A row's name, marked if it is a control."""
    return formatting.escape(row.name) + (" (control)" if row.control else "")


def metrics_of(status: Status, experiment: str | None = None) -> list[Metric]:
    """Metrics of a status, those of one experiment if it is given, in the order of METRICS."""
    return [
        metric
        for metric in METRICS.values()
        if metric.status == status and (experiment is None or experiment in metric.experiments)
    ]
