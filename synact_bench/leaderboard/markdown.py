"""LEADERBOARD.md: the board as a page to read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sized
from itertools import chain

from synact_bench.experiments import EXPERIMENTS
from synact_bench.leaderboard import text
from synact_bench.leaderboard.board import Board
from synact_bench.leaderboard.notes import empty_scores
from synact_bench.leaderboard.tables import (
    archive_table,
    card_table,
    inspection_table,
    main_table,
    metric_table,
    metrics_of,
    order_table,
    place_table,
    raw_table,
    reference_table,
    secondary_table,
)
from synact_bench.results.record import Track, own_text_mark
from synact_bench.scoring.influence import SHARE
from synact_bench.scoring.resampling import FEWEST_DOCUMENTS
from synact_bench.testbeds import spec

__all__ = ["confidence", "main_table", "page"]

LEGEND = """\
- **Realism**: 1 = the model treats the activations as it treats real ones; 0 = as it treats
  Gaussian samples; negative = worse than Gaussian. ↑ higher is better, ↓ lower is better.
  In brackets the 95 % interval over documents.
- **rank**: 1 + the number of rows of the same track that are significantly better overall (paired
  by document, Holm-adjusted). Rows of one rank cannot be told apart and stand by name.
- **overall**: mean of the four headline metrics, each averaged over its experiments and paths.
  A mean that lacks a part is empty; *Why a place is empty* says which part and why.
- **(control)**: a row whose place is known beforehand; never ranked.
- **track**: *unconditional* generators see only train activations. *Conditioned* ones are shown a
  real activation for each they make: in sensitivity the base, in plateau one of another document.
- **flags**: rules of copying and collapse that the row breaks. A flag keeps a row out of the
  ranking and never changes its score.
- **n**: paths in the row's smallest cell. **dropped**: pairs left out, over all cells, because
  base and target coincide or a base has no norm.
- **Not applicable**: the metric does not tell Gaussian samples from real ones on this testbed, and
  is no part of any mean."""

METRICS_BY = """\
Ranks of each metric alone, by the same rule: where they differ from the overall rank, the metrics
disagree about the order."""

ORDERS = """\
What a sound instrument must find. A board with a broken order is refused; *cannot be told* means
that the interval of the difference holds 0."""

PLACES = """\
*found* has the 95 % interval of each metric; *jointly* those that hold all metrics of a control at
once with 95 %, and decide whether the place is *kept*. For each such control a sound instrument
misses a place on one board of twenty: it is shown, not refused."""

INSPECTIONS = """\
Of the activations themselves, not of the model's answer; never part of a score. Thresholds are
calibrated on held-out real activations and stand in the records."""

ARCHIVE = """\
Measured with definitions, or in a version, that have changed since; not compared with the rows
above."""

RAW = """\
mean ± sd: over paths. KS: Kolmogorov-Smirnov distance from real. distance: Wasserstein-1 distance
from real in the metric's unit (of base-2 logarithms for `step_sharpness`); for `kl_curve_gap`, the
gap. floor: median and 95th percentile of the distance of real from real. percentile: share of that
floor below the row's distance; ≈: below its 95th percentile, indistinguishable from real. Gaussian:
distance of the Gaussian control. censored: share of paths without the event that the metric looks
for."""

REFERENCES = """\
Not ranked. Five draws of activations of other documents. Every row is compared with the first four
together; one of the five beside the other four makes a replicate of the noise floor. In plateau
they are transplanted into the prompt; the control `real-native` above is the prompt's own
activation, with nothing transplanted."""


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
        (confidence(board, track) for track in board.tracks),
        _notes(board),
        ["## By metric", METRICS_BY, metric_table(board)],
        (f"![{caption}]({place})" for place, caption in figures.items()),
        _section("## Controls", ORDERS, order_table(board), board.orders),
        _section("### Controls of known realism", PLACES, place_table(board), board.places),
        ["## Copying and collapse", INSPECTIONS, inspection_table(board)],
        ["## Real activations", REFERENCES, reference_table(board)],
        ["## Measured numbers", RAW],
        *([f"### {name.capitalize()}", raw_table(board, name)] for name in experiments),
        *(_secondary(board, name) for name in experiments),
        ["## Rows", card_table(board)],
        _section("## Archive", ARCHIVE, archive_table(board), board.archive),
        ["## How it was made", _origin(board)],
    )
    return "\n\n".join(parts) + "\n"


def _title(board: Board) -> str:
    setting = board.setting
    return (
        f"# Leaderboard: {text.escape(setting.testbed)}\n\n"
        f"Preset {text.escape(setting.preset)}: {setting.bases} bases of {board.documents} "
        f"documents x {setting.points} points, {setting.split} seed {setting.seed}, "
        f"{setting.dtype}. {_replicates(board)}"
    )


def _replicates(board: Board) -> str:
    if not board.replicates:
        return (
            f"No intervals and no ranks: {board.documents} documents are fewer than "
            f"{FEWEST_DOCUMENTS}."
        )
    return f"Intervals from {board.replicates} resamplings of the documents."


def confidence(board: Board, track: Track) -> str:
    """How small a difference one track's ranking can see, and whether its first place holds."""
    ranking = board.tracks[track]
    detectable, influence = ranking.overall.detectable, ranking.influence
    parts = [f"**{track.capitalize()}**:"]
    if len(ranking.overall.ranks) == 1:
        parts.append("one row, with none to compare it with.")
    if detectable is not None:
        parts.append(
            f"two rows compared alone are told apart with probability 0.8 if they differ by "
            f"{detectable:.2f} overall."
        )
    if influence is not None:
        documents = "document" if influence.documents == 1 else "documents"
        count = f"{influence.documents} {documents} ({SHARE:.0%}) that favour it most"
        overtaken = ", ".join(map(text.escape, influence.overtaken_by))
        parts.append(
            f"Without the {count}, the highest overall realism, that of "
            f"{text.escape(influence.first)}, "
            + (f"is passed by {overtaken}." if overtaken else "stays the highest.")
        )
    return " ".join(parts)


def _section(title: str, words: str, table: str, rows: Sized) -> Iterable[str]:
    return [title, words, table] if len(rows) else []


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
        **({} if _built_in(board) else {"Testbed": "a person's own, not one of this project"}),
        "Testbed digest": setting.testbed_digest,
        "Design": setting.design,
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


def _built_in(board: Board) -> bool:
    """Whether the testbed is one of this project, on whichever text."""
    name = board.setting.testbed.split("@")[0]
    marks = map(own_text_mark, board.origin.texts)
    return any(each in spec.catalog() for each in (name, *map(name.removesuffix, marks)))


def _command(board: Board) -> str:
    """What to type for these cells; whoever lacks a person's own text or testbed needs a copy."""
    setting = board.setting
    name, own_text = setting.testbed.split("@")[0], ""
    for each in board.origin.texts:
        if name.endswith(own_text_mark(each)):
            name, own_text = name.removesuffix(own_text_mark(each)), " --text <your text>"
    if not _built_in(board):
        name = f"runs/{name}/testbed.toml"
    command = f"synact-bench run --testbed {name} --preset {setting.preset}"
    command += " --official" if setting.split == "official" else f" --seed {setting.seed}"
    command += " --dense" if setting.engine.startswith("dense@") else ""
    command += "" if setting.dtype == "float32" else f" --precision {setting.dtype}"
    return " ".join((command + own_text).split())
