"""The first sample: what no real activation could fix, seen on random ones."""

from __future__ import annotations

import copy

from synact_bench.core.errors import PluginError
from synact_bench.core.pinned import undone
from synact_bench.core.rng import stream
from synact_bench.generators import contract
from synact_bench.generators.base import Generator
from synact_bench.generators.output import check_dtype, check_tensor
from synact_bench.testing import fixtures, global_state


def refusal(generator: Generator) -> PluginError | None:
    """Why one activation of a generator is none; None where it is one, or none was made."""
    where = f"generator {generator.card.name!r}"
    with global_state.restored():
        try:
            with contract.as_plugin_error(where, doing="its first sample"):
                on = fixtures.tiny("first sample")  # a plugin may have changed what it is made with
                asked = on.base[:1] if generator.card.is_shown else 1
                tried = copy.deepcopy(generator)
                with undone():
                    rng = stream("first sample", "fit")
                    contract.fitted(tried, on.real, on.dictionary, on.told, rng=rng)
                with undone():
                    made = contract.unwrapped(
                        contract.generated(tried, asked, rng=stream("first sample"))
                    )
        except PluginError:
            return None  # on random activations that says nothing: real ones decide
    try:
        method = generator.card.method
        tensor = check_tensor(made, where=where, doing=method)
        check_dtype(tensor, where=where, doing=method)
    except PluginError as error:
        return error
    return None
