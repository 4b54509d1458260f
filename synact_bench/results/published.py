"""Published cells: the packs that come with the project, and cells from wherever they are named."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import lru_cache
from pathlib import Path

from synact_bench.core.errors import RecordError
from synact_bench.results import pack, record_file
from synact_bench.results.record import Record
from synact_bench.results.store import Cell, Store

PACK = ".parquet"
"""Ending of a pack's file."""
_PACKAGE = Path(__file__).parents[1]


def home() -> Path:
    """Folder of the published packs: installed inside the package, or in the checkout."""
    shipped = _PACKAGE / "records"
    return shipped if shipped.is_dir() else _PACKAGE.parent / "leaderboard" / "records"


def testbeds() -> tuple[str, ...]:
    """Names of the testbeds that have published cells, sorted."""
    return tuple(sorted(path.stem for path in home().glob(f"*{PACK}")))


def of(testbed: str) -> Path:
    """The pack of a testbed, whether or not it is there."""
    return home() / f"{testbed}{PACK}"


def records(testbed: str) -> tuple[Record, ...]:
    """What the published cells of a testbed are, in the order of their names; no curve is read.

    A plan asks three times, and each record is validated: they are read again when the file is
    another.

    Raises:
        RecordError: the pack is missing or damaged, or newer than this version can read.
    """
    place = of(testbed)
    state = place.stat() if place.is_file() else None
    return _records(place, None if state is None else (state.st_mtime_ns, state.st_size))


@lru_cache(maxsize=8)
def _records(place: Path, _: tuple[int, int] | None) -> tuple[Record, ...]:
    return tuple(pack.records(place))


def cells(places: Iterable[Path], *, rows: Collection[str] | None = None) -> list[Cell]:
    """The cells of packs and of folders of a run, in the order in which they are named.

    Args:
        places: ``.parquet`` files that ``synact-bench pack`` wrote, and folders of stored cells.
        rows: names of the rows to read; None for all.

    Raises:
        RecordError: a place is missing or damaged, or newer than this version can read.
    """
    found: list[Cell] = []
    for place in places:
        if place.suffix == PACK:
            found += pack.load(place, rows=rows)
        else:
            stored = Store(place).cells()
            found += [each for each in stored if rows is None or _name(each.record) in rows]
    return found


def names(places: Iterable[Path]) -> tuple[str, ...]:
    """Names of the rows in packs and folders of a run, sorted; no curve is read.

    Raises:
        RecordError: as ``cells``.
    """
    found: set[str] = set()
    for place in places:
        if place.suffix == PACK:
            found |= {_name(each) for each in pack.records(place)}
        elif place.is_dir():
            found |= {_name(record_file.read(path)) for path in place.glob("*--*.json")}
        else:
            raise RecordError("there is no such folder", where=str(place), fix="check the path")
    return tuple(sorted(found))


def _name(record: Record) -> str:
    return record.identity.generator.name
