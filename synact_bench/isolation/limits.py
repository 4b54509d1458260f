"""Limits of a plugin: time of a call, memory of its process, and how many it starts."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

TIMEOUT = 3600.0
"""Seconds that a call of a plugin may take where no other limit is given."""
OUTPUT = 10**7
"""Bytes that a plugin's process may print: a log of gigabytes fills the disk of all rows."""
PROCESSES = 1000
"""Processes that a plugin may have at once: a fork bomb has more within a second."""
GB = 10**9
AVAILABLE = sys.platform != "win32"
"""Whether plugins can be given processes of their own: that takes Unix sockets."""


@dataclass(frozen=True)
class Limits:
    """What a plugin may use.

    Attributes:
        isolate: whether it has a process of its own; without, there are no other limits.
        timeout: seconds that a call may take: importing it, ``fit`` and ``generate`` each.
        memory: bytes of data that its process may hold, and all that it starts together; None is
            as many as the machine has.
        output: bytes that it may print.
        processes: how many of them it may have at once, its own among them.
    """

    isolate: bool = True
    timeout: float = TIMEOUT
    memory: int | None = None
    output: int = OUTPUT
    processes: int = PROCESSES

    @classmethod
    def of(cls, timeout: float, gigabytes: float | None, *, isolate: bool) -> Limits:
        """Limits as options say them, memory in GB."""
        memory = None if gigabytes is None else round(gigabytes * GB)
        return cls(isolate=isolate, timeout=timeout, memory=memory)

    @property
    def most_memory(self) -> int:
        """Bytes that it may hold: as limited, or all of the machine's."""
        return self.memory or os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")

    def apply(self) -> None:
        """Limit the memory of this process, and be the first to go where the machine has none."""
        import resource  # noqa: PLC0415  (not on every system)

        most = self.most_memory
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        if hard != resource.RLIM_INFINITY:
            most = min(most, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with suppress(OSError):  # another system, or a container that shows it to read only
            Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
