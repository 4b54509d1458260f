"""Refusals: a submission that cannot be accepted, told by the field at fault."""

from __future__ import annotations

from pathlib import Path

from synact_bench.core.errors import RecordError

ANEW = "write it again with 'synact-bench submit', edit nothing by hand"
"""What to do about a file that is not as it was written."""
LONGEST_SHOWN = 60


class SubmissionError(RecordError):
    """A submission that is malformed, altered or not comparable; nothing of it is accepted.

    Args:
        what: what was wrong, with the offending value.
        field: its place in the submission, such as ``records[2].identity.seed``.
        fix: what the author can do about it.
    """

    def __init__(self, what: str, *, field: str, fix: str = ANEW) -> None:
        super().__init__(what, where=field, fix=fix)

    def of(self, file: Path) -> SubmissionError:
        """The same, with the file it was found in."""
        return SubmissionError(self.what, field=f"{file}: {self.where}", fix=self.fix)


def shown(value: object) -> str:
    """``value`` as it may be printed: on one line, shortened, control characters escaped."""
    text = ascii(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."


def named(key: str) -> str:
    """A key as part of a field's name: an author may have chosen it."""
    return key if key.isidentifier() else shown(key)
