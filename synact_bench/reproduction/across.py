"""The paper's findings on several testbeds: one table, then what each rests on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from synact_bench.reports import formatting
from synact_bench.reports.archive import part
from synact_bench.reports.comparable import arrange, by_testbed
from synact_bench.reproduction.findings import JudgedFinding
from synact_bench.reproduction.report import Findings, judged
from synact_bench.reproduction.verdict import Replication
from synact_bench.results.store import Cell

NOT_MEASURED = Replication.NOT_MEASURED
TITLE = "# The findings of arXiv 2409.15019 on {} testbeds"
WORDS = """\
A finding replicates if all of its claims do, path by path, and does not if one lies significantly
on the other side; what each verdict rests on is below."""


@dataclass(frozen=True, eq=False)
class FindingsAcross:
    """The findings on several testbeds.

    Attributes:
        testbeds: the findings on each, in the order in which their cells were given.
    """

    testbeds: list[Findings]

    @property
    def page(self) -> str:
        """Markdown."""
        names = [each.setting.name for each in self.testbeds]
        rows: list[list[str]] = []
        of_each = zip(*(each.findings for each in self.testbeds), strict=True)
        for number, judged_ones in enumerate(of_each, start=1):
            rows += _lines(number, judged_ones)
        table = formatting.table(["finding", *names], rows, left=1 + len(names))
        parts = [TITLE.format(len(names)), WORDS, table]
        for name, each in zip(names, self.testbeds, strict=True):
            parts += [f"## {name}", each.page]
        return "\n\n".join(parts)


def _lines(number: int, found: Sequence[JudgedFinding]) -> list[list[str]]:
    """A finding's verdict on each testbed, then that on each path."""
    places = dict.fromkeys(place for each in found for place in each.by_path)
    by_path = ([each.by_path.get(place, NOT_MEASURED).value for each in found] for place in places)
    return [
        [f"{number}. {found[0].statement}", *(f"**{each.verdict.value}**" for each in found)],
        *([f"on `{place}`", *shown] for place, shown in zip(places, by_path, strict=True)),
    ]


def across(cells: Iterable[Cell]) -> FindingsAcross:
    """Judge the findings on each testbed that there are cells of.

    Raises:
        RecordError: the cells of one cannot be compared, or the scale of its findings is missing.
    """
    return FindingsAcross(
        [judged(arrange(part(own)[0], required=())) for own in by_testbed(cells).values()]
    )
