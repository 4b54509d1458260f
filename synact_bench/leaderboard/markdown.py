"""LEADERBOARD.md: the board as a page to read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain

from synact_bench.experiments import ADAPTIVE, EXPERIMENTS
from synact_bench.leaderboard import text
from synact_bench.leaderboard.board import Board
from synact_bench.leaderboard.notes import empty_scores
from synact_bench.leaderboard.tables import (
    card_table,
    main_table,
    metrics_of,
    raw_table,
    reference_table,
    secondary_table,
)
from synact_bench.results.record import own_text_mark

__all__ = ["main_table", "page"]

LEGEND = """\
- **Realism**: 1 = the model treats the activations as it treats real ones; 0 = as it treats
  Gaussian samples; negative = worse than Gaussian. ↑ higher is better, ↓ lower is better.
- **overall**: mean of the four headline metrics, each averaged over its experiments and paths.
  A mean that lacks a part is empty; *Why a place is empty* says which part and why.
- **(control)**: a row whose place is known beforehand. `gaussian` is 0 by definition.
- **track**: *unconditional* generators see only train activations. *Conditioned* ones are shown a
  real activation for each they make: in sensitivity the base, in plateau one of another document.
- **n**: paths in the row's smallest cell. **dropped**: pairs left out, over all cells, because
  base and target coincide."""

RAW = """\
mean ± sd: over paths. KS: Kolmogorov-Smirnov distance from real. distance: Wasserstein-1 distance
from real in the metric's unit; for `kl_curve_gap`, the gap. floor, Gaussian: the same distance for
a second draw of real activations and for the Gaussian. censored: share of paths without the event
that the metric looks for."""

REFERENCES = """\
Not ranked. `real` is what every row is compared with: activations of other documents.
`real-floor` is a second draw of them. In plateau both are transplanted into the prompt;
`real-native` is the prompt's own activation, with nothing transplanted."""


def page(board: Board, figures: Mapping[str, str]) -> str:
    """The whole page.

    Args:
        board: what to show.
        figures: caption by the figure's place, relative to the page.
    """
    measured = {name.split("@")[0] for name in board.setting.experiments}
    experiments = [name for name in EXPERIMENTS if name in measured]
    parts = chain(
        [_title(board), LEGEND, main_table(board)],
        _notes(board),
        (f"![{caption}]({place})" for place, caption in figures.items()),
        ["## Real activations", REFERENCES, reference_table(board)],
        ["## Measured numbers", RAW],
        *([f"### {name.capitalize()}", raw_table(board, name)] for name in experiments),
        *(_secondary(board, name) for name in experiments),
        ["## Rows", card_table(board)],
        ["## How it was made", _origin(board)],
    )
    return "\n\n".join(parts) + "\n"


def _title(board: Board) -> str:
    setting = board.setting
    return (
        f"# Leaderboard: {text.escape(setting.testbed)}\n\n"
        f"Preset {text.escape(setting.preset)}: {setting.bases} bases x {setting.points} points, "
        f"seed {setting.seed}, {setting.dtype}."
    )


def _notes(board: Board) -> Iterable[str]:
    lines = empty_scores(board)
    return ["### Why a place is empty", "\n".join(lines)] if lines else []


def _secondary(board: Board, experiment: str) -> Iterable[str]:
    if not metrics_of("secondary", experiment):
        return []
    title = f"## Secondary metrics: {experiment}"
    return [title, "mean ± sd over paths (realism).", secondary_table(board, experiment)]


def _origin(board: Board) -> str:
    setting, origin = board.setting, board.origin
    versions = (f"{name} {' or '.join(each)}" for name, each in origin.versions.items())
    facts = {
        "Model": "; ".join(origin.models),
        "SAE": "; ".join(origin.saes),
        "Text": "; ".join(origin.texts),
        "Testbed digest": setting.testbed_digest,
        "Trial digest": setting.trial,
        "Facts": f"tau {setting.tau:g}, absolute length {setting.absolute_length:g}",
        "Experiments": ", ".join(setting.experiments),
        "Paths": ", ".join(setting.paths),
        "Metrics": ", ".join(setting.metrics),
        "Engine": setting.engine,
        "Versions": ", ".join(versions),
        "Machine": "; ".join(origin.machines),
        "Commit": "; ".join(origin.commits) or "not known",
    }
    lines = (f"- {fact}: {text.escape(value)}" for fact, value in facts.items())
    return f"    {_command(board)}\n\n" + "\n".join(lines)


def _command(board: Board) -> str:
    """What to type for these cells; whoever has no copy of the text must give another."""
    setting = board.setting
    name, own_text = setting.testbed.split("@")[0], ""
    for each in board.origin.texts:
        if name.endswith(own_text_mark(each)):
            name, own_text = name.removesuffix(own_text_mark(each)), " --text <your text>"
    command = f"synact-bench run --testbed {name} --preset {setting.preset} --seed {setting.seed}"
    command += "" if setting.engine == ADAPTIVE else " --dense"
    command += "" if setting.dtype == "float32" else f" --precision {setting.dtype}"
    return " ".join((command + own_text).split())
