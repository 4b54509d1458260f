"""LEADERBOARD.md: the board as a page to read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Sized
from itertools import chain

from synact_bench.core.experiments import ADAPTIVE, EXPERIMENTS
from synact_bench.metrics import METRICS, PathMetric, SetMetric
from synact_bench.reports import conventional_table, formatting
from synact_bench.reports.board import Board
from synact_bench.reports.confidence import facts, measured_how, too_few
from synact_bench.reports.declared import built_in, run_command
from synact_bench.reports.missing_scores import empty_scores, missing_cells
from synact_bench.reports.named_metrics import undecided
from synact_bench.reports.tables import (
    archive_table,
    bare_table,
    card_table,
    detail_table,
    fails_table,
    group_table,
    grouped,
    inspection_table,
    metric_table,
    metrics_of,
    order_table,
    place_table,
    raw_table,
    reference_table,
    secondary_table,
)
from synact_bench.reports.verdicts import verdicts

__all__ = ["page"]

SCORES = """\
- **Realism**: 1 = the model treats the activations as it treats real ones of the same prompt; 0 =
  as it treats Gaussian samples; negative = worse than Gaussian. It compares whole curves at eight
  fixed points of the path. ↑ higher is better, ↓ lower is better. ± is half the width of the 95 %
  interval over documents. Below 0 the tables show `1 / (1 - realism) - 1`, which is above -1.
- **†**: flagged: the row breaks a rule of copying or collapse. A flag keeps it out of the ranking
  and never changes its score.
- **rank**: 1 + the number of rows of the same track that are significantly better (paired by
  document, Holm-adjusted). Rows of one rank cannot be told apart and stand by falling realism.
- **relative**, **matched**, **plateau**: realism of one cell each, with its own rank in brackets:
  sensitivity on the relative path and on the matched one, and plateau on
  the scaled one. Realism is the mean of plateau and of the mean of the other two. ≠: some part is
  significantly above 0 and another below. ≈: cannot be told from real (permutation test over
  documents, 5 %)."""

ROWS = """\
- **control**: a row whose place is known beforehand; never ranked.
- **track**: *unconditional* generators see only train activations. *Conditioned* ones are shown a
  real activation for each they make: in sensitivity the base, in plateau another document's."""

DETAILS = """\
- **95 %**: the interval of realism. **told**: in how many of 100 pairs a linear judge tells the
  row's curve from a real one of the same base, in the cell where it is farthest from real; 50 is
  chance. **1-√H**: realism without the Gaussian: 1 real, 0 no pair alike.
- **n**: paths in the row's smallest cell. **dropped**: pairs left out, over all cells, because
  base and target coincide or a base has no norm. **flags**: the rules that it breaks."""

BARE = """\
- **n**: paths in the row's smallest cell. **dropped**: pairs left out, over all cells, because
  base and target coincide or a base has no norm."""

WIDTH = 100
"""Characters of the widest line before the details."""

TITLES = {"control": "Controls"}

RATIOS = formatting.codes(
    name
    for name, each in METRICS.items()
    if isinstance(each, PathMetric) and each.compared == "log2"
)
OF_SETS = formatting.codes(name for name, each in METRICS.items() if isinstance(each, SetMetric))
"""Metrics that are compared by their logarithms, and those that compare two sets."""

METRICS_BY = f"""\
They explain a score and are no part of it. Wasserstein-1 distance from real, mean over the cells of
a metric, in its unit ({RATIOS}: base-2 logarithms); ranks by the same rule as overall."""

READ_OFF = f"""\
Curves of refined bases are run at some points and interpolated between them: what headline metrics
of single paths look for is run; {OF_SETS} and secondary metrics are read off the interpolation
too. docs/performance.md says how far off it is."""

RUN = "\nNo realism, no rank by it and no judge depends on an interpolated point."
"""Of the present engine; older ones did not run every point that is scored."""

FAILS = """\
The cell in which a row is farthest from real; the blocks of features and the parts of the path that
give it away (*all*: none more than another); in how many of 100 pairs a judge tells it, ± standard
error; the bases that tell most, most first: numbers of the preset's prompts, as in the records."""

ORDERS = """\
What a sound instrument must find. A board with a broken order is refused; *cannot be told* means
that the interval of the difference holds 0, or that there are too few documents for one. Where some
real activations are massive, `gaussian` need not be above `shuffled-coordinates`. Reconstructions
of an SAE that is no good may lie below `gaussian` (*not kept*): no fault of the instrument."""

PLACES = """\
What is real keeps its place where it cannot be told from real (*p, real*: permutation test), the
Gaussian where its 95 % interval holds 0. A sound instrument misses each on one board of twenty: it
is shown, not refused."""

INSPECTIONS = """\
Of the activations themselves, not of the model's answer; never part of a score. Thresholds are
calibrated on held-out real activations and stand in the records."""

ARCHIVE = """\
Measured with definitions, or in a version, that have changed since; not compared with the rows
above."""

RAW = f"""\
mean ± sd: over paths; real: mean of real on the same bases. KS: Kolmogorov-Smirnov distance from
real. distance: Wasserstein-1 distance from real in the metric's unit (of base-2 logarithms for
{RATIOS}); for {OF_SETS}, the gap. floor: median and 95th percentile of the distance of
real from real. percentile: share of that floor below the row's distance; ≈: below its 95th
percentile, marked where there are enough documents. censored: share of paths without the event that
the metric looks for."""

REFERENCES = """\
Not ranked. Five draws of activations of other documents. Every row is compared with the first four
together; one of the five beside the other four makes a replicate of the noise floor. In plateau
they are transplanted into the prompt; the control `real-native` above is the prompt's own
activation, with nothing transplanted."""


def page(board: Board, figures: Mapping[str, str], *, failing: str = "") -> str:
    """The whole page.

    Args:
        board: what to show.
        figures: caption by the figure's place, relative to the page.
        failing: place of the figure that shows where rows fail.
    """
    few = too_few(board)
    parts = chain(
        [f"# Leaderboard: {formatting.escape(board.setting.testbed)}"],
        [
            formatting.folded(
                [measured_how(board.setting, board.documents, board.replicates)], WIDTH
            )
        ],
        _scores(board, figures, failing=failing) if few is None else _bare(board, few, figures),
        ["## Rows", card_table(board)],
        _section("## Archive", ARCHIVE, archive_table(board), board.archive),
        ["## How it was made", _origin(board)],
    )
    return "\n\n".join(part for part in parts if part) + "\n"


def _scores(board: Board, figures: Mapping[str, str], *, failing: str) -> Iterable[str]:
    """What the board says of its rows."""
    measured = {name.split("@")[0] for name in board.setting.experiments}
    carries = list(facts(board))
    worst = [row for row in board.rows if row.worst is not None]
    return chain(
        *(
            [f"## {TITLES.get(name, name.capitalize())}", group_table(name, rows)]
            for name, rows in grouped(board).items()
        ),
        [f"{SCORES}\n{ROWS}"],
        [formatting.folded((f"- {formatting.escape(line)}" for line in verdicts(board)), WIDTH)],
        ["### Details", detail_table(board), DETAILS],
        _section("### Orders", ORDERS, order_table(board), board.orders),
        _section("### Controls of known realism", PLACES, place_table(board), board.places),
        _section("## How far it carries", "", "\n\n".join(carries), carries),
        _notes(empty_scores(board)),
        (f"![{caption}]({place})" for place, caption in figures.items() if place != failing),
        _section("## Where it fails", FAILS, fails_table(board), worst),
        (f"![{caption}]({place})" for place, caption in figures.items() if place == failing),
        ["## Named metrics", METRICS_BY, *_read_off(board), metric_table(board)],
        map(formatting.escape, undecided(board)),
        conventional_table.section(board),
        ["## Copying and collapse", INSPECTIONS, inspection_table(board)],
        ["## Real activations", REFERENCES, reference_table(board)],
        *(_measured(board, name) for name in EXPERIMENTS if name in measured),
    )


def _bare(board: Board, few: str, figures: Mapping[str, str]) -> Iterable[str]:
    """What ran, where there are too few documents for any number to say anything."""
    return chain(
        [f"**{few}.**", f"{ROWS}\n{BARE}", "## What ran", bare_table(board)],
        _notes(missing_cells(board)),
        (f"![{caption}]({place})" for place, caption in figures.items()),
    )


def _read_off(board: Board) -> Iterable[str]:
    """What of the curves was run, where not every point was."""
    engine = board.setting.engine
    if engine.startswith("dense@"):
        return []
    return [READ_OFF + RUN if engine == ADAPTIVE else READ_OFF]


def _measured(board: Board, experiment: str) -> Iterable[str]:
    title = f"## Measured numbers: {experiment}"
    found = [title, RAW, raw_table(board, experiment)]
    if metrics_of("secondary", experiment):
        found += [
            f"### Secondary metrics: {experiment}",
            "mean ± sd over paths (distance from real).",
            secondary_table(board, experiment),
        ]
    return found


def _section(title: str, words: str, table: str, rows: Sized) -> Iterable[str]:
    return [title, words, table] if len(rows) else []


def _notes(lines: Sequence[str]) -> Iterable[str]:
    return ["### Why a place is empty", "\n".join(lines)] if lines else []


def _origin(board: Board) -> str:
    setting, origin = board.setting, board.origin
    versions = (f"{name} {' or '.join(each)}" for name, each in origin.versions.items())
    facts = {
        "Model": "; ".join(origin.models),
        "SAE": "; ".join(origin.saes),
        "Text": "; ".join(origin.texts),
        **({} if built_in(board) else {"Testbed": "a person's own, not one of this project"}),
        "Testbed digest": setting.testbed_digest,
        "Design": setting.design,
        "Facts": f"tau {setting.tau:g}, absolute length {setting.absolute_length:g}",
        "Experiments": ", ".join(setting.experiments),
        "Paths": ", ".join(setting.paths),
        "Metrics": ", ".join(setting.metrics),
        "Engine": setting.engine,
        "Versions": ", ".join(versions),
        "Machine": "; ".join(origin.machines),
        "Commit": "; ".join(origin.commits) or "not known",
    }
    lines = (f"- {fact}: {formatting.escape(value)}" for fact, value in facts.items())
    return f"    {run_command(board)}\n\n" + "\n".join(lines)
