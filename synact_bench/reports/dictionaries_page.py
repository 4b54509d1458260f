"""DICTIONARIES.md: the order of dictionaries as a page to read."""

from __future__ import annotations

from pathlib import Path

from synact_bench.reports import formatting
from synact_bench.reports.confidence import measured_how, nothing_read_off
from synact_bench.reports.dictionaries import RECONSTRUCTION, Dictionaries
from synact_bench.results.files import write_together
from synact_bench.scoring.decisions import Decision

PAGE, DATA = "DICTIONARIES.md", "dictionaries.json"

LEGEND = f"""\
- **median**: of the overall realism@2 of the compositions below: 1 = the model treats what is made
  of the dictionary's latents as it treats real activations of the same prompt; 0 = as it treats
  Gaussian samples. In brackets the 95 % interval over documents. Below 0 the tables show
  `1 / (1 - realism) - 1`, which is above -1. Empty if a composition has none.
- **rank**: 1 + the number of dictionaries that are significantly better (paired by document,
  Holm-adjusted). Dictionaries of one rank cannot be told apart.
- **{RECONSTRUCTION}**: overall realism of the dictionary's reconstructions of real activations.
  A control: no part of the median.
- **variance**, **L0**, **alive**: explained share of the train pool's variance, mean number of
  latents active on one of its activations, share of latents that are active on any. No part of
  the median.
- **flags**: compositions that break a rule of copying or collapse. They count in the median as they
  are, and keep the dictionary out of the ranking.

Below the table each pair of dictionaries: *ranks above* is a difference of medians that is
significant at the 5 % level, Holm-adjusted for all pairs; in brackets its 95 % interval, paired
over documents."""


def page(found: Dictionaries) -> str:
    """The whole page."""
    origins = [
        f"- {formatting.escape(row.name)}: {formatting.escape('; '.join(row.sae))}; "
        f"testbed {formatting.escape(row.testbed)}"
        for row in found.rows
    ]
    reasons = [
        f"- {formatting.escape(row.name)}: {formatting.escape(row.median.reason)}"
        for row in found.rows
        if row.median.reason is not None
    ]
    few = too_few(found)
    parts = [
        "# Dictionaries of one hook",
        measured_how(found.setting, found.documents, found.replicates),
        "" if few is None else f"**{few}.**",
        LEGEND,
        main_table(found),
        decided(found),
        confidence(found),
        *(["## Why a median is empty", "\n".join(reasons)] if reasons else []),
        "## By composition",
        "Overall realism@2 of each composing generator, as on the dictionary's own board.",
        composition_table(found),
        "## Where they come from",
        "\n".join(origins),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def too_few(found: Dictionaries) -> str | None:
    """What is said first where there are too few documents for a number."""
    return None if found.replicates else nothing_read_off(found.setting)


def main_table(found: Dictionaries) -> str:
    """Rank, median realism, and what is known of each dictionary beside it."""
    return formatting.listing(
        found.rows,
        {
            "rank": lambda row: formatting.rank(row.rank),
            "dictionary": lambda row: formatting.escape(row.name),
            "median ↑": lambda row: formatting.bounded(row.median),
            f"{RECONSTRUCTION} ↑": lambda row: formatting.bounded(row.reconstruction),
            "latents": lambda row: str(row.latents.d_sae),
            "L0": lambda row: formatting.measure(row.latents.l0),
            "variance": lambda row: formatting.measure(row.latents.explained_variance),
            "alive": lambda row: formatting.share(row.latents.alive),
            "flags": lambda row: ", ".join(map(formatting.escape, row.flags)),
        },
        left=2,
    )


def composition_table(found: Dictionaries) -> str:
    """Overall realism of every composition, a column each dictionary."""
    names = found.rows[0].compositions
    rows = []
    for name in names:
        cells = []
        for row in found.rows:
            flags = ", ".join(row.flags.get(name, ()))
            marked = f" ({formatting.escape(flags)})" if flags else ""
            cells.append(formatting.bounded(row.compositions[name]) + marked)
        rows.append([formatting.escape(name), *cells])
    headers = ["composition", *(formatting.escape(row.name) for row in found.rows)]
    return formatting.table(headers, rows, left=1)


def decided(found: Dictionaries) -> str:
    """Who ranks above whom, a line a pair; of pairs that cannot be told apart, what it would take.

    Empty where nothing is ranked.
    """
    lines = [f"- {decision_words(each)}" for each in found.decisions]
    left_out = [formatting.escape(row.name) for row in found.rows if row.rank is None]
    if lines and left_out:
        lines.append(f"- not compared, flagged or without a median: {', '.join(left_out)}")
    return "\n".join(lines)


def decision_words(pair: Decision) -> str:
    """One pair in a sentence, the difference with its 95 % interval, paired over documents."""
    higher, lower = formatting.escape(pair.higher), formatting.escape(pair.lower)
    shown = formatting.interval(pair.difference)
    if pair.decided:
        return f"**{higher} ranks above {lower}**, by {shown}"
    if pair.needed is None:
        return f"{higher} and {lower} cannot be told apart: {shown}"
    return (
        f"{higher} and {lower} cannot be told apart: {shown}; of a difference of this size about "
        f"{pair.needed:,} documents would tell, here are {pair.documents:,}"
    )


def confidence(found: Dictionaries) -> str:
    """How small a difference the ranking can see; empty where there is none to see."""
    if found.detectable is None:
        return ""
    return (
        "Two dictionaries compared alone are told apart with probability 0.8 if their medians "
        f"differ by {found.detectable:.2f}."
    )


def write(found: Dictionaries, folder: Path) -> Path:
    """Write the page and the numbers behind it; both or, on a full disk, neither.

    Returns:
        Where the page is.

    Raises:
        RecordError: the folder cannot be written.
    """
    contents = {DATA: found.to_json(), PAGE: page(found)}
    write_together({folder / name: content.encode() for name, content in contents.items()})
    return folder / PAGE
