"""Names: whether a row's name is free."""

from __future__ import annotations

from collections.abc import Mapping

from synact_bench.core.row_names import clash
from synact_bench.submissions.refusal import SubmissionError


def check(name: str, taken: Mapping[str, str]) -> None:
    """That no other row has the name, or one that differs by dots and dashes alone.

    Args:
        name: of the generator.
        taken: further names in use, with whose each is.

    Raises:
        SubmissionError: it is taken.
    """
    problem = clash(name, taken)
    if problem:
        raise SubmissionError(
            problem, field="generator.name", fix="give the generator's card another name"
        )
