"""How numbers stand on the pages: filters of the templates."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from synact_bench.core.experiments import GAUSSIAN, REFERENCE
from synact_bench.core.printable import printable
from synact_bench.reports import formatting
from synact_bench.site.drawn import DrawnDistribution, Histogram, Told
from synact_bench.site.model import ShownScore, ShownStanding, TableRow, TestbedColumn
from synact_bench.site.pages import GeneratorPage, WholeSite
from synact_bench.site.suites import data_place

LOWEST, HIGHEST = -1.0, 1.2
"""Ends of the axis of a bar, in realism as displayed; what lies beyond is drawn at the end."""
BAR = 100
"""Its width, pixels, between margins of 4."""
WIDTH, HEIGHT = 300, 110
"""Of a histogram, pixels, with its foot at 120 and its left end at 10."""
BESIDE: Mapping[str, str] = MappingProxyType(
    {
        "isotropic": "beside it, isotropic",
        "covariance": "beside it, covariance",
        "real": "beside it, toward a real activation",
    }
)
"""What steps as long as a reconstruction's error are called, by direction."""
LINES: Mapping[str, str] = MappingProxyType(
    {
        REFERENCE: "real",
        GAUSSIAN: "gaussian",
        BESIDE["real"]: "real",
        BESIDE["covariance"]: "gaussian",
        BESIDE["isotropic"]: "isotropic",
    }
)
"""By who is drawn: the line of the palette."""


def seen(facts: Any) -> Any:
    """Texts without a character that is not seen, wherever in the facts they stand.

    What the templates themselves made of such texts, with its line ends, stays.
    """
    if type(facts) is str:
        return facts if facts.isprintable() else printable(facts)
    if isinstance(facts, dict):
        return {seen(key): seen(each) for key, each in facts.items()}
    if isinstance(facts, (list, tuple)):
        return [seen(each) for each in facts]
    return facts


def bar_x(value: float) -> float:
    """Where a realism stands on a bar, pixels."""
    share = (min(max(value, LOWEST), HIGHEST) - LOWEST) / (HIGHEST - LOWEST)
    return round(4 + BAR * share, 1)


def number(score: ShownScore) -> str:
    """A realism, two decimals."""
    return formatting.score(score.value)


def between(score: ShownScore) -> str:
    """The ends of its interval."""
    if score.low is None or score.high is None:
        return ""
    return formatting.between((score.low, score.high))


def sort_key(score: ShownScore) -> str:
    """A realism as rows are sorted by it; empty for none, which stands last."""
    return sort_number(score.value)


def sort_number(value: float | None) -> str:
    """A number as rows are sorted by it; empty for none, which stands last."""
    return "" if value is None else f"{value:.6g}"


def told(found: Told | None) -> str:
    """In how many of 100 pairs a row is told from real; empty where that is not known."""
    return "" if found is None else f"{found.pairs:.0f} ± {found.error:.0f}"


def flags(row: TableRow, columns: Iterable[TestbedColumn]) -> list[str]:
    """The flags of a row, on whichever of the testbeds, each with where it is raised."""
    found: dict[str, list[str]] = {}
    for column in columns:
        standing = row.standings.get(column.key)
        for flag in () if standing is None else standing.flags:
            found.setdefault(flag, []).append(column.page.text)
    return [f"{flag} ({', '.join(where)})" for flag, where in found.items()]


def words(standing: ShownStanding) -> dict[str, str]:
    """A standing in words, for a table that a script makes."""
    score, rank = standing.score, standing.rank
    tied = f", tied with {', '.join(rank.tied)}" if rank.tied else ""
    place = rank.reason if rank.place is None else f"rank {rank.place} of {rank.of}{tied}"
    return {
        "score": " ".join(filter(None, (number(score), between(score)))) or score.reason,
        "rank": place if place != score.reason else "",
        "flags": "; ".join(standing.flags),
    }


def outline(histogram: Histogram, distribution: DrawnDistribution) -> str:
    """A histogram as a path of an SVG, from its foot and back to it."""
    highest = max(max(each.shares) for each in distribution.histograms) or 1.0
    step = WIDTH / len(histogram.shares)
    points = ["M10 120"]
    for place, share in enumerate(histogram.shares):
        height = round(120 - HEIGHT * share / highest, 1)
        points.append(f"V{height}H{round(10 + step * (place + 1), 1)}")
    return "".join(points) + "V120"


def line_of(who: str, row: str) -> str:
    """Which line of the palette something is drawn with, on the page of a row."""
    if who == row:
        return "row"
    return LINES.get(who, "row")


def curves_of(page: GeneratorPage, site: WholeSite) -> str:
    """Which curves a generator's page draws: JSON, for an attribute."""
    return json.dumps(
        {
            "name": seen(page.page.text),
            "testbeds": [
                {
                    "title": seen(each.column.page.text),
                    "row": each.data,
                    "real": curves_there(each.column.key, REFERENCE, site),
                    "gaussian": curves_there(each.column.key, GAUSSIAN, site),
                }
                for each in page.testbeds
                if each.data
            ],
        }
    )


def curves_there(key: str, name: str, site: WholeSite) -> str:
    """Place of a row's curves on the testbed of a key; empty where none are drawn."""
    place = data_place(key, name)
    return place if place in site.curves else ""


FILTERS: Mapping[str, Any] = MappingProxyType(
    {
        each.__name__: each
        for each in (
            bar_x,
            number,
            between,
            sort_key,
            sort_number,
            told,
            flags,
            outline,
            line_of,
            curves_of,
        )
    }
    | {"measure": formatting.measure}
)
"""By the name that templates know them by."""
