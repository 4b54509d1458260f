"""Cells that may stand on one board: measured the same way, each row in one version."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from synact_bench.core.errors import RecordError
from synact_bench.core.experiments import REAL
from synact_bench.metrics import metrics_for
from synact_bench.results.comparability import SHARED, board_facts, differences
from synact_bench.results.record import Record, Split
from synact_bench.results.store import Cell
from synact_bench.scoring import CellName

Cells = Mapping[CellName, Mapping[str, Cell]]
"""Cells by experiment and path, then by the name of their row."""


def arrange(cells: Iterable[Cell], *, required: Collection[str] = REAL) -> Cells:
    """Order cells by where they belong, after making sure that they can be compared.

    Raises:
        RecordError: there is no cell; two were measured differently, or the same one twice with
            different numbers; a required row is missing.
    """
    kept: dict[CellName, dict[str, Cell]] = {}
    facts: dict[str, tuple[object, Record]] = {}
    for cell in sorted(cells, key=lambda each: each.record.identity.stem):
        _agree(facts, cell.record)
        rows = kept.setdefault(cell.name, {})
        name = cell.record.identity.generator.name
        known = rows.setdefault(name, cell)
        if known is not cell and not _alike(known, cell):
            raise RecordError(
                "one cell is given twice with different numbers",
                where=f"{known.record.identity.stem} and {cell.record.identity.stem}",
                fix="leave one of the folders out",
            )
    if not kept:
        raise RecordError("there is no cell", where="the board", fix="run the benchmark first")
    _require(kept, required)
    return dict(sorted(kept.items()))


def by_testbed(cells: Iterable[Cell]) -> dict[str, list[Cell]]:
    """Cells of each testbed, by its name without a version, in the order in which they are met."""
    found: dict[str, list[Cell]] = {}
    for cell in cells:
        found.setdefault(cell.testbed, []).append(cell)
    return found


def _alike(first: Cell, second: Cell) -> bool:
    """Whether two cells of one row hold the same measurement, however they are stored."""
    return first.record.inspection == second.record.inspection and first.table == second.table


@dataclass(frozen=True)
class BoardSetting:
    """How every cell of a board was measured.

    What an identity has too is as in ``CellIdentity``.

    Attributes:
        split: where the seed comes from.
        tau: l2 that ends a plateau, activation units at the read hook.
        absolute_length: length of the absolute path, activation units at the write hook.
        experiments, paths, metrics: ``name@version`` of those measured or derived.
    """

    testbed: str
    testbed_digest: str
    preset: str
    bases: int
    refined: int
    points: int
    seed: int
    split: Split
    dtype: str
    engine: str
    design: str
    rules: str
    tau: float
    absolute_length: float
    experiments: tuple[str, ...]
    paths: tuple[str, ...]
    metrics: tuple[str, ...]

    @property
    def name(self) -> str:
        """Of the testbed, without its version."""
        return self.testbed.partition("@")[0]


def setting(cells: Cells) -> BoardSetting:
    """What arranged cells have in common."""
    records = [cell.record for rows in cells.values() for cell in rows.values()]
    identities = [record.identity for record in records]
    shared = {name: getattr(identities[0], name) for name in SHARED}
    return BoardSetting(
        **shared,
        split=records[0].split,
        **records[0].metric_facts.model_dump(),
        experiments=tuple(sorted({each.experiment for each in identities})),
        paths=tuple(sorted({each.path for each in identities})),
        metrics=tuple(
            sorted({each.identity for cell in cells for each in metrics_for(*cell).values()})
        ),
    )


def _agree(facts: dict[str, tuple[object, Record]], record: Record) -> None:
    """Compare a record with the first one that states the same fact."""
    stated = board_facts(record)
    known = {name: facts[name][0] for name in stated if name in facts}
    for fact, first, second in differences(known, stated, among=known):
        raise RecordError(
            f"{fact} is {first} in one and {second} in the other: they cannot be compared",
            where=f"{facts[fact][1].identity.stem} and {record.identity.stem}",
            fix="leave one of them out, or measure both the same way",
        )
    for fact in stated:
        facts.setdefault(fact, (stated[fact], record))


def _require(cells: Cells, required: Collection[str]) -> None:
    for name, rows in cells.items():
        lacking = [row for row in required if row not in rows]
        if lacking:
            raise RecordError(
                f"no cell of {', '.join(lacking)} to score the others with",
                where=f"{name.experiment}, {name.path} path",
                fix="measure it with the same testbed, preset and seed, or name its folder too",
            )
