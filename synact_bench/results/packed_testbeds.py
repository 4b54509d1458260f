"""Testbeds in packs, read one at a time: those of a large suite do not fit into memory together."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from synact_bench.results import pack, parquet, published
from synact_bench.results.store import Cell


class PackedTestbeds(Mapping[str, Sequence[Cell]]):
    """Cells by testbed, in the order in which packs are named: read when asked for, and not kept.

    Args:
        places: packs.

    Raises:
        RecordError: one is missing, damaged, no pack, or newer than this version can read.
    """

    def __init__(self, places: Sequence[Path]) -> None:
        self._places: dict[str, list[Path]] = {}
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

    def checksums(self, testbed: str) -> list[str]:
        """SHA-256 of each file that holds cells of a testbed."""
        return [
            hashlib.sha256(parquet.content(place)).hexdigest() for place in self._places[testbed]
        ]

    def rows(self, testbed: str, names: Collection[str] | None) -> list[Cell]:
        """The cells of some rows of a testbed; None for all."""
        found = published.cells(self._places[testbed], rows=names)
        return [each for each in found if each.testbed == testbed]
