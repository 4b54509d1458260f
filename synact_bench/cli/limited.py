"""Limits of plugins, as the options of a command say them."""

from __future__ import annotations

from synact_bench.isolation import Limits

GB = 10**9


def limits(timeout: float, memory: float | None, *, no_isolate: bool) -> Limits:
    """The limits of plugins, told where they cannot be kept.

    Args:
        timeout: seconds of a call.
        memory: GB of a process; None is as many as the machine has.
        no_isolate: whether plugins run in the process of the run.
    """
    most = None if memory is None else round(memory * GB)
    return Limits(isolate=not no_isolate, timeout=timeout, memory=most)
