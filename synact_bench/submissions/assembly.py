"""Assembly: a row's measured cells made into the two files of a submission."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from synact_bench.reports.board import WANTED
from synact_bench.results.store import Cell
from synact_bench.scoring.resampling import REPLICATES
from synact_bench.submissions import table
from synact_bench.submissions.agreement import flags
from synact_bench.submissions.refusal import SubmissionError
from synact_bench.submissions.schema import SUBMISSION_VERSION, Submission
from synact_bench.submissions.scores import scores


def assemble(
    cells: Sequence[Cell], reference: Sequence[Cell], *, replicates: int = REPLICATES
) -> tuple[Submission, bytes]:
    """A submission and the Parquet bytes beside it.

    Args:
        cells: of one generator, one for each experiment and path of a board.
        reference: published cells that give the scale.
        replicates: of the bootstrap.

    Raises:
        SubmissionError: a cell is missing or empty.
        RecordError: the cells cannot be compared with the reference.
    """
    by_name = {cell.name: cell for cell in cells}
    for name in WANTED:
        if name not in by_name or by_name[name].record.status != "ok":
            raise SubmissionError(
                f"{'/'.join(name)} is {'empty' if name in by_name else 'missing'}",
                field="records",
                fix="make a generator whose activations can be measured in every cell",
            )
    ordered = [by_name[name] for name in WANTED]
    content = table.encode([cell.record for cell in ordered], [cell.table for cell in ordered])
    sha256 = hashlib.sha256(content).hexdigest()
    records = tuple(cell.record.model_copy(update={"table_sha256": sha256}) for cell in ordered)
    first = records[0]
    submission = Submission(
        schema_version=SUBMISSION_VERSION,
        testbed=first.identity.testbed,
        preset=first.identity.preset,
        generator=first.identity.generator,
        card=first.row,
        scores=scores(ordered, reference, replicates=replicates),
        flags=flags(records),
        table_sha256=sha256,
        records=records,
    )
    return submission, content


def to_json(submission: Submission) -> bytes:
    """The JSON file's bytes."""
    return (submission.model_dump_json(indent=2) + "\n").encode()
