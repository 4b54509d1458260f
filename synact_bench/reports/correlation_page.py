"""CONVENTIONAL.md: whether realism predicts what else is reported, as a page to read."""

from __future__ import annotations

from collections.abc import Iterable

from synact_bench.core.conventional import MEASURES
from synact_bench.reports import formatting
from synact_bench.reports.correlation import Among, Correlation, Correlations

PAGE, DATA = "CONVENTIONAL.md", "conventional.json"

WORDS = """\
Spearman's rank correlation of overall realism@2 with what the field reports of the same
activations: 1 where both call the same rows better, -1 where they call opposite ones better, 0
where there is no relation. In brackets its 95 % interval over rows, and on how many it stands.
*pooled*: over the places that rows have within each testbed; a drawn row brings those of all
testbeds. Rows that share a method are not independent: an interval is narrower than it would be for
methods that nobody has tried yet. KL at full substitution is also one of the points whose likeness
with real makes realism: there, moving the model too little counts as much as moving it too far."""

DEFINITIONS = "\n".join(f"- **{each.title}**: {each.definition}." for each in MEASURES.values())

TITLES: dict[Among, str] = {
    "all": "## All rows, controls among them",
    "methods": "## Methods alone",
}


def contents(found: Correlations) -> dict[str, bytes]:
    """The page and its numbers, by name of the file."""
    return {PAGE: page(found).encode(), DATA: found.to_json().encode()}


def page(found: Correlations) -> str:
    """The whole page, in Markdown."""
    parts = ["# Does realism predict what else is reported?", _settings(found), WORDS, DEFINITIONS]
    for among, title in TITLES.items():
        parts += [title, table(found, among), *_reasons(found, among)]
    return "\n\n".join(parts) + "\n"


def table(found: Correlations, among: Among) -> str:
    """A measure a row, a testbed a column, and all of them pooled last."""
    columns = [*(own[among] for own in found.by_testbed.values()), found.pooled[among]]
    rows = [
        [each.title, each.arrow, *(_shown(column[name]) for column in columns)]
        for name, each in MEASURES.items()
        if any(column[name].rows for column in columns)
    ]
    names = map(formatting.escape, found.by_testbed)
    return formatting.table(["measure", "better", *names, "pooled"], rows, left=2)


def _settings(found: Correlations) -> str:
    return "\n".join(
        f"- {formatting.escape(each.testbed)}: preset {formatting.escape(each.preset)}, "
        f"{each.bases} bases, {each.split} seed {each.seed}."
        for each in found.settings
    )


def _shown(found: Correlation) -> str:
    return f"{formatting.interval(found.rho)} ({found.rows})" if found.rho is not None else ""


def _reasons(found: Correlations, among: Among) -> Iterable[str]:
    reasons = [
        f"- {formatting.escape(testbed)}, {MEASURES[name].title}: {each.reason}."
        for testbed, own in found.by_testbed.items()
        for name, each in own[among].items()
        if each.reason is not None and found.pooled[among][name].rows
    ]
    return ["\n".join(reasons)] if reasons else []
