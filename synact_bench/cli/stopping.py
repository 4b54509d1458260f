"""An interrupted command: what it kept, and how it goes on. No library is loaded for it."""

from __future__ import annotations

import shlex
import sys

STOPPED = "stopped"
KEPT = "what was measured is kept"
KEEPING = frozenset({"run", "grid", "reproduce", "submit", "audit-sae"})
"""Verbs that store what they measure."""


class StoppedError(KeyboardInterrupt):
    """An interrupt that knows what is kept.

    Args:
        kept: in words.
    """

    def __init__(self, kept: str) -> None:
        super().__init__(kept)
        self.kept = kept


def words(end: BaseException) -> list[str]:
    """What is said of an interrupted command, a line each: what is kept, and how to go on."""
    if not KEEPING & {*sys.argv[1:2]}:
        return [STOPPED]
    return [f"{STOPPED}: {_kept(end)}", f"to go on from there: {again()}"]


def _kept(end: BaseException | None) -> str:
    """What is kept, as whoever was interrupted first says: others may stand around it."""
    while end is not None:
        if isinstance(end, StoppedError):
            return end.kept
        end = end.__cause__ or end.__context__
    return KEPT


def again() -> str:
    """The command as it was given, to be typed again."""
    return shlex.join(["synact-bench", *sys.argv[1:]])
