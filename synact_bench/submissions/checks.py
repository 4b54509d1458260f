"""Checks: everything that must hold before a submission is accepted, in one place."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence

from synact_bench.results.store import Cell
from synact_bench.scoring.resampling import REPLICATES
from synact_bench.submissions import agreement, hygiene, measurements, names, table
from synact_bench.submissions import scores as scoring
from synact_bench.submissions.parsing import parse
from synact_bench.submissions.refusal import SubmissionError
from synact_bench.submissions.schema import Submission

Reference = Callable[[str], Sequence[Cell]]
"""Published cells by the name of a testbed."""


def read(content: bytes, paths: bytes) -> tuple[Submission, list[Cell]]:
    """A submission that is sound in itself, and the cells it holds.

    It may be one of older versions, which boards archive.

    Args:
        content: of its JSON file.
        paths: of its Parquet file.

    Raises:
        SubmissionError: it is malformed or altered; the message names the field.
    """
    submission = parse(content)
    hygiene.check(submission)
    agreement.check_records(submission)
    if hashlib.sha256(paths).hexdigest() != submission.table_sha256:
        raise SubmissionError(
            f"is {submission.table_sha256[:12]}..., the Parquet file's is "
            f"{hashlib.sha256(paths).hexdigest()[:12]}...",
            field="table_sha256",
        )
    tables = table.decode(paths, submission.records)
    for at, pair in enumerate(zip(submission.records, tables, strict=True)):
        measurements.check(*pair, f"records[{at}]")
    return submission, [Cell(*pair) for pair in zip(submission.records, tables, strict=True)]


def compare(
    content: bytes, paths: bytes, *, reference: Reference, taken: Mapping[str, str]
) -> tuple[Submission, list[Cell]]:
    """A submission that can stand beside the published rows, and its cells; scores are not checked.

    Args:
        content: of its JSON file.
        paths: of its Parquet file.
        reference: published cells.
        taken: names that other rows have, with whose each is.

    Raises:
        SubmissionError: anything else is wrong with it; the message names the field.
        RecordError: the reference is damaged.
    """
    submission = parse(content)
    hygiene.check(submission)
    names.check(submission.generator.name, taken)
    published = reference(agreement.check_testbed(submission))
    agreement.check_cells(submission)
    agreement.check_records(submission)
    agreement.check_reference(submission, published)
    submission, cells = read(content, paths)
    tables = [cell.table for cell in cells]
    measurements.check_documents(submission.records, tables, published)
    return submission, cells


def accept(
    content: bytes,
    paths: bytes,
    *,
    reference: Reference,
    taken: Mapping[str, str],
    replicates: int = REPLICATES,
) -> Submission:
    """A submission that may be published: sound, comparable, its scores those of its paths.

    Args:
        content: of its JSON file.
        paths: of its Parquet file.
        reference: published cells, which its scores are recomputed with.
        taken: names that other rows have, with whose each is.
        replicates: of the bootstrap.

    Raises:
        SubmissionError: anything is wrong with it; the message names the field.
        RecordError: the reference is damaged.
    """
    submission, cells = compare(content, paths, reference=reference, taken=taken)
    published = reference(agreement.check_testbed(submission))
    recomputed = scoring.scores(cells, published, replicates=replicates)
    scoring.check(submission.scores, recomputed)
    return submission
