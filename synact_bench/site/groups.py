"""Groups of stored cells: by how they were measured, then by testbed. Each makes a board."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from synact_bench.core.errors import RecordError
from synact_bench.reports.archive import Archived, part
from synact_bench.reports.comparable import by_testbed
from synact_bench.results.board_cache import BoardCache
from synact_bench.results.packed_testbeds import PackedTestbeds, Wanted
from synact_bench.results.record import Record
from synact_bench.results.store import Cell
from synact_bench.site.terms import Terms

Groups = Mapping[Terms, Mapping[str, Sequence[Cell]]]
"""Cells by how they were measured, then by the name of the testbed."""


def grouped(cells: Iterable[Cell]) -> tuple[Groups, list[Archived]]:
    """Cells of the boards that can be made, and the rows of those that cannot: all is archived.

    Raises:
        RecordError: no board can be made.
    """
    groups: dict[Terms, list[Cell]] = {}
    for cell in cells:
        groups.setdefault(Terms.of(cell.record), []).append(cell)
    kept: dict[Terms, dict[str, list[Cell]]] = {}
    archive: list[Archived] = []
    for terms in sorted(groups):
        on = by_testbed(groups[terms])
        for name in sorted(on, key=_natural):
            current, archived = part(on[name])
            if current:
                kept.setdefault(terms, {})[name] = on[name]
            else:
                archive += archived
    _refuse_none(kept, archive)
    return kept, archive


class _Bare(NamedTuple):
    """A cell of which no curve is read."""

    record: Record


class _OnTerms(NamedTuple):
    """Cells of a testbed that were measured on the same terms.

    Attributes:
        terms: these.
        outdated: the rows that they are of, where all of them are archived; None where a board can
            be made, which has an archive of its own.
    """

    terms: Terms
    outdated: tuple[Archived, ...] | None


def grouped_packs(packs: PackedTestbeds, cache: BoardCache | None) -> tuple[Groups, list[Archived]]:
    """The same of packs, told by their records: no curve is read.

    Args:
        packs: of any testbeds.
        cache: of what was made of packs before.

    Raises:
        RecordError: as ``grouped``.
    """
    wanted: dict[Terms, dict[str, Wanted | None]] = {}
    archive: list[tuple[Terms, Archived]] = []
    for name in sorted(packs, key=_natural):
        make = partial(_on_terms, packs, name)
        found = make() if cache is None else cache.of(["terms", name, *packs.checksums(name)], make)
        for each in found:
            if each.outdated is None:
                own = (repr(each.terms), partial(_is_on, each.terms)) if len(found) > 1 else None
                wanted.setdefault(each.terms, {})[name] = own
            else:
                archive += [(each.terms, row) for row in each.outdated]
    archive.sort(key=lambda each: each[0])  # stable: of one terms, by testbed
    rows = [row for _, row in archive]
    _refuse_none(wanted, rows)
    return {terms: packs.only(own) for terms, own in sorted(wanted.items())}, rows


def _on_terms(packs: PackedTestbeds, testbed: str) -> list[_OnTerms]:
    groups: dict[Terms, list[_Bare]] = {}
    for record in packs.records(testbed):
        groups.setdefault(Terms.of(record), []).append(_Bare(record))
    parted = {terms: part(own) for terms, own in groups.items()}
    return [
        _OnTerms(terms, None if current else archived)
        for terms, (current, archived) in parted.items()
    ]


def _is_on(terms: Terms, record: Record) -> bool:
    return Terms.of(record) == terms


def _refuse_none(kept: Collection[Terms], archive: Collection[Archived]) -> None:
    if kept:
        return
    if not archive:
        raise RecordError("there is no cell", where="the site", fix="run the benchmark first")
    raise RecordError(
        "every cell was measured with definitions that have changed since",
        where="the site",
        fix="run the benchmark again, or name other folders",
    )


def _natural(name: str) -> tuple[list[tuple[int, str]], str]:
    """A name as people sort it: of two numbers, which have no limit here, the longer is larger."""
    parts = re.split(r"0*([0-9]+)", name)
    return [(len(each) if place % 2 else 0, each) for place, each in enumerate(parts)], name
