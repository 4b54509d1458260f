"""RECONSTRUCTIONS.md: the board of reconstructions as a page, and as a terminal shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from types import MappingProxyType

from synact_bench.core.conventional import MEASURES
from synact_bench.reports import formatting
from synact_bench.reports.confidence import measured_how, nothing_read_off, wrapped
from synact_bench.reports.conventional_table import reported
from synact_bench.reports.reconstructions import (
    BESIDE,
    MULTIPLES,
    RANKED_BY,
    ReconstructionBoard,
    ReconstructionRow,
)
from synact_bench.scoring import Estimate

PAGE, SCORES = "RECONSTRUCTIONS.md", "reconstructions.json"
NAME = "reconstruction"
"""Header of the column that names a row."""
WIDTH = 100
"""Characters of the widest line in a terminal, tables apart."""
DIRECTIONS: Mapping[str, str] = MappingProxyType(
    {
        "covariance": "a random direction of their covariance",
        "isotropic": "an isotropic one",
        "real": "the way to a real activation",
    }
)
READING = f"""\
Of each base the path runs through its reconstruction to {MULTIPLES[-1]:g} times the error, and as
far in three other directions: a random one with the covariance of real activations, an isotropic
one, and that of a real activation of another document. All numbers are of the same bases, with 95 %
intervals over documents.

- **error**: median length, in % of the median distance between two real activations.
- **KL**: mean at the reconstruction, in nats. ↓ lower is better.
- **excess**: how many times as much KL as an equally long step in the other direction gives, as the
  ratio of geometric means. Above 1 the error is worse than such a step; rows are ranked by it
  beside *{RANKED_BY}* ↓.
- **plateau**: how far one gets toward the reconstruction before the output has left its plateau
  (l2 above tau), over how far in the other direction, ratio of means. ↑ below 1 the plateau is
  left sooner.
- **Δ loss**: rise of the loss of the true next token with the reconstruction in place of the
  activation, in nats; **CE recovered**: 1 costs nothing, 0 as much as the mean activation.
- **rank**: 1 + the number of reconstructions that are significantly better (paired by document,
  Holm-adjusted). They are ranked among themselves alone and have no realism.

To be near the base is what a reconstruction is for: no rule of copying is tried in this track, and
whoever returns the base itself has no error to ask about. Only collapse is looked for, and a row
that breaks that rule is not ranked. A rank says how harmful an error is for its length, not how
short it is: read it beside *error* and *KL*."""

Shown = Callable[[ReconstructionRow], str]


def times(estimate: Estimate | None) -> str:
    """A mean log2 ratio as a factor with its 95 % interval; empty for None."""
    if estimate is None:
        return ""
    shown, ends = formatting.measure(2**estimate.value), estimate.interval
    if ends is None:
        return shown
    return f"{shown} [{formatting.measure(2 ** ends[0])}, {formatting.measure(2 ** ends[1])}]"


def _excess(direction: str, row: ReconstructionRow) -> str:
    return times(row.excess.get(direction))


def _plateau(direction: str, row: ReconstructionRow) -> str:
    return formatting.measured(row.plateau.get(direction))


def _error(row: ReconstructionRow) -> str:
    return "" if row.error is None else f"{100 * row.error:.3g} %"


def _reported(measure: str, row: ReconstructionRow) -> str:
    return "" if row.conventional is None else reported(getattr(row.conventional, measure))


COLUMNS: Mapping[str, Shown] = MappingProxyType(
    {
        "rank": lambda row: formatting.rank(row.ranks.get("excess")),
        NAME: lambda row: formatting.escape(row.name),
        "n": lambda row: str(row.n),
        "error": _error,
        "KL ↓": lambda row: formatting.measured(row.kl),
        **{f"excess: {each} ↓": partial(_excess, each) for each in BESIDE},
        f"plateau: {RANKED_BY} ↑": partial(_plateau, RANKED_BY),
        **{
            f"{MEASURES[each].title} {MEASURES[each].arrow}": partial(_reported, each)
            for each in ("delta_loss", "ce_recovered")
        },
    }
)
NARROW = ("rank", NAME, "error", "KL ↓", *(f"excess: {each} ↓" for each in BESIDE))
"""Columns for a terminal."""


def page(board: ReconstructionBoard) -> str:
    """The whole page."""
    few = too_few(board)
    parts = [
        f"# Reconstructions: {formatting.escape(board.setting.testbed)}",
        measured_how(board.setting, board.documents, board.replicates),
    ]
    if few is not None:
        parts += [f"**{few}.**", _ran(board)]
    else:
        parts += [
            "\n".join(f"- {formatting.escape(line)}" for line in verdicts(board)),
            READING,
            formatting.listing(board.rows, COLUMNS, left=2),
            _notes(board),
            f"## Along the path\n\nExcess beside *{RANKED_BY}* at multiples of the error.",
            formatting.listing(board.rows, along_columns(), left=1),
            "## Plateau kept",
            formatting.listing(board.rows, plateau_columns(), left=1),
        ]
    parts += ["## Rows", formatting.listing(board.rows, CARDS, left=5), _origin(board)]
    return "\n\n".join(part for part in parts if part) + "\n"


def contents(board: ReconstructionBoard) -> dict[str, bytes]:
    """The page and the numbers behind it, by file name."""
    return {PAGE: page(board).encode(), SCORES: board.to_json().encode()}


def printed(board: ReconstructionBoard) -> str:
    """What a terminal shows: verdicts, then the table, then why rows are not ranked."""
    few = too_few(board)
    if few is not None:
        return f"{few}\n\n{_ran(board)}"
    shown = {name: COLUMNS[name] for name in NARROW}
    rows = [[cell(row) for cell in shown.values()] for row in board.rows]
    table = formatting.table(list(shown), rows, left=2, style="simple")
    parts = [wrapped(verdicts(board), WIDTH), table, _notes(board)]
    return "\n\n".join(part for part in parts if part)


def too_few(board: ReconstructionBoard) -> str | None:
    """What is said instead of any number where there are too few documents."""
    return None if board.replicates else nothing_read_off(board.setting)


def verdicts(board: ReconstructionBoard) -> Iterator[str]:
    """A line a row: what its error does, beside what as long a step elsewhere does."""
    for row in board.rows:
        if row.error is None:
            yield f"{row.name}: no error, every reconstruction coincides with its base."
            continue
        said = (
            f"{_compared(row.excess[direction])} {words}" for direction, words in DIRECTIONS.items()
        )
        yield (
            f"{row.name}: its error ({_error(row)} of the distance between activations) changes "
            f"the output {', '.join(said)} of the same length."
        )


def _compared(excess: Estimate) -> str:
    ends, factor = excess.interval, formatting.measure(2**excess.value)
    if ends is None or ends[0] <= 0 <= ends[1]:
        return f"not tellingly more or less ({factor} times) than"
    return f"{'more' if excess.value > 0 else 'less'} ({factor} times) than"


def along_columns() -> dict[str, Shown]:
    """Excess beside the direction that rows are ranked by, at each multiple of the error."""

    def at(multiple: str, row: ReconstructionRow) -> str:
        return times(row.along[RANKED_BY][multiple]) if row.along else ""

    own = (f"{each:g}" for each in MULTIPLES)
    return {NAME: _name, **{f"{each}x": partial(at, each) for each in own}}


def plateau_columns() -> dict[str, Shown]:
    """Plateau kept, beside each direction."""
    return {NAME: _name, **{each: partial(_plateau, each) for each in BESIDE}}


def _name(row: ReconstructionRow) -> str:
    return formatting.escape(row.name)


CARDS: Mapping[str, Shown] = MappingProxyType(
    {
        NAME: _name,
        "version": lambda row: formatting.escape(row.identity.version),
        "authors": lambda row: formatting.escape(", ".join(row.card.authors)),
        "reference": lambda row: formatting.escape(row.card.reference),
        "how": lambda row: formatting.escape(row.card.summary),
        "numbers kept": lambda row: "" if row.kept is None else str(row.kept),
        "rank by KL": lambda row: formatting.rank(row.ranks.get("kl")),
        "rank by plateau": lambda row: formatting.rank(row.ranks.get("plateau")),
    }
)


def _ran(board: ReconstructionBoard) -> str:
    columns: dict[str, Shown] = {
        NAME: _name,
        "n": lambda row: str(row.n),
        "dropped": lambda row: str(row.dropped),
    }
    return formatting.listing(board.rows, columns, left=1)


def _notes(board: ReconstructionBoard) -> str:
    return "\n".join(f"- {formatting.escape(line)}" for line in notes(board))


def notes(board: ReconstructionBoard) -> Iterator[str]:
    """Why rows have no rank, and of which bases are left out."""
    for row in board.rows:
        if row.unranked:
            yield f"{row.name} is not ranked: {row.unranked}."
    for row in board.rows:
        if row.dropped and row.n:
            yield f"{row.name}: {row.dropped} bases are left out, whose reconstruction is the base."


def _origin(board: ReconstructionBoard) -> str:
    return "## How it was made\n\n" + "\n".join(
        f"- {fact}: {formatting.escape(value)}" for fact, value in facts(board)
    )


def facts(board: ReconstructionBoard) -> Iterable[tuple[str, str]]:
    """With what the board was measured."""
    setting = board.setting
    return (
        ("Model", "; ".join(board.origin.models)),
        ("SAE", "; ".join(board.origin.saes)),
        ("Text", "; ".join(board.origin.texts)),
        ("Testbed digest", setting.testbed_digest),
        ("Experiments", ", ".join(setting.experiments)),
        ("Paths", ", ".join(setting.paths)),
        ("Engine", setting.engine),
        ("Facts", f"tau {setting.tau:g}, absolute length {setting.absolute_length:g}"),
        ("Machine", "; ".join(board.origin.machines)),
        ("Commit", "; ".join(board.origin.commits) or "not known"),
    )
