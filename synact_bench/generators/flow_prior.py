"""Samples of a flow prior that was trained beforehand on activations of every position."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import torch
from pydantic import ValidationError
from torch import Tensor

from synact_bench.core import checksums
from synact_bench.core.activations import RealActivations
from synact_bench.core.checksums import AlteredError
from synact_bench.core.dictionary import Dictionary
from synact_bench.core.errors import AssetError, PluginError
from synact_bench.core.setting import Setting, Site
from synact_bench.core.shipped import baselines
from synact_bench.core.untrusted import reading
from synact_bench.core.untrusted.faults import FaultError
from synact_bench.generators.base import GeneratorCard
from synact_bench.generators.built_in import BuiltIn
from synact_bench.generators.flow_matching import CARD, WEIGHTS, FlowPrior, PriorCard

STEPS = 20
"""Midpoint steps from noise to an activation."""
KEPT = 0.5
"""Share of the way from noise to data at which noise-and-denoise begins."""
RESTORED = 0.8
"""The same where the base itself is to be had again, so that more of it is left."""
REFERENCE = "arXiv 2602.06964"
FOLDER = "prior"
"""Of a testbed, under ``baselines/``. Weights that are shipped are part of what the rows' version
names: others at the same testbed raise it."""
MOST_BYTES = 1_000_000_000
"""Of a file of weights; one of width 768 at a d_model of 576 has 5 million."""


class Pretrained:
    """Takes the weights of its setting and learns nothing from the train pool.

    Args:
        folder: of a trained prior, whose weights are then part of the card and of its name; by
            default that which is shipped for the setting.

    Raises:
        AssetError: the folder holds no card of a prior.
    """

    shipped_card: ClassVar[GeneratorCard]

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self.card = self.shipped_card
        if folder is not None:
            weights, own = card_of(folder).weights_sha256, self.shipped_card
            facts = {
                "name": f"{own.name}-{weights[:8]}",
                "parameters": {**own.parameters, "weights": weights},
            }
            self.card = own.model_copy(update=facts)

    def fit(
        self,
        real: RealActivations,
        dictionary: Dictionary,
        setting: Setting,
        *,
        rng: torch.Generator,
    ) -> None:
        """Load the weights.

        Raises:
            PluginError: none were trained for the setting.
            AssetError: they are damaged.
        """
        folder = self.folder or shipped(setting)
        if folder is None or not card_of(folder).suits(setting):
            raise PluginError(
                f"no flow prior was trained for {setting.model} at {setting.hook_name}, prompts "
                f"of {setting.n_ctx} tokens" + (f" (not that of {folder})" if folder else ""),
                where=f"generator {self.card.name!r}",
                fix="train one with 'synact-bench train-prior', or choose a testbed that has one",
            )
        self._prior = load(folder)
        # The first token of a prompt has no activation that a prior was shown.
        self._position = setting.position - 1


class FlowSamples(Pretrained):
    """Independent samples of the prior, at the position that the testbed writes."""

    shipped_card = GeneratorCard(
        name="flow-prior",
        version="1",
        track="unconditional",
        reference=REFERENCE,
        summary="Flow matching on activations of all positions: no clusters, no tokens.",
        parameters={"steps": STEPS},
        splits=True,
    )

    def generate(self, n: int, *, rng: torch.Generator) -> Tensor:
        """``n`` independent samples, ``[n, d_model]``."""
        return self._prior.sample(n, position=self._position, steps=STEPS, rng=rng)


class FlowDenoised(Pretrained):
    """A given activation mixed with noise, and led back to where activations are."""

    shipped_card = GeneratorCard(
        name="flow-denoised",
        version="1",
        track="conditioned",
        reference=REFERENCE,
        summary="A real activation mixed with noise half and half, denoised by the flow prior.",
        parameters={"steps": STEPS, "kept": KEPT},
        splits=True,
    )

    def generate(self, base: Tensor, *, rng: torch.Generator) -> Tensor:
        """One for each of ``base [n, d_model]``."""
        return self._prior.denoised(base, kept=KEPT, position=self._position, steps=STEPS, rng=rng)


class FlowRestored(Pretrained):
    """The base mixed with a little noise, and led back to where activations are."""

    shipped_card = GeneratorCard(
        name="flow-restored",
        version="1",
        track="reconstruction",
        reference=REFERENCE,
        summary="The base mixed with noise, four parts to one, denoised by the flow prior.",
        parameters={"steps": STEPS, "kept": RESTORED},
        splits=True,
    )

    def reconstruct(self, base: Tensor, *, rng: torch.Generator) -> Tensor:
        """One for each of ``base [n, d_model]``."""
        where = self._position
        return self._prior.denoised(base, kept=RESTORED, position=where, steps=STEPS, rng=rng)


def shipped(site: Site) -> Path | None:
    """The folder of the prior that was trained for a site; None if there is none."""
    return next((each for each in _folders() if card_of(each).suits(site)), None)


def _has_one(site: Site) -> bool:
    return shipped(site) is not None


def _folders() -> Iterator[Path]:
    return (each.parent for each in sorted(baselines().glob(f"*/{FOLDER}/{CARD}")))


def card_of(folder: Path) -> PriorCard:
    """What a folder's prior is.

    Raises:
        AssetError: the card is missing or none, or a shipped one that was changed.
    """
    path = folder / CARD
    try:
        checksums.refuse_altered(path, within=baselines())
        return PriorCard.model_validate_json(reading.content(path, most=reading.CONFIG))
    except AlteredError as error:
        raise AssetError(str(error), where=str(path), fix="restore the shipped file") from error
    except (OSError, FaultError, ValidationError) as error:
        raise AssetError(
            f"is no card of a flow prior ({type(error).__name__})",
            where=str(path),
            fix="give a folder that 'synact-bench train-prior' wrote",
        ) from error


def load(folder: Path) -> FlowPrior:
    """The prior of a folder, ready to sample.

    Raises:
        AssetError: the weights are missing, not those of the card, or hold something else.
    """
    path = folder / WEIGHTS
    try:
        content = reading.content(path, most=MOST_BYTES)
    except (OSError, FaultError) as error:
        raise AssetError(
            f"cannot be read: {getattr(error, 'strerror', None) or error}",
            where=str(path),
            fix="write the prior again",
        ) from error
    found, stated = hashlib.sha256(content).hexdigest(), card_of(folder).weights_sha256
    if found != stated:
        raise AssetError(
            f"SHA-256 is {found}, the card states {stated}",
            where=str(path),
            fix="restore the file, or train the prior again",
        )
    return FlowPrior.loads(content, where=str(path))


FLOW_PRIOR = BuiltIn(FlowSamples, order=250, optional=True, suits=_has_one)
FLOW_DENOISED = BuiltIn(FlowDenoised, order=260, optional=True, suits=_has_one)
FLOW_RESTORED = BuiltIn(FlowRestored, order=350, suits=_has_one)
