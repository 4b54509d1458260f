"""What every page of the site shows: plain facts, with no cell and no markup in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Facts = tuple[tuple[str, str], ...]
"""Names and values of a list of facts, in order."""


@dataclass(frozen=True)
class Link:
    """A page of the site.

    Attributes:
        text: what is shown; whatever an author wrote.
        href: place of the page, relative to the site's first page.
    """

    text: str
    href: str


@dataclass(frozen=True)
class ShownScore:
    """A realism as displayed, above -1.

    Attributes:
        value: of which 1 is real and 0 Gaussian; None where there is none.
        low, high: ends of its 95 % interval; None without one.
        reason: why there is none; empty where there is one.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    reason: str = ""


@dataclass(frozen=True)
class Rank:
    """Where a row stands in its track.

    Attributes:
        place: 1 + the number of rows that are significantly better; None for a row without one.
        of: rows that are ranked there.
        tied: names of the others of the same place.
        reason: why there is none; empty where there is one.
    """

    place: int | None
    of: int = 0
    tied: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class ShownStanding:
    """A row on a testbed, or over all of a suite.

    Attributes:
        score: its overall realism there.
        rank: by it.
        flags: rules of copying and collapse that it breaks, each with its numbers.
    """

    score: ShownScore
    rank: Rank
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class TestbedColumn:
    """A testbed, as a column of the first page's table.

    Attributes:
        key: of the site's own, unique.
        page: of the testbed.
        layer: that activations are written to; None where the declaration is not known.
        depth: share of the blocks before it, of those up to where the answer is read, 0 to 1.
    """

    key: str
    page: Link
    layer: int | None
    depth: float | None


@dataclass(frozen=True)
class TableRow:
    """A generator or control, as a row of the first page's table.

    Attributes:
        page: of the generator.
        kind: its track, or ``control``.
        overall: over all testbeds; None where the suite has no mean.
        standings: by the key of the testbed, of those that it was measured on.
        summary: what it is.
    """

    page: Link
    kind: str
    overall: ShownStanding | None
    standings: Mapping[str, ShownStanding]
    summary: str


@dataclass(frozen=True)
class Leader:
    """Who is ahead on a testbed, and what is said of the one behind.

    Attributes:
        where: the testbed; None for the mean of the suite.
        track: of the rows.
        first: those of rank 1.
        second: the next row, and why it is not first; None where all are.
        why: what the board says of the second.
    """

    where: TestbedColumn | None
    track: str
    first: tuple[Link, ...]
    second: Link | None
    why: str


@dataclass(frozen=True)
class SuiteTable:
    """Testbeds that were measured alike, and their rows.

    Attributes:
        key: of the site's own, unique.
        title: in a few words.
        summary: what a built-in suite is declared to be; empty for any other testbeds.
        measured: how, in a sentence.
        columns: testbeds.
        rows: by track, then as they stand overall; controls last.
        mean: why there is no mean over testbeds; empty where there is one.
        agreement: what the testbeds together say of the order; empty for a single one.
        leaders: overall, then on each testbed.
    """

    key: str
    title: str
    summary: str
    measured: str
    columns: tuple[TestbedColumn, ...]
    rows: tuple[TableRow, ...]
    mean: str
    agreement: str
    leaders: tuple[Leader, ...]
