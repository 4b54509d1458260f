"""First samples: what no real activation could fix, found before a testbed is opened.

A run takes minutes to open what it probes. That a generator returns arrays or float64 shows on
random activations in milliseconds. Only that is looked at: a generator may well need more
activations or wider ones than these, and fail, or hold the width of its testbed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from synact_bench.core.errors import PluginError
from synact_bench.isolation.isolated import Isolated
from synact_bench.run.plan import Entry
from synact_bench.testing.first_sample import refusal


def refusals(
    entries: Iterable[Entry], *, say: Callable[[str], object] = lambda _: None
) -> dict[str, PluginError]:
    """Why plugins give something else than float32 tensors, by row; each is tried once.

    Args:
        entries: unfitted, and left as they are; draws and what is built in are passed over.
        say: told what is tried.
    """
    found = {}
    for entry in {each.name: each for each in entries}.values():
        generator = entry.generator
        if generator is None or not entry.identity.source_digest:
            continue
        say(f"trying {entry.name} on random activations")
        refused = (
            generator.first_sample() if isinstance(generator, Isolated) else refusal(generator)
        )
        if refused is not None:
            found[entry.name] = refused
    return found
