"""Conventional measures: what the field reports of activations, declared; realism stands beside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

CONVENTIONAL = "conventional@1"
"""How they are measured: the version is raised with any number."""
PLACE = ("sensitivity", "relative")
"""Experiment and path whose last point is the full substitution."""
RECONSTRUCTED = ("reconstruction", "through")
"""Those of the reconstruction track, whose reconstruction is full substitution."""
PLACES = (PLACE, RECONSTRUCTED)
"""Records of these cells have the measures, those of other cells do not."""


@dataclass(frozen=True)
class Measure:
    """One of them.

    Attributes:
        name: field of ``results.record.Conventional``.
        title: how it is called in tables.
        unit: of its value; empty for none.
        direction: which way is better.
        definition: one sentence.
    """

    name: str
    title: str
    unit: str
    direction: Literal["higher", "lower"]
    definition: str

    @property
    def arrow(self) -> str:
        """Its direction, as tables show it."""
        return "↑" if self.direction == "higher" else "↓"


MEASURES: Mapping[str, Measure] = MappingProxyType(
    {
        measure.name: measure
        for measure in (
            Measure(
                "frechet",
                "Fréchet / floor",
                "",
                "lower",
                "Fréchet distance to the train pool over that of as many held-out real activations",
            ),
            Measure(
                "kl",
                "KL",
                "nats",
                "lower",
                "KL(clean to substituted) of the next token at the written position",
            ),
            Measure(
                "delta_loss",
                "Δ loss",
                "nats",
                "lower",
                "rise of the loss of the true next token at the written position",
            ),
            Measure(
                "delta_loss_following",
                "Δ loss, following",
                "nats",
                "lower",
                "rise of the loss of the true next tokens at later positions of the prompt",
            ),
            Measure(
                "ce_recovered",
                "CE recovered",
                "",
                "higher",
                "share of what the mean activation costs in loss that the row does not cost",
            ),
        )
    }
)
"""In the order in which tables show them."""
