"""A process and all below it, and the memory that they hold."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")
UNIT = 1024


def held(pids: Iterable[int]) -> int:
    """Bytes; what several of them share is counted once. 0 where the system does not tell."""
    return sum(map(_share, pids))


def family(pid: int, most: int) -> set[int]:
    """Ids of a process and of those below it; its own alone where the system does not tell.

    Args:
        pid: its own.
        most: how many are looked for: of a fork bomb there is no end.
    """
    found, left = set[int](), {pid}
    while left and len(found) < most:
        each = left.pop()
        found.add(each)
        for file in PROC.glob(f"{each}/task/*/children"):
            with suppress(OSError):
                left |= {int(child) for child in file.read_text("ascii").split()} - found
    return found


def _share(pid: int) -> int:
    with suppress(OSError):
        for line in (PROC / f"{pid}/smaps_rollup").read_text("ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * UNIT
    return 0
