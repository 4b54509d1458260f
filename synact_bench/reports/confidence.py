"""Confidence: what stands under a board, of how far its numbers carry."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from synact_bench.core.experiments import WRONG_PROMPT
from synact_bench.core.precision import LABELS
from synact_bench.core.tracks import Track
from synact_bench.reports import formatting
from synact_bench.reports.board import Board
from synact_bench.reports.comparable import BoardSetting
from synact_bench.reports.named_metrics import unknown_words
from synact_bench.scoring.resampling import FEWEST_DOCUMENTS

TOO_FEW = "it runs; nothing can be read off"

NOT_THOSE = "Named metrics of single paths, such as steps, are not those of float32."
"""Of boards in mixed precision."""


def too_few(board: Board) -> str | None:
    """What is said instead of any number where there are too few documents."""
    return None if board.replicates else nothing_read_off(board.setting)


def nothing_read_off(setting: BoardSetting) -> str:
    """That a run of so few documents shows that it runs, and no more."""
    return f"{setting.bases} prompts: {TOO_FEW}"


def measured_how(setting: BoardSetting, documents: int, replicates: int) -> str:
    """Of how many bases, documents and points numbers are, and where intervals come from."""
    few = f"No intervals and no ranks: {documents} documents are fewer than {FEWEST_DOCUMENTS}."
    intervals = f"Intervals from {replicates} resamplings of the documents."
    apart = "" if setting.dtype == "float32" else f" {NOT_THOSE}"
    return (
        f"Preset {formatting.escape(setting.preset)}: {setting.bases} bases of {documents} "
        f"documents x {setting.points} points, {setting.split} seed {setting.seed}, "
        f"{LABELS[setting.dtype]}. {intervals if replicates else few}{apart}"
    )


def confidence(board: Board, track: Track) -> str:
    """How small a difference one track's ranking can see, and whether its first place holds."""
    ranking = board.tracks[track]
    detectable, influence = ranking.overall.detectable, ranking.influence
    parts = [f"{track.capitalize()}:"]
    if detectable is not None:
        neighbours = "" if ranking.adjacent is None else f" ({ranking.adjacent:.2f} for neighbours)"
        parts.append(
            f"two rows compared alone are told apart with probability 0.8 if their realism differs "
            f"by {detectable:.2f}{neighbours}, {detectable:.0%} of the way from Gaussian to real."
        )
    if influence is not None:
        share = influence.documents / influence.of
        count = f"{influence.documents} of {influence.of} documents ({share:.0%})"
        first, *others = map(formatting.escape, (influence.first, *influence.overtaken_by))
        parts.append(
            f"Without the {count} that favour it most, the highest realism, that of {first}, "
            + (f"is passed by {', '.join(others)}." if others else "stays the highest.")
        )
    return " ".join(parts)


def scale_words(board: Board) -> str:
    """Gamma of each cell, from how many draws, and whether it is frozen."""
    if not board.scales:
        return ""
    shown = ", ".join(
        f"{scale.gamma:.3g} ± {scale.gamma_error:.2g} ({cell.experiment}, {cell.path})"
        for cell, scale in board.scales.items()
    )
    draws = sorted({scale.gaussians for scale in board.scales.values()})
    many = " or ".join(map(str, draws))
    noun = "draw" if draws == [1] else "draws"
    kind = "frozen with the testbed" if board.frozen else "measured from these cells and held fixed"
    return f"Scale: Gamma {shown}, from {many} {noun} of Gaussian samples, {kind}."


def wrong_prompt_words(board: Board) -> str:
    """What real curves on the wrong prompts score."""
    row = next((each for each in board.rows if each.name == WRONG_PROMPT), None)
    if row is None or row.realism.estimate is None:
        return ""
    return (
        f"Real curves on the wrong prompts ({WRONG_PROMPT}): "
        f"{formatting.give_or_take(row.realism)}; a score blind to the prompt would give 1."
    )


def marks(board: Board) -> str:
    """What the marks of a table say, of those that stand in it."""
    shown = board.rows
    words = []
    if any(row.score.test and row.score.test.indistinguishable for row in shown):
        words.append("≈ cannot be told from real.")
    if any(row.score.disagree for row in shown):
        words.append(
            "≠ parts lie on different sides of the Gaussian: the mean says little, read the parts."
        )
    return " ".join(words)


def facts(board: Board) -> Iterable[str]:
    """Every sentence under a board, one a line."""
    if not board.replicates:
        return []
    found = [confidence(board, track) for track in board.tracks]
    found += [scale_words(board), unknown_words(board), wrong_prompt_words(board), marks(board)]
    found += [f"Note: {board.no_event}." if board.no_event else ""]
    return [each for each in found if each]


def wrapped(lines: Iterable[str], width: int) -> str:
    """Lines for a terminal, none wider than ``width``."""
    wrap = textwrap.TextWrapper(width, subsequent_indent="  ", break_on_hyphens=False)
    return "\n".join("\n".join(wrap.wrap(line)) for line in lines)
