"""Origin: with what the cells of a board were computed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from synact_bench.reports.comparable import Cells
from synact_bench.results.record import Provenance


@dataclass(frozen=True)
class Origin:
    """What the records say of their making; more than one value where cells differ.

    Times are left out, so that a board made again from equal numbers has equal bytes.

    Attributes:
        commits: of the checkout, with ``+ changes`` where it was dirty; empty without one.
        machines: processors, cores, systems and threads.
        versions: of Python and the libraries that can change the last digits.
        models: where the weights came from.
        saes: where the dictionary came from.
        texts: where the prompts came from.
    """

    commits: tuple[str, ...]
    machines: tuple[str, ...]
    versions: Mapping[str, tuple[str, ...]]
    models: tuple[str, ...]
    saes: tuple[str, ...]
    texts: tuple[str, ...]


def origin(cells: Cells) -> Origin:
    """Collect the provenance of arranged cells."""
    found = [cell.record.provenance for rows in cells.values() for cell in rows.values()]
    libraries = sorted({name for each in found for name in each.versions})
    return Origin(
        commits=_distinct(_commit(each) for each in found if each.commit),
        machines=_distinct(f"{each.machine}, {each.threads} threads" for each in found),
        versions={
            name: _distinct(each.versions[name] for each in found if name in each.versions)
            for name in libraries
        },
        models=_distinct(each.model for each in found),
        saes=_distinct(each.sae for each in found),
        texts=_distinct(each.text for each in found),
    )


def _commit(provenance: Provenance) -> str:
    return f"{provenance.commit}{' + changes' if provenance.dirty else ''}"


def _distinct(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(values)))
