"""What a reproduction says: a page to read and the same as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from synact_bench.core.experiments import DENSE
from synact_bench.metrics import METRICS, PathMetric
from synact_bench.reports import formatting
from synact_bench.reports.archive import part
from synact_bench.reports.comparable import BoardSetting, Cells, arrange, setting
from synact_bench.reports.json_export import to_json
from synact_bench.reproduction import findings, published
from synact_bench.reproduction.findings import REALISM, JudgedClaim, JudgedFinding
from synact_bench.reproduction.published import Compared, Ordered, Published
from synact_bench.reproduction.verdict import Replication
from synact_bench.results.store import Cell


class Page(Protocol):
    """A result that is a page, too."""

    @property
    def page(self) -> str:
        """Markdown."""


@dataclass(frozen=True, eq=False)
class PublishedNumbers:
    """The published numbers beside ours, on the testbed that they are of."""

    setting: BoardSetting
    registered: Published
    cells: list[Compared]
    orders: list[Ordered]

    @property
    def page(self) -> str:
        """Markdown."""
        theirs, own = self.registered, self.setting
        notes = [
            f"A cell replicates if its mean is within {theirs.tolerance.mean:g} steps of the "
            f"published one and its Kolmogorov-Smirnov distance from real within "
            f"{theirs.tolerance.ks:g}; an order if it is the same. Registered in advance.",
            *theirs.notes,
            self.summary,
        ]
        if own.bases < theirs.bases:
            notes.append(
                f"Published means are over {theirs.bases} prompts, these over {own.bases}: a cell "
                "can differ by chance alone."
            )
        if own.points != theirs.points or own.engine != DENSE:
            notes.append(
                f"Published numbers are of {theirs.points} points, all of them run; these are of "
                f"{own.points} points by {own.engine}: a cell can differ by that alone."
            )
        return "\n\n".join(
            [_heading(own), *notes, _cells_table(self.cells), _orders_table(self.orders)]
        )

    @property
    def summary(self) -> str:
        """How many cells and orders have which verdict."""
        cells = _counted(each.verdict for each in self.cells if each.verdict is not None)
        return f"Cells: {cells}. Orders: {_counted(each.verdict for each in self.orders)}."


@dataclass(frozen=True, eq=False)
class Findings:
    """The findings, on another testbed.

    Attributes:
        setting: how its cells were measured.
        frozen: whether the scale of realism is a fact of the testbed.
        findings: judged.
    """

    setting: BoardSetting
    frozen: bool
    findings: list[JudgedFinding]

    @property
    def page(self) -> str:
        """Markdown."""
        parts = [_heading(self.setting), INTERVALS, FROZEN if self.frozen else MEASURED]
        for number, each in enumerate(self.findings, start=1):
            parts += [f"{number}. {each.statement} **{each.verdict.value}**"]
            if each.claims:
                parts += [f"By path: {_by_path(each)}.", _claims(each.claims)]
            if each.left_out:
                parts += [f"Not measured of any row, and left out: {', '.join(each.left_out)}."]
            reasons = dict.fromkeys(one.reason for one in each.claims if one.reason)
            parts += [f"No number: {reason}." for reason in reasons]
        return "\n\n".join(parts)


INTERVALS = """\
A claim replicates if the 95 % interval of the difference, paired and bootstrapped over documents,
lies on the claimed side of 0; a finding, on one path or as a whole, if all of its claims do. It
does not if one lies on the other side. *first* and *second*: the two numbers that a claim compares,
in its order. *realism*: 1 - rho of realism@2 on the path, or its mean over two; 1 is real, 0
Gaussian, and it has no lower bound here. *real*: all draws of real activations together."""

FROZEN = "The scale of realism is the testbed's frozen one."
MEASURED = """\
The scale of realism is measured from these cells' own draws of Gaussian samples, and held fixed:
another one would stretch all realisms of a path alike."""


def reproduced(cells: Iterable[Cell]) -> PublishedNumbers | Findings:
    """Judge cells of one testbed: by its numbers if they are of the paper's, else by the findings.

    Raises:
        RecordError: the cells cannot be compared, or the scale of the findings is missing.
    """
    registered = published.published()
    current, _ = part(cells)
    arranged = arrange(current, required=())
    own = setting(arranged)
    if own.testbed.partition("@")[0] != registered.testbed:
        return judged(arranged)
    return PublishedNumbers(
        own,
        registered,
        published.compare(arranged, registered),
        published.orders(arranged, registered),
    )


def judged(arranged: Cells) -> Findings:
    """The findings, judged by the cells of one testbed.

    Raises:
        RecordError: the scale of realism is missing.
    """
    scaled = _scaled(arranged)
    return Findings(setting(arranged), findings.frozen(scaled), findings.judge(scaled))


def contents(result: Page) -> dict[str, bytes]:
    """Both files, by name."""
    return {
        "REPRODUCTION.md": f"{result.page}\n".encode(),
        "reproduction.json": to_json(result).encode(),
    }


def _scaled(cells: Cells) -> Cells:
    return arrange(cell for rows in cells.values() for cell in rows.values())


def _heading(own: BoardSetting) -> str:
    return (
        f"{own.testbed}, {own.preset} preset ({own.bases} bases, {own.points} points), "
        f"seed {own.seed}, {own.engine}"
    )


def _counted(verdicts: Iterable[Replication]) -> str:
    counts = Counter(verdicts)
    shown = [each for each in Replication if counts[each]]
    return ", ".join(f"{counts[each]} {each.value}" for each in shown) or "none"


def _cells_table(cells: Sequence[Compared]) -> str:
    rows = []
    for each in cells:
        theirs, ours = each.published, each.ours
        rows.append(
            (
                each.column,
                each.row,
                _figure(theirs.mean, theirs.sd, theirs.ks),
                _figure(ours.mean, ours.sd, ours.ks) if ours else "",
                formatting.share(ours.censored) if ours else "",
                each.verdict.value if each.verdict else "only shown",
            )
        )
    headers = ("cell", "kind", "published", "here", "censored", "verdict")
    return "mean / sd / KS from real:\n\n" + formatting.table(headers, rows, left=2)


def _figure(mean: float | None, sd: float | None, ks: float | None) -> str:
    return " / ".join("-" if each is None else f"{each:.2f}" for each in (mean, sd, ks))


def _orders_table(orders: Sequence[Ordered]) -> str:
    rows = [
        (each.column, " < ".join(each.published), " < ".join(each.ours), each.verdict.value)
        for each in orders
    ]
    headers = ("cell", "published order of means", "here", "verdict")
    return "Orders:\n\n" + formatting.table(headers, rows, left=4)


def _claims(claims: Sequence[JudgedClaim]) -> str:
    rows = [
        (
            f"{_quantity(each)} of {each.claim.row} {each.claim.side} {each.claim.than}",
            each.claim.where,
            formatting.measure(each.row.value if each.row else None),
            formatting.measure(each.than.value if each.than else None),
            formatting.measured(each.difference),
            each.verdict.value,
        )
        for each in claims
    ]
    headers = ("claim", "where", "first", "second", "difference", "verdict")
    return formatting.table(headers, rows, left=2)


def _by_path(finding: JudgedFinding) -> str:
    return ", ".join(f"{place} {each.value}" for place, each in finding.by_path.items())


def _quantity(judged: JudgedClaim) -> str:
    name = judged.claim.quantity
    if name == REALISM:
        return name
    metric = METRICS[name]
    logarithm = isinstance(metric, PathMetric) and metric.compared == "log2"
    return f"log2 {name}" if logarithm else name
