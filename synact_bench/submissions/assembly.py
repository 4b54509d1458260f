"""Assembly: a row's measured cells made into the two files of a submission."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from synact_bench.reports.board import WANTED
from synact_bench.results import pack
from synact_bench.results.store import Cell
from synact_bench.scoring.resampling import REPLICATES
from synact_bench.submissions.card_file import VERSION, CardFile
from synact_bench.submissions.refusal import SubmissionError
from synact_bench.submissions.scores import scores


def assemble(
    cells: Sequence[Cell], reference: Sequence[Cell], *, replicates: int = REPLICATES
) -> tuple[CardFile, bytes]:
    """A card file, and the pack beside it.

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
    own = [by_name[name] for name in WANTED]
    content = pack.dumps(own)
    stated = CardFile(
        schema_version=VERSION,
        generator=own[0].record.identity.generator,
        card=own[0].record.row,
        scores=scores(own, reference, replicates=replicates),
        pack_sha256=hashlib.sha256(content).hexdigest(),
    )
    return stated, content
