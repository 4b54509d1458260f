"""The L^p exponent of a testbed: responses to pure directions and to mixtures of equal length."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from synact_bench.assets import prompts
from synact_bench.assets.prompts import Prompts
from synact_bench.core.activations import RealActivations
from synact_bench.core.errors import SynactError, TextError
from synact_bench.core.rng import stream
from synact_bench.engine.sweeper import Sweeper
from synact_bench.metrics.base import Floats
from synact_bench.models.pca import component_latents
from synact_bench.models.subject import Subject
from synact_bench.paths import Segments
from synact_bench.scoring.lp_norm import (
    REPLICATES,
    Exponents,
    NoResponseError,
    Responses,
    exponents,
)

LEADING = 64
"""Principal components that pairs are drawn from: those of most variance."""
PARALLEL = 0.99
"""Cosine from which on two directions are one: 8 degrees apart."""
FRACTIONS = (0.25, 0.35, 0.5, 0.71, 1.0)
"""Lengths of perturbations, over the median distance of two real activations: a factor of the root
of two apart, which is how far an even mixture's largest component is from its length."""


@dataclass(frozen=True, kw_only=True)
class LpSettings:
    """How much is measured.

    Attributes:
        prompts: how many, each of a document of its own as far as there are documents.
        pairs: of each kind of direction.
        angles: mixtures of a pair, evenly spread between its two directions.
        fractions: lengths, over the median distance of two real activations.
        seed: of prompts and directions.
    """

    prompts: int = 48
    pairs: int = 16
    angles: int = 3
    fractions: tuple[float, ...] = FRACTIONS
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what gives no exponent.

        Raises:
            SynactError: lengths are fewer than two, not above 0, or one is given twice.
        """
        if len({*self.fractions}) < max(2, len(self.fractions)) or min(self.fractions) <= 0:
            raise SynactError(
                "a slope needs two different lengths above 0",
                where=f"--radius {', '.join(f'{each:g}' for each in self.fractions)}",
                fix="give two or more, such as --radius 0.5 --radius 0.71",
            )


@dataclass(frozen=True, eq=False)
class LpReport:
    """The exponents of a testbed.

    Attributes:
        testbed: ``name@version``.
        settings: how much was measured.
        documents: that the prompts are of.
        distance: median of two real activations, the unit of the lengths, in activation units.
        exponents: by kind of direction, by response: ``kl``, and the square of ``l2``.
        pairs: how many there were of each kind.
    """

    testbed: str
    settings: LpSettings
    documents: int
    distance: float
    exponents: Mapping[str, Mapping[str, Exponents]]
    pairs: Mapping[str, int]

    @property
    def said(self) -> str:
        """What was measured, a sentence."""
        asked = self.settings
        fewer = [f"{n} {kind}" for kind, n in self.pairs.items() if n < asked.pairs]
        left = f" (only {', '.join(fewer)}: no further ones are apart)" if fewer else ""
        return (
            f"{asked.prompts} prompts of {self.documents} documents, {asked.pairs} pairs of each "
            f"kind{left}, {asked.angles} mixtures of each pair, seed {asked.seed}. Median distance "
            f"of two real activations: {self.distance:.4g}."
        )


def measured(
    subject: Subject,
    settings: LpSettings,
    *,
    replicates: int = REPLICATES,
    say: Callable[[str], object] = lambda _: None,
) -> LpReport:
    """Measure an opened testbed.

    Raises:
        TextError: there are fewer test prompts than are asked for.
        SynactError: of a kind there is no pair, or no response above 0 at one of the lengths.
    """
    chosen = _one_a_document(subject, settings)
    bases = subject.activations(chosen)
    testbed = subject.testbed
    sweeper = Sweeper(
        subject.model,
        torch.from_numpy(chosen.ids),
        write_hook=testbed.write_hook,
        read_hook=testbed.read_hook,
        position=testbed.write_index,
    )
    distance = _distance(subject.train, rng=stream(settings.seed, "lp", "distance"))
    found: dict[str, dict[str, Exponents]] = {}
    drawn = directions(subject, settings)
    for kind, pairs in drawn.items():
        say(f"{kind} directions")
        both = responses(sweeper, bases, pairs, settings, distance, chosen.documents)
        found[kind] = {
            name: _exponents(each, settings, kind=kind, name=name, replicates=replicates)
            for name, each in both.items()
        }
    return LpReport(
        testbed.identity,
        settings,
        len({*chosen.documents}),
        distance,
        found,
        {kind: len(pairs) for kind, pairs in drawn.items()},
    )


def _exponents(
    told: Responses, settings: LpSettings, *, kind: str, name: str, replicates: int
) -> Exponents:
    rng = np.random.default_rng(settings.seed)
    try:
        return exponents(told, rng=rng, replicates=replicates)
    except NoResponseError as error:
        raise SynactError(
            f"no pair of directions has a {name} above 0 there",
            where=f"{kind} directions, --radius {sorted(settings.fractions)[error.place]:g}",
            fix="give a longer --radius in its place, or more --pairs or --prompts",
        ) from error


def directions(subject: Subject, settings: LpSettings) -> dict[str, Tensor]:
    """Pairs of unit directions by kind, ``[pairs, 2, d_model]`` each.

    Those that are nearly parallel, or opposite, are left out: they have no mixture to speak of. A
    dictionary of principal components holds every one with either sign.

    Raises:
        SynactError: no pair of a kind is left.
    """
    wanted, train = 2 * settings.pairs, subject.train

    def rng(kind: str) -> torch.Generator:
        return stream(settings.seed, "lp", kind)

    alive = subject.dictionary.alive
    components = component_latents(train).W_dec
    components = components[: min(LEADING, len(components) // 2)]
    noise = torch.randn((wanted, train.d_model), generator=rng("random"))
    starts, stops = (train.draw(wanted, rng=rng(f"real {end}")) for end in ("start", "stop"))
    apart = stops - starts
    drawn = {
        "dictionary": subject.dictionary.directions[
            alive[_some(len(alive), wanted, rng("latents"))]
        ],
        "real difference": apart[apart.norm(dim=-1) > 0],
        "pca": components[_some(len(components), wanted, rng("components"))],
        "random": noise,
    }
    unit = {kind: torch.nn.functional.normalize(each, dim=-1) for kind, each in drawn.items()}
    return {kind: _paired(each, kind) for kind, each in unit.items()}


def _paired(unit: Tensor, kind: str) -> Tensor:
    """Unit directions two by two, ``[pairs, 2, d_model]``; without pairs on one line."""
    pairs = unit[: len(unit) // 2 * 2].reshape(-1, 2, unit.shape[-1]).float()
    kept = pairs[(pairs[:, 0] * pairs[:, 1]).sum(-1).abs() < PARALLEL]
    if not len(kept):
        raise SynactError(
            f"no two of {len(unit)} directions are apart",
            where=f"{kind} directions",
            fix="give more --pairs, or another dictionary",
        )
    return kept


def responses(
    sweeper: Sweeper,
    bases: Tensor,
    pairs: Tensor,
    settings: LpSettings,
    distance: float,
    documents: tuple[str, ...],
) -> dict[str, Responses]:
    """Run every prompt along both directions of every pair and along their mixtures.

    The second direction is taken with either sign and responses are averaged over both: what two
    orthogonal directions do to each other then cancels in a quadratic response, which has p = 2
    exactly. Every mixture has the length of the pure directions.

    Args:
        sweeper: of the prompts.
        bases: the prompts' own activations, ``[prompts, d_model]``.
        pairs: unit directions, ``[pairs, 2, d_model]``.
        settings: lengths and angles.
        distance: unit of the lengths.
        documents: of the prompts.

    Returns:
        By response, ``kl`` and ``l2 squared``.
    """
    parts = mixtures(settings.angles)
    ways = _ways(pairs, parts)
    radii = distance * torch.tensor(sorted(settings.fractions))
    reach = float(radii[-1])
    of_each = ways.flatten(0, 1)
    along = Segments(
        bases.repeat_interleave(len(of_each), 0), (reach * of_each).repeat(len(bases), 1)
    )
    rows = torch.arange(len(bases)).repeat_interleave(len(of_each)).tolist()
    curves = sweeper.curves(rows, along, torch.cat([torch.zeros(1), radii / reach]))
    shape = (len(bases), *ways.shape[:2], len(radii))
    found = {"kl": curves.kl, "l2 squared": curves.l2**2}
    return {
        name: _told(array[:, 1:].reshape(shape).astype(np.float64), parts, radii, documents)
        for name, array in found.items()
    }


def _ways(pairs: Tensor, parts: Floats) -> Tensor:
    """Unit directions of each pair, ``[pairs, 3 + 2 angles, d_model]``.

    The first, the second and its opposite, then each mixture with either sign of the second.
    """
    first, second = pairs[:, 0].double(), pairs[:, 1].double()
    ways = [first, second, -second]
    for one, other in parts.tolist():
        ways += [one * first + other * second, one * first - other * second]
    return torch.nn.functional.normalize(torch.stack(ways, 1), dim=-1).float()


def mixtures(angles: int) -> Floats:
    """Components of mixtures evenly spread between two directions, ``[angles, 2]``."""
    turned = np.arange(1, angles + 1) * (math.pi / 2 / (angles + 1))
    return np.stack([np.cos(turned), np.sin(turned)], axis=-1)


def _told(array: Floats, parts: Floats, radii: Tensor, documents: tuple[str, ...]) -> Responses:
    mixed = array[:, :, 3:].reshape(*array.shape[:2], -1, 2, array.shape[-1])
    return Responses(
        radii=radii.double().numpy(),
        parts=parts,
        first=array[:, :, 0],
        second=array[:, :, 1:3].mean(axis=2),
        mixed=mixed.mean(axis=3),
        documents=documents,
    )


def _one_a_document(subject: Subject, settings: LpSettings) -> Prompts:
    """Test prompts in a fixed random order, the first of every document before any second."""
    known = prompts.shuffled(subject.test, salt=f"{settings.seed}|lp")
    if len(known) < settings.prompts:
        raise TextError(
            f"test documents give {len(known)} prompts, {settings.prompts} are asked for",
            where=subject.testbed.name,
            fix="give more text, or fewer --prompts",
        )
    seen: Counter[str] = Counter()
    turn = []
    for name in known.documents:
        turn.append(seen[name])
        seen[name] += 1
    return known.take(sorted(range(len(known)), key=turn.__getitem__)[: settings.prompts])


def _distance(train: RealActivations, *, rng: torch.Generator) -> float:
    """Median distance of two real activations."""
    one, other = (train.draw(len(train), rng=rng) for _ in range(2))
    return float((one - other).norm(dim=-1).median())


def _some(known: int, wanted: int, rng: torch.Generator) -> Tensor:
    """Different ones of ``known``, at random: ``wanted`` of them, or as many as there are."""
    return torch.randperm(known, generator=rng)[:wanted]
