"""The pages of the site beside its first: what stands on each, and the site as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from synact_bench.site.drawn import CellCurves, CurveFile, DrawnDistribution, Failing, Told
from synact_bench.site.model import (
    Facts,
    Link,
    ShownScore,
    ShownStanding,
    SuiteTable,
    TestbedColumn,
)


@dataclass(frozen=True)
class MetricLine:
    """A headline metric of a row in one cell, beside that of real."""

    cell: str
    metric: str
    unit: str
    mean: str
    real: str
    distance: str
    alike: bool
    """Whether it is no farther from real than real is."""


@dataclass(frozen=True)
class Part:
    """A group of cells that is scored and ranked apart."""

    name: str
    score: ShownScore
    rank: int | None


@dataclass(frozen=True)
class TriedRule:
    """A rule of copying or collapse that was tried: what it found, and whether it is broken."""

    experiment: str
    rule: str
    found: str
    broken: bool


@dataclass(frozen=True)
class RowOnTestbed:
    """A row on one testbed.

    Attributes:
        column: the testbed.
        standing: there.
        verdict: what the board says of it.
        parts: groups of cells.
        metrics: headline metrics by cell.
        data: place of its curves, relative to the first page; empty for a row without any.
        cells: curves that ``data`` holds, as a table: at the scored fractions alone. Of too few
            documents there is none.
        distributions: of metrics of single paths, likewise.
        failing: None where there are too few documents to say.
        rules: of copying and collapse.
        provenance: of its cells.
        dated: when its newest cell was measured, and by which release; empty for a row that is
            derived from another's cells.
        command: that measures it again.
        changed: what it gives other than these cells; empty if nothing.
    """

    column: TestbedColumn
    standing: ShownStanding
    verdict: str
    parts: tuple[Part, ...]
    metrics: tuple[MetricLine, ...]
    data: str
    cells: tuple[CellCurves, ...]
    distributions: tuple[DrawnDistribution, ...]
    failing: Failing | None
    rules: tuple[TriedRule, ...]
    provenance: Facts
    dated: str
    command: str
    changed: str


@dataclass(frozen=True)
class SuiteStanding:
    """How a row stands over all testbeds of a suite, which has a key and a title.

    ``why`` says why it is not first; empty for one that is, or that has no rank.
    """

    key: str
    title: str
    standing: ShownStanding
    why: str


@dataclass(frozen=True)
class GeneratorPage:
    """A generator or control.

    Attributes:
        page: its own.
        slug: of its files.
        kind: its track, or ``control``.
        code: path of the file that makes it, in the repository; empty where it is not of this one.
        card: version, parameters, authors, reference; where these differ, on which testbed each is.
        summary: what it is, likewise.
        overall: in each suite that has a mean.
        testbeds: that it was measured on.
    """

    page: Link
    slug: str
    kind: str
    code: str
    card: Facts
    summary: str
    overall: tuple[SuiteStanding, ...]
    testbeds: tuple[RowOnTestbed, ...]


@dataclass(frozen=True)
class TestbedRow:
    """A row of a testbed's own table."""

    page: Link
    kind: str
    standing: ShownStanding
    parts: tuple[Part, ...]
    told: Told | None


@dataclass(frozen=True)
class TestbedPage:
    """A testbed.

    Attributes:
        column: it.
        suite: title of the suite that it is measured with.
        summary: of its declaration.
        facts: what is probed and how it was measured.
        rows: of its board.
        controls: what the controls must show and do show: claim, found, verdict.
        notes: what could not be scored.
        sae: its dictionary.
        command: that measures it again.
        changed: what it gives other than these cells; empty if nothing.
    """

    __test__ = False  # the name begins with "Test": pytest must not collect it

    column: TestbedColumn
    suite: str
    summary: str
    facts: Facts
    rows: tuple[TestbedRow, ...]
    controls: tuple[tuple[str, str, str], ...]
    notes: tuple[str, ...]
    sae: Link
    command: str
    changed: str


@dataclass(frozen=True)
class SaePage:
    """A dictionary.

    Attributes:
        page: its own.
        slug: of its file.
        facts: what is declared of it.
        rows: by testbed, what it does there: its reconstruction, and the best rows of each track.
    """

    page: Link
    slug: str
    facts: Facts
    rows: tuple[tuple[TestbedColumn, tuple[TestbedRow, ...]], ...]


@dataclass(frozen=True)
class ArchivedRow:
    """A row that is no longer scored, and why.

    Attributes:
        name, version: of its generator.
        testbed: that it was measured on.
        page: of the testbed; None where nothing that is measured on it alike is scored any more.
        created: when its newest cell was measured, the day.
        reasons: what has changed since.
    """

    name: str
    version: str
    testbed: str
    page: Link | None
    created: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class MeasuredRow:
    """When a row's newest cell on a testbed was measured."""

    row: Link
    testbed: Link
    created: str
    release: str
    """Of the package that measured it."""


@dataclass(frozen=True)
class WholeSite:
    """The whole site.

    Attributes:
        release: of the package that builds it.
        suites: the largest first.
        generators: by name.
        testbeds: in the order of the suites.
        saes: likewise.
        archive: what has changed since.
        measured: newest first.
        curves: by place of the file, what is drawn.
        picture: PNG of a plateau and a step; None without a testbed to show them on.
        picture_of: title of that testbed.
    """

    release: str
    suites: tuple[SuiteTable, ...]
    generators: tuple[GeneratorPage, ...]
    testbeds: tuple[TestbedPage, ...]
    saes: tuple[SaePage, ...]
    archive: tuple[ArchivedRow, ...]
    measured: tuple[MeasuredRow, ...]
    curves: Mapping[str, CurveFile]
    picture: bytes | None
    picture_of: str
