"""Named metrics: what stands under a board of those that decide nothing there, and why."""

from __future__ import annotations

from synact_bench.core.experiments import PRESETS
from synact_bench.metrics import metrics_for
from synact_bench.reports import formatting
from synact_bench.reports.board import Board, BoardRow
from synact_bench.scoring import MetricScore
from synact_bench.scoring.resampling import FEWEST_DOCUMENTS
from synact_bench.testbeds.scale import MetricScale


def unknown_words(board: Board) -> str:
    """Of which metrics it is not known whether they apply; empty where it is known of all."""
    unknown = board.applicability.unknown
    if not unknown:
        return ""
    measured = {name for cell in board.scales for name in metrics_for(*cell)}
    which = "the named metrics" if {*unknown} >= measured else ", ".join(unknown)
    return (
        f"No frozen scale of {which} stands in these records: they are used whether or not they "
        "tell even Gaussian samples from real on this testbed."
    )


def undecided(board: Board) -> list[str]:
    """A line for each reason why metrics have neither rank nor word in a verdict."""
    few, none_decides = _few_documents(board)
    if none_decides:  # whether they could decide anything on this testbed is then no matter
        return [few]
    return [line for line in (few, _inapplicable(board)) if line]


def _few_documents(board: Board) -> tuple[str, bool]:
    """Whose metrics are of too few documents, in words, and whether those of every row are."""
    measured = {row.name: found for row in board.rows if (found := _distances(row))}
    lacking = [name for name, found in measured.items() if not all(one.enough for one in found)]
    if not lacking:
        return "", False
    setting = board.setting
    every = len(lacking) == len(measured)
    whose = "" if every else f" of {', '.join(lacking)}"
    return (
        f"Named metrics{whose} are of fewer than {FEWEST_DOCUMENTS} documents, for they come from "
        f"the refined bases alone, {setting.refined} of {setting.bases}: distances without "
        f"interval or rank, and no word in a verdict. {_advice(setting.refined)}",
        every,
    )


def _distances(row: BoardRow) -> list[MetricScore]:
    scores = (one for each in row.metrics.values() for one in each.values())
    return [one for one in scores if one.distance is not None]


def _advice(refined: int) -> str:
    """What gives more documents: the smallest preset that refines enough bases, or more text."""
    for preset in PRESETS.values():
        if preset.refined >= FEWEST_DOCUMENTS and preset.refined > refined:
            return f"For them measure with --preset {preset.name}, which refines {preset.refined}."
    return "For them give a text of more documents."


def _inapplicable(board: Board) -> str:
    found: dict[str, list[str]] = {}
    for cell, scales in board.applicability.inapplicable.items():
        for name, scale in scales.items():
            found.setdefault(name, []).append(_numbers("/".join(cell), scale))
    if not found:
        return ""
    shown = ", ".join(f"{name} ({'; '.join(places)})" for name, places in found.items())
    return (
        "Not applicable on this testbed, where even Gaussian samples cannot be told from real by "
        f"them: {shown}. No row is ranked by them, and no verdict speaks of them there."
    )


def _numbers(place: str, scale: MetricScale) -> str:
    gaussian, upper = formatting.measure(scale.gaussian), formatting.measure(scale.floor_upper)
    return f"{place}: Gaussian samples {gaussian} from real, real up to {upper} from itself"
