"""The rules, in the order in which they are looked at."""

from __future__ import annotations

from synact_bench.generators.base import GeneratorCard
from synact_bench.testing.rules import identity, output, randomness, side_effects
from synact_bench.testing.rules.rule import Rule

__all__ = ["RULES", "Rule"]


def _shown(card: GeneratorCard) -> bool:
    return card.is_shown


def _generates(card: GeneratorCard) -> bool:
    return card.method == "generate"


def _unconditional(card: GeneratorCard) -> bool:
    return card.track == "unconditional"


def _promises_splits(card: GeneratorCard) -> bool:
    return card.splits


RULES: tuple[Rule, ...] = (
    Rule(
        "made",
        identity.made,
        reason="The harness calls the class without arguments.",
        remedy="Give every argument of __init__ a default, or point at a function that passes it.",
    ),
    Rule(
        "card",
        identity.card,
        reason="The card is who the row is, on the board and in every record.",
        remedy="Give the class card = GeneratorCard(name=..., version=..., track=...), fit and "
        "generate, or reconstruct in the reconstruction track.",
        needs=("made",),
    ),
    Rule(
        "name free",
        identity.name_free,
        reason="Two rows of a board cannot have one name.",
        remedy="Give the card another name.",
        needs=("card",),
    ),
    Rule(
        "source",
        identity.source,
        reason="The source is hashed, so that a changed method is measured again.",
        remedy="Define the class in a .py file, not at a prompt or with exec.",
        needs=("card",),
    ),
    Rule(
        "signature",
        identity.signature,
        reason="The harness calls fit(real, dictionary, rng=rng) and generate(n, rng=rng).",
        remedy="Define fit(self, real, dictionary, *, rng) and generate(self, n, *, rng), with "
        "base for n in the conditioned track, or reconstruct(self, base, *, rng).",
        needs=("card",),
    ),
    Rule(
        "fits",
        output.fits,
        reason="A generator that cannot be fitted has no score.",
        remedy="Fix the line that is named.",
        needs=("signature",),
    ),
    Rule(
        "generates",
        output.generates,
        reason="A generator that fails on one activation has no score at all.",
        remedy="Fix the line that is named.",
        needs=("fits",),
    ),
    Rule(
        "card stays",
        identity.card_stays,
        reason="A row is one method, from planning to the board.",
        remedy="Fix the card when the object is made, from its settings alone.",
        needs=("generates",),
    ),
    Rule(
        "inputs untouched",
        side_effects.inputs_untouched,
        reason="All generators are given the same pool and dictionary.",
        remedy="Work on a clone: real.tensor.clone().",
        needs=("fits",),
    ),
    Rule(
        "base untouched",
        side_effects.base_untouched,
        reason="The base is where the path starts.",
        remedy="Work on a clone: base.clone(), or base + x for base.add_(x).",
        needs=("generates",),
        applies=_shown,
    ),
    Rule(
        "settings untouched",
        side_effects.settings_untouched,
        reason="A generator that is run later must not depend on those before it.",
        remedy="Put the settings back in a finally clause, or use a context such as "
        "torch.no_grad().",
        needs=("fits",),
    ),
    Rule(
        "tensor",
        output.tensor,
        reason="What is made goes into a model, from the CPU.",
        remedy="Return torch.from_numpy(array).float(), or tensor.cpu().",
        needs=("generates",),
    ),
    Rule(
        "shape",
        output.shape,
        reason="Row i is the activation for prompt i.",
        remedy="Return [n, d_model]: one row for each that was asked for.",
        needs=("tensor",),
    ),
    Rule(
        "dtype",
        output.dtype,
        reason="Models are run in float32, the reference of every number.",
        remedy="Return it with .float().",
        needs=("tensor",),
    ),
    Rule(
        "finite",
        output.finite,
        reason="A path to NaN or infinity measures nothing.",
        remedy="Look for a division by zero, a logarithm of 0 or an overflow.",
        needs=("shape",),
    ),
    Rule(
        "one row",
        output.one_row,
        reason="People ask for one activation to look at it.",
        remedy="Keep the first dimension: no squeeze(), and no statistics over the rows made.",
        needs=("shape", "dtype", "finite"),
    ),
    Rule(
        "no rows",
        output.no_rows,
        reason="An experiment can be left with no base.",
        remedy="Return torch.empty(0, d_model) where nothing is asked for.",
        needs=("shape", "dtype", "finite"),
    ),
    Rule(
        "many rows",
        output.many_rows,
        reason="The larger presets ask for hundreds at once.",
        remedy="Draw with replacement, or make new rows, so that no store is used up.",
        needs=("shape", "dtype", "finite"),
    ),
    Rule(
        "no global rng",
        randomness.globals_unused,
        reason="Global states make a score depend on what else is run.",
        remedy="Draw from the rng passed in, e.g. torch.randn(..., generator=rng), and seed "
        "nothing.",
        needs=("fits",),
    ),
    Rule(
        "same rng",
        randomness.same_rng,
        reason="Whoever repeats a run gets the same numbers, bit for bit.",
        remedy="Take all chance from rng; seed other libraries' sources with a number drawn from "
        "it.",
        needs=("tensor", "no global rng"),
    ),
    Rule(
        "global rng unread",
        randomness.globals_unread,
        reason="A state that is put back afterwards has still decided the numbers.",
        remedy="Draw from the rng passed in instead of a forked or copied global state.",
        needs=("same rng",),
    ),
    Rule(
        "asked twice",
        side_effects.asked_twice,
        reason="No experiment's activations may depend on which was run before.",
        remedy="Change nothing on self when asked: no counter, no cache, no position in a list.",
        needs=("same rng",),
    ),
    Rule(
        "another rng",
        randomness.another_rng,
        reason="A sample fixed by the source alone can be chosen for its luck.",
        remedy="Draw rows from the rng that generate is given, not from a seed of your own.",
        needs=("asked twice", "global rng unread", "shape"),
        applies=_generates,
    ),
    Rule(
        "splits",
        output.splits,
        reason="The card promises it, and large samples are then made in parts.",
        remedy="Draw row by row in one call each, use no statistics over the rows made; or leave "
        "splits=True out of the card.",
        needs=("asked twice", "shape", "dtype", "finite"),
        applies=_promises_splits,
    ),
    Rule(
        "fitted twice",
        side_effects.fitted_twice,
        reason="A second testbed must not be scored with what was learnt on the first.",
        remedy="Set everything that is learnt again in fit; keep no `if fitted: return`.",
        needs=("same rng",),
    ),
    Rule(
        "pickles",
        side_effects.pickles,
        reason="Worker processes are sent the unfitted generator by pickle.",
        remedy="Make lambdas, locks and open files in fit instead of __init__, and the class at "
        "the top of its module.",
        needs=("same rng",),
    ),
    Rule(
        "base unseen",
        side_effects.base_unseen,
        reason="The unconditional track is ranked as one that never sees the base.",
        remedy="Use only what fit was given, or declare track='conditioned'.",
        needs=("asked twice",),
        applies=_unconditional,
    ),
)
"""Every rule stands after those that it needs."""
