"""A process that ends with the one that started it."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

DEATH_SIGNAL = 1
"""Linux's PR_SET_PDEATHSIG."""


def end_with(parent: int) -> None:
    """End this process with the one that started it, where the system can be told to.

    Args:
        parent: its process id.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:  # which was ended before
        os._exit(1)
