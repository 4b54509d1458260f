"""LEADERBOARD.md of several testbeds: their means first, then each, and the files beside it."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, groupby

from synact_bench.core.precision import LABELS
from synact_bench.reports import formatting
from synact_bench.reports.confidence import nothing_read_off, wrapped
from synact_bench.reports.declared import declared, suite_of
from synact_bench.reports.grid import Column, Grid, GridRow, Orders, Standing
from synact_bench.reports.labels import labels, legend
from synact_bench.scoring import Realism

PAGE, SCORES, FIGURE = "LEADERBOARD.md", "scores.json", "figures/overall.png"
WIDTH = 100
"""Characters of the widest line before the details."""

READING = """\
- **Realism** (↑ higher is better): overall realism@2, on each testbed's own scale: 1 = as real
  activations there, 0 = as Gaussian samples there. ± is half the width of the 95 % interval over
  documents. Below 0 the tables show `1 / (1 - realism) - 1`, which is above -1; ranks and
  correlations are of the departure from real itself, 1 - realism.
- **overall**: the mean over all testbeds, of rows that are measured on each of them. Its interval
  is over the documents of all: a drawn document brings its paths on every testbed.
- **rank**: 1 + the number of rows of the same track whose mean is significantly better (paired by
  document, Holm-adjusted). Rows of one rank stand by falling realism.
- **†**: flagged there, so that it has no rank: it copies stored activations or varies too little.
- **control**: a row whose place is known beforehand; never ranked."""

EACH = """\
Realism with its 95 % interval, and rank: 1 + the number of rows of this page, of the same track,
that are significantly better on that testbed, Holm-adjusted over its pairs of rows. Rows stand in
the order of the first testbed."""

AGREEMENT = """\
Over the rows of a track that both testbeds rank. *Spearman*: rank correlation of their overall
realism, 1 the same order, -1 the opposite one, empty below three rows. *pairs*: of such rows.
*decided*: pairs of which one row is significantly better there. *reversed*: pairs decided one way
on one testbed and the other way on the other.

Each testbed keeps its own family-wise error of 5 %; nothing is adjusted for their number. Testbeds
that share a model or a text are not independent, and neither are rows that share a method: a
correlation has no interval here, and counts are no test."""

SETTINGS = """\
*token*: the position at which activations are written, of the tokens of a prompt. *seed*: of
prompts and partners, after where it comes from: *release* is fixed and public, *official* drawn by
a maintainer, *own* anybody's choice. *documents*: those that intervals are taken over."""

CAPTION = "Overall realism@2 of every row on every testbed, with its rank."


def page(grid: Grid) -> str:
    """The whole page, in Markdown."""
    few = too_few(grid)
    parts = chain(
        [_title(grid)],
        [] if few is None else [f"**{few}.**"],
        [formatting.folded(legend(grid.columns), WIDTH)],
        *([f"## {title}", table] for title, table in overall_tables(grid).items()),
        [READING, "## Realism by testbed", EACH, realism_table(grid)],
        _notes(grid),
        [f"![{CAPTION}]({FIGURE})"] if any(row.known for row in grid.rows) else [],
        ["## Do the orders agree?", verdict(grid)],
        [_order_table(grid.orders), AGREEMENT] if grid.orders else [],
        ["### Reversals", _reversal_table(grid.orders)] if grid.everywhere.reversed else [],
        ["## Testbeds", _testbed_table(grid.columns), SETTINGS],
    )
    return "\n\n".join(parts) + "\n"


def too_few(grid: Grid) -> str | None:
    """What is said first where no testbed has the documents that a number needs."""
    if any(column.replicates for column in grid.columns):
        return None
    return nothing_read_off(grid.columns[0].setting)


def contents(grid: Grid) -> dict[str, bytes]:
    """What a published grid consists of, by file name."""
    found = {PAGE: page(grid).encode(), SCORES: grid.to_json().encode()}
    from synact_bench.drawing.panels import png, style  # noqa: PLC0415
    from synact_bench.reports.heat_map import heat_map  # noqa: PLC0415  (loads matplotlib)

    with style():
        figure = heat_map(grid)
        if figure is not None:
            found[FIGURE] = png(figure)
    return found


def printed(grid: Grid) -> str:
    """What a terminal shows: the tables of means, and whether the testbeds agree."""
    few = too_few(grid)
    if few is not None:
        parts = [few, realism_table(grid)]
    else:
        parts = [wrapped(legend(grid.columns), WIDTH), *overall_tables(grid).values()]
    return "\n\n".join([*parts, wrapped([verdict(grid)], WIDTH)]).replace("**", "")


def overall_tables(grid: Grid) -> dict[str, str]:
    """The rows of each track and the controls, by falling mean, beside what each testbed gives.

    By the heading of the table; none where no row has a number.
    """
    if not any(row.known for row in grid.rows):
        return {}
    short = labels(grid.columns)
    found = {}
    for _, own in groupby(grid.rows, key=lambda row: row.group):
        rows = sorted(own, key=_by_mean)
        kind = "control" if rows[0].control else rows[0].track or "control"
        lines = [
            [
                formatting.rank(row.overall.rank),
                formatting.escape(row.name),
                _overall(row.overall),
                *(_marked(row.standings[name]) for name in short),
            ]
            for row in rows
        ]
        headers = ["rank", kind, "overall ↑", *short.values()]
        title = "Controls" if kind == "control" else kind.capitalize()
        found[title] = formatting.table(headers, lines, left=2)
    return found


def _by_mean(row: GridRow) -> tuple[bool, int, float]:
    """Ranked rows by rank, then the others; each by falling mean, and rows without one last."""
    realism, place = row.overall.realism, row.overall.rank
    mean = float("-inf") if realism is None else realism.value
    return (place is None, place or 0, -mean)


def _overall(standing: Standing) -> str:
    realism = standing.realism
    return "" if realism is None else formatting.give_or_take(Realism(realism))


def _marked(standing: Standing) -> str:
    """Realism without its interval, marked if it is flagged."""
    if standing.realism is None:
        return ""
    return formatting.bounded_value(Realism(standing.realism)) + "†" * bool(standing.flags)


def realism_table(grid: Grid) -> str:
    """Realism of every row as displayed, with its interval and rank: overall and by testbed."""
    names = [column.name for column in grid.columns]
    headers = ["row", "track", "overall ↑", "rank"]
    for name in names:
        headers += [f"{formatting.escape(name)} ↑", "rank"]
    rows = []
    for row in grid.rows:
        cells = [_label(row), "control" if row.control else row.track or ""]
        for standing in (row.overall, *(row.standings[name] for name in names)):
            cells += [_realism(standing), _rank(standing)]
        rows.append(cells)
    return formatting.table(headers, rows, left=2)


def verdict(grid: Grid) -> str:
    """What all testbeds together say of the order, in a sentence or two."""
    found = grid.everywhere
    if not found.pairs:
        return "No two rows of one track are ranked on every testbed."
    whole = "1 pair" if found.pairs == 1 else f"{found.pairs} pairs"
    few = {0: "none is", 1: "1 is"}.get(found.decided, f"{found.decided} are")
    alike = {0: "none", found.decided: "all"}.get(found.alike, str(found.alike))
    tail = f", {alike} of them the same way round" if found.decided else ""
    turned = {0: "No pair is", 1: "1 pair is"}.get(found.reversed, f"{found.reversed} pairs are")
    return (
        f"**Of {whole} of rows that every testbed ranks, {few} decided on every testbed{tail}. "
        f"{turned} decided one way on one testbed and the other way on another.**"
    )


def _title(grid: Grid) -> str:
    setting = grid.columns[0].setting
    return (
        f"# Leaderboard: {formatting.escape(_called(grid))}\n\n"
        f"Preset {formatting.escape(setting.preset)}: {setting.bases} bases x "
        f"{setting.points} points on each testbed, {LABELS[setting.dtype]}, {setting.engine}."
    )


def _called(grid: Grid) -> str:
    """The built-in suite of just these testbeds, or how many there are."""
    suite = suite_of([column.setting for column in grid.columns])
    return f"{len(grid.columns)} testbeds" if suite is None else f"suite {suite.name}"


def _notes(grid: Grid) -> Iterable[str]:
    """Why rows have no rank, each reason once; a control with a number and no flag needs none."""
    lacking: dict[str, list[str]] = {}
    for row in grid.rows:
        for name, each in row.standings.items():
            if each.reason and not (row.control and each.realism and not each.flags):
                where = f"{_label(row)} on {formatting.escape(name)}"
                lacking.setdefault(each.reason, []).append(where)
    lines = [f"- {', '.join(who)}: {formatting.escape(reason)}" for reason, who in lacking.items()]
    return ["### Why a rank is missing", "\n".join(lines)] if lines else []


def _order_table(orders: Iterable[Orders]) -> str:
    rows = []
    for each in orders:
        found = each.agreement
        numbers = (found.rows, found.pairs, *found.decided, found.both, len(found.reversals))
        shown, *others = map(str, numbers)
        names = map(formatting.escape, (each.first, each.second))
        rows.append([*names, each.track, shown, formatting.score(found.rho), *others])
    headers = ["first", "second", "track", "rows", "Spearman", "pairs"]
    headers += ["decided on first", "on second", "on both", "reversed"]
    return formatting.table(headers, rows, left=3)


def _reversal_table(orders: Iterable[Orders]) -> str:
    rows = [
        list(map(formatting.escape, (each.first, one.first, each.second, one.second)))
        for each in orders
        for one in each.agreement.reversals
    ]
    return formatting.table(["on", "is better", "and on", "is better"], rows, left=4)


def _testbed_table(columns: Iterable[Column]) -> str:
    rows = []
    for column in columns:
        setting, testbed = column.setting, declared(column.setting)
        hooks = (testbed.write_hook, testbed.read_hook) if testbed else ("", "")
        position = f"{testbed.write_index + 1} of {testbed.n_ctx}" if testbed else ""
        facts = (f"{setting.absolute_length:g}", f"{setting.tau:g}")
        seed = f"{setting.split} {setting.seed}"
        names = map(formatting.escape, (setting.testbed, *hooks))
        rows.append([*names, position, *facts, seed, str(column.documents)])
    headers = ["testbed", "written at", "read at", "token", "absolute length", "tau"]
    return formatting.table([*headers, "seed", "documents"], rows, left=4)


def _label(row: GridRow) -> str:
    return formatting.escape(row.name) + (" (control)" if row.control else "")


def _realism(standing: Standing) -> str:
    return "" if standing.realism is None else formatting.bounded(Realism(standing.realism))


def _rank(standing: Standing) -> str:
    if standing.rank is not None:
        return str(standing.rank)
    return "flagged" if standing.flags else ""
