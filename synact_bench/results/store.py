"""A folder of cells: one JSON record and one Parquet table each."""

from __future__ import annotations

import contextlib
import hashlib
import io
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from synact_bench.core.errors import RecordError
from synact_bench.core.untrusted import places
from synact_bench.core.untrusted.faults import fault
from synact_bench.metrics import Event, MetricSettings, metrics_for
from synact_bench.results import migrate, parquet, record_file
from synact_bench.results.files import write_atomically, write_together
from synact_bench.results.record import CellIdentity, Record
from synact_bench.results.record_file import DamagedError
from synact_bench.results.table import CellTable, from_arrow, to_arrow
from synact_bench.scoring import CellName, Sample
from synact_bench.scoring.sample import measure
from synact_bench.testbeds.scale import ScaleFacts

OLDER = "older"
"""Folder, within one of a run, of cells that a newer measurement of the same takes the place of."""


@dataclass(frozen=True, eq=False)
class Cell:
    """A record and its table: what was measured. Everything else is derived from it."""

    record: Record
    table: CellTable

    @property
    def name(self) -> CellName:
        """Its experiment and path, without their versions."""
        return self.record.identity.cell

    @property
    def testbed(self) -> str:
        """Name of its testbed, without a version."""
        return self.record.identity.testbed.partition("@")[0]

    @cached_property
    def sample(self) -> Sample:
        """The numbers of every metric that is defined on it, computed from its whole curves.

        Raises:
            RecordError: its curves are none.
        """
        whole = self.table.where(self.table.base < self.record.identity.refined)
        try:
            return measure(
                whole.curves,
                bases=whole.base,
                documents=whole.document,
                metrics=metrics_for(*self.name),
                settings=MetricSettings(**self.record.metric_facts.model_dump()),
            )
        except ValueError as error:
            raise DamagedError(str(error), where=self.record.identity.stem) from error


def encode(table: CellTable) -> bytes:
    """Parquet bytes: equal tables give equal bytes with the same pyarrow."""
    buffer = io.BytesIO()
    pq.write_table(to_arrow(table), buffer, compression="zstd", compression_level=9)
    return buffer.getvalue()


class Store:
    """Cells in one folder.

    Args:
        folder: made when the first cell is written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def refuse_unwritable(self) -> None:
        """Refuse a folder that nothing can be written to, before anything is measured for it.

        Raises:
            RecordError: it cannot be made or written.
        """
        there = next(each for each in (self.folder, *self.folder.parents) if each.exists())
        try:
            with tempfile.TemporaryFile(dir=there):
                pass
        except OSError as error:
            raise RecordError(
                f"no cell could be kept there: {error.strerror}",
                where=str(self.folder),
                fix="make it writable, or name another folder with --runs",
            ) from error

    def write(self, record: Record, table: bytes) -> None:
        """Store a cell: the table first, so that a record never lacks it.

        Raises:
            RecordError: the folder cannot be written; an older cell of that name is kept.
        """
        stem = record.identity.stem
        write_together(
            {
                places.inside(self.folder, f"{stem}.parquet"): table,
                places.inside(self.folder, f"{stem}.json"): record_file.dumps(record),
            }
        )

    def found(self, identity: CellIdentity) -> Cell | None:
        """The whole, unaltered cell of exactly this identity; None if it is not stored.

        Raises:
            RecordError: its record was written by a newer version of the schema.
        """
        found = self._looked_up(identity)
        return found if isinstance(found, Cell) else None

    def damage(self, identity: CellIdentity) -> DamagedError | None:
        """What is wrong with the files of a cell that are there, and are not found for that.

        Raises:
            RecordError: as ``found``.
        """
        found = self._looked_up(identity)
        return found if isinstance(found, DamagedError) else None

    def _looked_up(self, identity: CellIdentity) -> Cell | DamagedError | None:
        path = self.folder / f"{identity.stem}.json"
        if not path.exists():
            return None
        try:
            cell = self.read(path)
        except DamagedError as error:
            return error
        return cell if cell.record.identity == identity else None

    def holds(self, identity: CellIdentity, *, events: Collection[Event]) -> bool:
        """Whether such a cell is stored, its points chosen for these events at least.

        Raises:
            RecordError: as ``found``.
        """
        cell = self.found(identity)
        return cell is not None and (not cell.record.events or {*events} <= {*cell.record.events})

    def restate(self, identity: CellIdentity, scale: ScaleFacts | None) -> None:
        """State a frozen scale in a stored cell's record; what was measured stays.

        Raises:
            RecordError: there is no such cell, or it is damaged, or the folder cannot be written.
        """
        path = self.folder / f"{identity.stem}.json"
        record = record_file.read(path)
        if record.scale != scale:
            stated = record.model_copy(update={"scale": scale})
            write_atomically(path, record_file.dumps(stated))

    def bring_up_to_date(self) -> int:
        """Write every cell of an older schema again as one of the current; how many there were.

        The old files are removed once the new ones are safely there. Where a cell of the same
        identity is stored already, or several older ones have become one, the newest is kept and
        the others' files are moved to the folder ``older``. Damaged cells are left.

        Raises:
            RecordError: a record was written by a newer version of the schema, or the folder cannot
                be written.
        """
        older = self._older()
        for path, cell in older:
            files = (path, path.with_suffix(".parquet"))
            if self.found(cell.record.identity) is not None:
                self._set_aside(path)
                continue
            content = encode(cell.table)
            checksum = hashlib.sha256(content).hexdigest()
            self.write(cell.record.model_copy(update={"table_sha256": checksum}), content)
            for each in files:
                each.unlink(missing_ok=True)
        return len(older)

    def set_aside(self, engine: str) -> int:
        """Move cells that another version of an engine measured to the folder ``older``.

        Those of engines of other names stay, and so do damaged cells.

        Args:
            engine: ``name@version`` of the one whose cells stay.

        Returns:
            How many there were.

        Raises:
            RecordError: a record was written by a newer version of the schema.
        """
        name, others = engine.partition("@")[0], []
        for path in sorted(self.folder.glob("*--*.json")):
            with contextlib.suppress(DamagedError):
                own = record_file.read(path).identity.engine
                if own != engine and own.partition("@")[0] == name:
                    others.append(path)
        for path in others:
            self._set_aside(path)
        return len(others)

    def _set_aside(self, path: Path) -> None:
        """Move a record and its table to the folder ``older``."""
        (self.folder / OLDER).mkdir(exist_ok=True)
        for each in (path, path.with_suffix(".parquet")):
            # Another run may bring the same folder up to date.
            with contextlib.suppress(FileNotFoundError):
                each.replace(self.folder / OLDER / each.name)

    def _older(self) -> list[tuple[Path, Cell]]:
        """Whole cells of an older schema, the newest measured first."""
        found = []
        for path in sorted(self.folder.glob("*--*.json")):
            with contextlib.suppress(DamagedError):
                if path.stem != record_file.read(path).identity.stem:
                    found.append((path, self.read(path)))
        return sorted(found, key=lambda each: each[1].record.provenance.created, reverse=True)

    def cell(self, identity: CellIdentity) -> Cell:
        """The stored cell of an identity.

        Raises:
            RecordError: there is none, or it is damaged or newer.
        """
        return self.read(self.folder / f"{identity.stem}.json")

    def cells(self) -> Iterator[Cell]:
        """All stored cells, in the order of their names.

        Raises:
            RecordError: one of them is damaged or newer.
        """
        for path in sorted(self.folder.glob("*--*.json")):
            yield self.read(path)

    def read(self, path: Path) -> Cell:
        """Read and check one record and its table.

        Raises:
            DamagedError: a file is missing, malformed or altered.
            RecordError: the record was written by a newer version of the schema.
        """
        record = record_file.read(path)
        table = path.with_suffix(".parquet")
        try:
            content = parquet.content(table)
        except (OSError, ValueError) as error:
            raise DamagedError(f"cannot be read: {fault(error)}", where=str(table)) from None
        if hashlib.sha256(content).hexdigest() != record.table_sha256:
            raise DamagedError("is not the table its record describes", where=str(table))
        try:
            stored = migrate.table(parquet.table(content))
            cell = Cell(record, from_arrow(stored))
        except (
            *(pa.ArrowException, OSError, RecursionError),
            *(AttributeError, KeyError, TypeError, ValueError),
        ) as error:
            what = f"is not a table of paths: {fault(error)}"
            raise DamagedError(what, where=str(table)) from None
        _check_sizes(cell, path)
        return cell


def _check_sizes(cell: Cell, path: Path) -> None:
    record, curves = cell.record, cell.table.curves
    said = (record.paths, record.identity.points)
    if said != curves.l2.shape:
        raise DamagedError(
            f"says {said[0]} paths of {said[1]} points, its table has {curves.l2.shape[0]} of "
            f"{curves.l2.shape[1]}",
            where=str(path),
        )
