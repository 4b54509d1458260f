"""First samples: what no real activation could mend, found before a testbed is opened.

A run takes minutes to open what it probes. That a generator returns arrays or float64 shows on
random activations in milliseconds. Only that is looked at: a generator may well need more
activations or wider ones than these, and fail, or hold the width of its testbed.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable

from synact_bench.errors import PluginError
from synact_bench.generators import contract
from synact_bench.generators.base import Generator
from synact_bench.generators.output import check_dtype, check_tensor
from synact_bench.harness.plan import Entry
from synact_bench.rng import stream
from synact_bench.testing import global_state, ground


def check(entries: Iterable[Entry], *, say: Callable[[str], object] = lambda _: None) -> None:
    """Refuse plugins that give something else than float32 tensors; each is tried once.

    Args:
        entries: unfitted, and left as they are; draws and what is built in are passed over.
        say: told what is tried.

    Raises:
        PluginError: one of them does; the message says how to mend it.
    """
    for entry in {each.name: each for each in entries}.values():
        if entry.generator is None or not entry.identity.source_digest:
            continue
        say(f"trying {entry.name} on random activations")
        refused = refusal(entry.generator)
        if refused is not None:
            raise refused


def refusal(generator: Generator) -> PluginError | None:
    """Why one activation of a generator is none; None where it is one, or none was made."""
    where, on = f"generator {generator.card.name!r}", ground.tiny("first sample")
    asked = on.base[:1] if generator.card.track == "conditioned" else 1
    with global_state.restored():
        try:
            with contract.blamed(where, doing="its first sample"):
                tried = copy.deepcopy(generator)
                tried.fit(on.real, on.dictionary, rng=stream("first sample", "fit"))
                made = contract.generated(tried, asked, rng=stream("first sample"))
        except PluginError:
            return None  # on random activations that says nothing: real ones decide
    try:
        check_dtype(check_tensor(made, where=where), where=where)
    except PluginError as error:
        return error
    return None
