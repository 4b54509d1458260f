"""Memory of this process, as the system counts it."""

from __future__ import annotations

import sys


def peak() -> int | None:
    """The most bytes that this process has held at once; None on a system that does not say."""
    if sys.platform == "win32":
        return None
    import resource  # noqa: PLC0415  (not on every system)

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(most) * (1 if sys.platform == "darwin" else 1024)
