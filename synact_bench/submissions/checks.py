"""Checks: everything that must hold before a submission is accepted, in one place."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence

from synact_bench.results.store import Cell
from synact_bench.scoring.resampling import REPLICATES
from synact_bench.submissions import (
    agreement,
    card_file,
    conventional,
    hygiene,
    measurements,
    pack_file,
)
from synact_bench.submissions import scores as scoring
from synact_bench.submissions.card_file import CardFile
from synact_bench.submissions.refusal import SubmissionError, shown

Reference = Callable[[str], Sequence[Cell]]
"""Published cells by the name of a testbed."""


def read(content: bytes, packed: bytes) -> tuple[CardFile, list[Cell]]:
    """What a submission that is sound in itself states, and its cells.

    It may be one of older versions, which boards archive.

    Args:
        content: of its card file.
        packed: of its pack, which a child could read (``pack_file.check``).

    Raises:
        SubmissionError: it is malformed or altered; the message names the field.
    """
    stated, cells = _opened(content, packed)
    _check_paths(cells, packed)
    return stated, cells


def _opened(content: bytes, packed: bytes) -> tuple[CardFile, list[Cell]]:
    """What both files say, of which the paths may still be anything."""
    stated = card_file.loads(content)
    sha256 = hashlib.sha256(packed).hexdigest()
    if sha256 != stated.pack_sha256:
        raise SubmissionError(
            f"is {shown(stated.pack_sha256)}, the Parquet file's is {sha256}", field="pack_sha256"
        )
    cells = pack_file.cells(packed)
    records = [cell.record for cell in cells]
    hygiene.check(stated, records)
    agreement.check_records(stated, records)
    return stated, cells


def _check_paths(cells: Sequence[Cell], packed: bytes) -> None:
    for at, cell in enumerate(cells):
        measurements.check(cell, f"records[{at}]")
        conventional.check(cell, f"records[{at}]")
    pack_file.check_exact(packed, cells)


def compare(
    content: bytes, packed: bytes, *, reference: Reference, taken: Mapping[str, str]
) -> tuple[CardFile, list[Cell]]:
    """A submission that can stand beside the published rows; its scores are not checked.

    Args:
        content: of its card file.
        packed: of its pack, which a child could read.
        reference: published cells.
        taken: names that other rows have, with whose each is.

    Raises:
        SubmissionError: anything else is wrong with it; the message names the field.
        RecordError: the reference is damaged.
    """
    stated, cells = _opened(content, packed)
    agreement.check_name(stated.generator.name, taken)
    published = reference(agreement.testbed(cells))
    agreement.check_reference([cell.record for cell in cells], published)
    _check_paths(cells, packed)
    measurements.check_documents(cells, published)
    return stated, cells


def accept(
    content: bytes,
    packed: bytes,
    *,
    reference: Reference,
    taken: Mapping[str, str],
    replicates: int = REPLICATES,
) -> tuple[CardFile, list[Cell]]:
    """A submission that may be published: sound, comparable, its scores those of its paths.

    Args:
        content: of its card file.
        packed: of its pack, which a child could read.
        reference: published cells, which its scores are recomputed with.
        taken: names that other rows have, with whose each is.
        replicates: of the bootstrap.

    Raises:
        SubmissionError: anything is wrong with it; the message names the field.
        RecordError: the reference is damaged.
    """
    stated, cells = compare(content, packed, reference=reference, taken=taken)
    published = reference(agreement.testbed(cells))
    scoring.check(stated.scores, scoring.scores(cells, published, replicates=replicates))
    return stated, cells
