"""Testbeds in packs, read one at a time: those of a large suite do not fit into memory together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path

from synact_bench.results import pack, published
from synact_bench.results.record import Record
from synact_bench.results.store import Cell

Wanted = tuple[str, Callable[[Record], bool]]
"""Which cells of a testbed are wanted: what tells them from others, and whether one is."""


class PackedTestbeds(Mapping[str, Sequence[Cell]]):
    """Cells by testbed, in the order in which packs are named: read when asked for, and not kept.

    Args:
        places: packs.

    Raises:
        RecordError: one is missing, damaged, no pack, or newer than this version can read.
    """

    def __init__(self, places: Sequence[Path]) -> None:
        self._places: dict[str, list[Path]] = {}
        self._wanted: dict[str, Wanted] = {}
        self.experiments: set[str] = set()
        for place in places:
            found = pack.belongings(place)
            self.experiments |= {each.experiment for each in found}
            for name in sorted({each.testbed for each in found}):
                self._places.setdefault(name, []).append(place)

    def __getitem__(self, testbed: str) -> list[Cell]:
        """All cells of a testbed."""
        return self.rows(testbed, None)

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def only(self, wanted: Mapping[str, Wanted | None]) -> PackedTestbeds:
        """Some of the testbeds, in another order.

        Args:
            wanted: by testbed, which of its cells; None for all that are wanted here.
        """
        found = PackedTestbeds(())
        found._places = {name: self._places[name] for name in wanted}
        chosen = {name: each or self._wanted.get(name) for name, each in wanted.items()}
        found._wanted = {name: each for name, each in chosen.items() if each is not None}
        found.experiments = self.experiments
        return found

    def checksums(self, testbed: str) -> list[str]:
        """SHA-256 of each file that holds cells of a testbed, and what tells those wanted."""
        told = [self._wanted[testbed][0]] if testbed in self._wanted else []
        return [*map(pack.checksum, self._places[testbed]), *told]

    def records(self, testbed: str) -> list[Record]:
        """What the cells of a testbed are; no curve is read."""
        found = (each for place in self._places[testbed] for each in pack.records(place))
        return [each for each in found if self._holds(testbed, each)]

    def rows(self, testbed: str, names: Collection[str] | None) -> list[Cell]:
        """The cells of some rows of a testbed; None for all."""
        found = published.cells(self._places[testbed], rows=names)
        return [each for each in found if self._holds(testbed, each.record)]

    def _holds(self, testbed: str, record: Record) -> bool:
        _, wanted = self._wanted.get(testbed, ("", None))
        own = record.identity.testbed.partition("@")[0] == testbed
        return own and (wanted is None or wanted(record))
