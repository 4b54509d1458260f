"""Text: numbers, names and tables as they stand on every page of the board."""

from __future__ import annotations

import html
import re
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from tabulate import tabulate

from synact_bench.core.printable import printable
from synact_bench.scoring import Estimate, Realism
from synact_bench.scoring.departure import displayed

STARTS = re.compile(r" (?=[-#>+=|~:*_`]|[0-9]+[.)])")
"""Space before what Markdown could take for markup at the start of a line."""
MARKUP = re.compile(r"([\\`*_\[\]|~$])")
"""Characters that Markdown could take for markup inside a table."""


def escape(text: str) -> str:
    """``text`` on one line, shown as it is: no markup, no HTML, no character that is not seen."""
    return MARKUP.sub(r"\\\1", html.escape(printable(text), quote=False))


def folded(lines: Iterable[str], width: int) -> str:
    """Lines of Markdown, folded to ``width`` where words allow; what they show stays the same.

    No fold begins with what Markdown takes for a heading, a list, a quotation or a rule there.
    """
    wrap = textwrap.TextWrapper(
        width, subsequent_indent="  ", break_on_hyphens=False, break_long_words=False
    )
    glued = (STARTS.sub("\0", line) for line in lines)
    return "\n".join("\n".join(wrap.wrap(line)) for line in glued).replace("\0", " ")


def score(value: float | None) -> str:
    """A realism, two decimals; empty for None."""
    return "" if value is None else f"{round(value, 2) + 0.0:.2f}"


def interval(estimate: Estimate | None) -> str:
    """A realism with its 95 % interval, two decimals; empty for None."""
    if estimate is None:
        return ""
    return " ".join(filter(None, (score(estimate.value), between(estimate.interval))))


def between(ends: tuple[float, float] | None) -> str:
    """The ends of an interval of realism, two decimals; empty for None."""
    return "" if ends is None else f"[{score(ends[0])}, {score(ends[1])}]"


def bounded(realism: Realism | None) -> str:
    """A realism@2 with its 95 % interval, above -1 for display; empty where there is none."""
    return " ".join(filter(None, (bounded_value(realism), between(bounded_ends(realism)))))


def bounded_ends(realism: Realism | None) -> tuple[float, float] | None:
    """The ends of its interval, likewise; None where there is none."""
    ends = realism.estimate.interval if realism and realism.estimate else None
    return None if ends is None else (displayed(ends[0]), displayed(ends[1]))


def bounded_value(realism: Realism | None) -> str:
    """The same without its interval."""
    value = None if realism is None else realism.value
    return "" if value is None else score(displayed(value))


def give_or_take(realism: Realism | None) -> str:
    """``value ± half the width of its 95 % interval``, both as displayed; empty without one."""
    ends, value = bounded_ends(realism), bounded_value(realism)
    return value if ends is None else f"{value} ± {score((ends[1] - ends[0]) / 2)}"


def measured(estimate: Estimate | None) -> str:
    """A measured number with its 95 % interval, three significant digits; empty for None."""
    if estimate is None:
        return ""
    ends = estimate.interval
    shown = measure(estimate.value)
    return shown if ends is None else f"{shown} [{measure(ends[0])}, {measure(ends[1])}]"


def measure(value: float | None) -> str:
    """A measured number, three significant digits; empty for None."""
    if value is None:
        return ""
    return f"{value:#.3g}".rstrip(".") if value else "0.00"


def spread(mean: float | None, sd: float | None) -> str:
    """``mean ± sd`` to the same decimal, or the mean alone; empty for None."""
    shown = measure(mean)
    if mean is None or sd is None:
        return shown
    if "e" in shown:
        return f"{shown} ± {measure(sd)}"
    decimals = len(shown.partition(".")[2])
    return f"{shown} ± {sd:.{decimals}f}"


def rank(value: int | None) -> str:
    """A rank; empty for None."""
    return "" if value is None else str(value)


def share(value: float | None) -> str:
    """A share in whole percent, ``<1 %`` for a small one; empty for None."""
    if value is None:
        return ""
    return "<1 %" if 0 < value < 0.005 else f"{100 * value:.0f} %"


def codes(names: Iterable[str]) -> str:
    """Names as code, with commas between them."""
    return ", ".join(f"`{name}`" for name in names)


def cut(text: str, width: int) -> str:
    """``text`` on one line of at most ``width`` characters, an ellipsis for what is left out."""
    line = " ".join(text.split())
    return line if len(line) <= width else line[: width - 1] + "…"


Item = TypeVar("Item")


def listing(
    items: Iterable[Item], columns: Mapping[str, Callable[[Item], str]], *, left: int
) -> str:
    """A table with a row for each item: under a header stands what its function gives."""
    rows = [[cell(each) for cell in columns.values()] for each in items]
    return table(list(columns), rows, left=left)


def table(
    headers: Sequence[str], rows: Iterable[Sequence[str]], *, left: int, style: str = "github"
) -> str:
    """A table, of GitHub by default; its first ``left`` columns are words, the rest numbers."""
    align = ["left"] * left + ["right"] * (len(headers) - left)
    body = [list(row) for row in rows]
    text: str = tabulate(
        body, headers=list(headers), tablefmt=style, disable_numparse=True, colalign=align
    )
    return text
