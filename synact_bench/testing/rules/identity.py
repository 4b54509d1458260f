"""Rules of what a generator is: its card, its source, how it is called."""

from __future__ import annotations

import inspect
from collections.abc import Mapping

from pydantic import ValidationError

from synact_bench.core.row_names import clash
from synact_bench.generators import BUILTINS, OPTIONAL_BASELINES, RECONSTRUCTIONS, contract
from synact_bench.generators.base import GeneratorCard
from synact_bench.generators.source import source_digest
from synact_bench.testing.case import Case

OURS = "synact_bench"


TAKEN: Mapping[str, str] = dict.fromkeys(
    (*BUILTINS, *OPTIONAL_BASELINES, *RECONSTRUCTIONS), "a built-in generator"
)
"""Names that ``--generator`` takes for our own, beside those reserved on every board."""


def made(case: Case) -> str:
    """Calling the class or function without arguments gives an object."""
    case.made()
    return ""


def card(case: Case) -> str:
    """The object has a valid card, ``fit``, and ``generate`` or ``reconstruct``."""
    found = case.built().card
    try:
        GeneratorCard.model_validate(found.model_dump(warnings=False))
    except ValidationError as error:
        first = error.errors()[0]
        return f"card.{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return ""


def card_stays(case: Case) -> str:
    """Two objects of the generator, and one before and after ``fit``, have one card."""
    if case.built().card != case.built().card:
        return "two objects have different cards"
    if case.first.generator.card != case.card:
        return "fit or generate changed the card"
    return ""


def name_free(case: Case) -> str:
    """No row of the benchmark itself has the card's name."""
    ours = type(case.built()).__module__.partition(".")[0] == OURS
    return "" if ours else clash(case.card.name, TAKEN)


def source(case: Case) -> str:
    """The source of the class can be read."""
    source_digest(case.built())
    return ""


def signature(case: Case) -> str:
    """``fit(real, dictionary, rng=)`` and ``generate(n, rng=)``, or ``base``, can be called.

    ``reconstruct(base, rng=)`` instead in the reconstruction track. ``fit`` may ask for ``setting``
    too.
    """
    generator = case.built()
    told = {contract.SETTING: None} if contract.asks_for_setting(generator) else {}
    for method, given, named in (
        ("fit", ("real", "dictionary"), told),
        (generator.card.method, ("n or base",), {}),
    ):
        try:
            inspect.signature(getattr(generator, method)).bind(*given, **named, rng=None)
        except (TypeError, ValueError) as error:
            return f"{method}: {error}"
    return ""
