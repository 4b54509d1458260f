"""Both versions of realism side by side, as a page to read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

import numpy as np

from synact_bench.core.experiments import GAUSSIAN
from synact_bench.reports import formatting
from synact_bench.reports.scored_cells import PARTS, WANTED
from synact_bench.reports.tables import telling
from synact_bench.rescoring.rescored import Rescored, RescoredRow
from synact_bench.scoring import CellName, Estimate
from synact_bench.scoring.ranking import comparisons, median_width
from synact_bench.scoring.realism import known

TITLE = """\
# Realism, version 1 and version 2

The same cells scored twice; no model was run for it. An older engine measured them: version 1 is
not defined for cells of the present one, so that this page is not renewed with the published ones.
docs/realism2.md says how to get its cells and make it again. Boards show version 2 alone; version 1
is kept for one release. Both are 1 for real activations and 0 for Gaussian samples, higher is
better, and no number of one can be compared with a number of the other.
"""

CHANGES = """\
## What changes, and why

- **What is compared.** Version 1 compares distributions of four numbers read off the curves, each
  metric by itself. Version 2 compares whole curves, at eight fixed fractions of the path, by one
  energy distance: how far the output has moved, how much of its own way it has gone, and how far
  the prediction has changed.
- **The prompt counts.** Version 1 gives real curves dealt to the wrong prompts 0.99. Version 2
  compares a path with real ones *of its own base*: `wrong-prompt` below must lie far from 1.
- **The scale adds no noise.** Version 1 divides by the distance of one draw of Gaussian samples
  from real, estimated from the same documents: its error is shared by all rows and blurs every
  rank. Version 2 divides by a number that is held fixed, the same for all rows.
- **Which paths.** Version 1 averages five. Version 2 takes the relative and the matched path of
  sensitivity and the scaled path of plateau; the absolute ones repeat the last two. Where they
  disagree about a row, the page says so.

    realism@2 = 1 - rho,   rho = sqrt(max(E2, 0) / Gamma), mean over cells, experiments alike
    E2        = 2 mean |x - y| - mean |x - x'| - mean |y - y'|   over pairs of different documents

`x` and `y` are curves of the row and of real activations less the mean of other real curves of the
same base; `Gamma` is E2 of Gaussian samples. Below 0 the tables show `1 / rho - 1`, which is above
-1; ranks and intervals are of `rho` itself. Published curves are partly interpolated at the eight
fractions, and Gamma is the mean of the two Gaussian draws there are, one of which is the row
`gaussian`."""

ROWS = """\
*@1* and *@2*: overall realism with its 95 % interval over documents. *rank*: in the row's track, as
on a board. *relative*, *matched*, *plateau*: realism@2 of sensitivity on the relative and on the
matched path, and of plateau. *told*: in how many of 100 pairs a linear judge tells the row's path
from a real one of the same base, in the cell named; 50 is chance. ≈: E2 is within what a draw of
real activations has (permutation test, 5 %). ≠: one of the three is significantly above 0 and
another below."""

NEARER = """\
Difference in realism@2 from `gaussian`, by path, with its 95 % interval: above 0 is nearer to real
than a Gaussian sample. Bold where the interval does not hold 0."""

FACTS = """\
Measured from these cells and held fixed. *Gamma*: E2 of Gaussian samples, with its standard error
over documents. *final l2*: median of real
paths. *units*: median distance of two real residuals, by block."""


def page(boards: Sequence[Rescored]) -> str:
    """The whole page, in Markdown; a section for each testbed."""
    parts = chain(
        [TITLE, CHANGES, "## What it can tell apart", _instrument(boards)],
        *(_section(each) for each in boards),
    )
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _section(found: Rescored) -> Iterable[str]:
    setting = found.board.setting
    return [
        f"## {formatting.escape(setting.testbed)}",
        f"Preset {formatting.escape(setting.preset)}, {setting.bases} bases of "
        f"{found.board.documents} documents, {setting.split} seed {setting.seed}, engine "
        f"{formatting.escape(setting.engine)}; measured until "
        f"{formatting.escape(found.board.measured)}.",
        ROWS,
        _rows(found),
        "### Nearer to real than a Gaussian sample?",
        NEARER,
        _nearer(found),
        "### The scale",
        FACTS,
        _facts(found),
    ]


def _instrument(boards: Sequence[Rescored]) -> str:
    """What each version tells apart, a line a testbed and track."""
    rows = []
    for found in boards:
        for track, ranking in found.rankings.items():
            before = found.board.rankings.get(track)
            old = {
                row.name: estimate
                for row in found.rows
                if row.name in ranking.ranks and row.before is not None
                if (estimate := row.before.realism) is not None
            }
            after = {row.name: row.after.overall for row in found.rows}
            new = known({name: after[name] for name in ranking.ranks})
            detectable = before.detectable if before else None, ranking.detectable
            differences = map(formatting.score, (*detectable, found.adjacent[track]))
            widths = map(formatting.score, map(median_width, (old, new)))
            name = formatting.escape(found.board.setting.name)
            rows.append([name, track, *differences, *map(_decided, (old, new)), *widths])
    headers = ["testbed", "track", "MDE @1", "MDE @2", "neighbours @2", "decided @1", "decided @2"]
    headers += ["interval @1", "interval @2"]
    words = (
        "*MDE*: difference of two rows that a comparison of the two alone finds with probability "
        "0.8, for the median pair; *neighbours*: for the median pair of neighbours. *decided*: "
        "pairs told apart, Holm-adjusted. *interval*: median width."
    )
    return f"{words}\n\n{formatting.table(headers, rows, left=2)}"


def _rows(found: Rescored) -> str:
    headers = ["row", "track", "@1", "rank", "@2", "rank", "relative", "matched", "plateau"]
    headers += ["told", "where"]
    return formatting.table(headers, [_cells(row) for row in found.rows], left=2)


def _cells(row: RescoredRow) -> list[str]:
    before = row.before.realism if row.before else None
    near = row.after.test is not None and row.after.test.indistinguishable
    marks = ("≈" if near else "") + ("≠" if row.after.disagree else "")
    told, where = "", ""
    if row.worst is not None:
        cell, failures = row.worst
        told = f"{100 * failures.judge.told:.0f}"
        block = telling(failures.telling_blocks, failures.blocks)
        where = f"{cell.path}: {block}, {telling(failures.telling_regions, failures.regions)}"
    flags = f" ({', '.join(map(formatting.escape, row.flags))})" if row.flags else ""
    return [
        formatting.escape(row.name) + flags,
        "control" if row.control else row.track or "",
        formatting.interval(before),
        formatting.rank(row.before.rank if row.before else None),
        " ".join(filter(None, (formatting.bounded(row.after.overall), marks))),
        formatting.rank(row.rank),
        *(formatting.bounded_value(row.after.parts.get(name)) for name in PARTS),
        told,
        where,
    ]


def _nearer(found: Rescored) -> str:
    against = next(row for row in found.rows if row.name == GAUSSIAN)
    rows = []
    for row in found.rows:
        if row.control or row.name == against.name:
            continue
        cells = [_difference(row, against, None)]
        cells += [_difference(row, against, cell) for cell in WANTED]
        rows.append([formatting.escape(row.name), row.track or "", *cells])
    headers = ["row", "track", "overall", *(f"{each.experiment}, {each.path}" for each in WANTED)]
    return formatting.table(headers, rows, left=2)


def _difference(row: RescoredRow, against: RescoredRow, cell: CellName | None) -> str:
    first, second = (_realism(each, cell) for each in (row, against))
    if first is None or second is None:
        return ""
    apart = first - second
    shown, ends = formatting.interval(apart), apart.interval
    return f"**{shown}**" if ends is not None and not ends[0] <= 0 <= ends[1] else shown


def _realism(row: RescoredRow, cell: CellName | None) -> Estimate | None:
    if cell is None:
        return row.after.overall.estimate
    score = row.after.cells.get(cell)
    return None if score is None else Estimate(1.0, np.ones(len(score.rho.replicates))) - score.rho


def _facts(found: Rescored) -> str:
    rows = [
        [
            cell.experiment,
            cell.path,
            f"{scale.gamma:.4f} ± {scale.gamma_error:.4f}",
            formatting.measure(scale.units.length),
            ", ".join(map(formatting.measure, scale.units.blocks)),
        ]
        for cell, scale in found.scales.items()
    ]
    headers = ["experiment", "path", "Gamma", "final l2", "units"]
    return formatting.table(headers, rows, left=2)


def _decided(values: Mapping[str, Estimate]) -> str:
    pairs = comparisons(values)
    return f"{sum(each.better is not None for each in pairs)} of {len(pairs)}"
