r"""L^p exponents: of which norm of its components is the response to a perturbation a function?

Two unit directions u, v and a perturbation ``a u + b v`` of length r. Along a pure direction the
response grows like a power of the length, ``R_u = (s_u r)^q``. If it is a function of the L^p norm
of the components, each in units of its own effect, a mixture answers

    R(a, b) = ((s_u |a|)^p + (s_v |b|)^p)^(q / p)
            = (|a / r|^p R_u^(p / q) + |b / r|^p R_v^(p / q))^(q / p)

p = 2: the response is a quadratic form's, no direction is privileged. p > 2: a pure direction
disturbs more than a mixture of the same length. p is fitted to the logarithms by least squares.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar

from synact_bench.metrics.base import Floats
from synact_bench.scoring.estimate import Estimate

LARGEST = 50.0
"""Exponents from here on are no longer told apart: the norm is the largest component."""
SMALLEST = 0.5
REPLICATES = 200
"""Of the bootstrap: each fits again."""


class NoResponseError(ValueError):
    """At one length no pair has responses above 0: nothing can be fitted there.

    Attributes:
        place: of the length, among the radii.
    """

    def __init__(self, place: int) -> None:
        super().__init__(f"no pair has responses above 0 at radius {place}")
        self.place = place


@dataclass(frozen=True, eq=False)
class Responses:
    """Responses to pure directions and mixtures of pairs, above 0; NaN where there is none.

    Attributes:
        radii: length of the perturbations, rising, ``[radii]``.
        parts: components of each mixture over its length, ``[angles, 2]``.
        first: response to the first direction alone, ``[prompts, pairs, radii]``.
        second: to the second, likewise.
        mixed: to each mixture, ``[prompts, pairs, angles, radii]``.
        documents: of the prompts.
    """

    radii: Floats
    parts: Floats
    first: Floats
    second: Floats
    mixed: Floats
    documents: tuple[str, ...]

    def __post_init__(self) -> None:
        prompts, pairs, angles, radii = self.mixed.shape
        told = {
            "radii": (self.radii, (radii,)),
            "parts": (self.parts, (angles, 2)),
            "first": (self.first, (prompts, pairs, radii)),
            "second": (self.second, (prompts, pairs, radii)),
        }
        for name, (array, shape) in told.items():
            if array.shape != shape:
                raise ValueError(f"{name} {array.shape} must be {shape}")
        if len(self.documents) != prompts:
            raise ValueError(f"{len(self.documents)} documents for {prompts} prompts")
        if radii < 2 or not (np.diff(self.radii) > 0).all() or self.radii[0] <= 0:
            raise ValueError("a slope needs two radii at least, rising and above 0")


@dataclass(frozen=True, eq=False)
class Exponents:
    """What was fitted.

    Attributes:
        p: over all radii, with its bootstrap over documents and pairs.
        by_radius: p at each radius alone, likewise.
        slopes: q, how steeply the log of the response to pure directions rises with that of the
            length, at each radius, ``[radii]``: 2 where it is quadratic.
        ratios: response to an even mixture (to the most even angle) over the geometric mean of the
            two pure ones, median at each radius, ``[radii]``: below 1 where p > 2.
        misfit: root mean square of what the logarithms differ from the fit over all radii.
        used: share of the responses that are above 0 and finite.
    """

    p: Estimate
    by_radius: tuple[Estimate, ...]
    slopes: Floats
    ratios: Floats
    misfit: float
    used: float


def exponents(
    responses: Responses, *, rng: np.random.Generator, replicates: int = REPLICATES
) -> Exponents:
    """Fit p to the responses of one kind of direction.

    Args:
        responses: of pure directions and mixtures.
        rng: source of the documents and pairs that each replicate draws: both with replacement,
            independently, as other documents and other pairs would be other ones.
        replicates: how many.

    Raises:
        NoResponseError: there is a radius at which no pair has responses that are all above 0.
    """
    _refuse_silent(responses)
    weights = np.ones(responses.first.shape[:2])
    drawn = [_drawn(responses, rng) for _ in range(replicates)]
    every = list(range(len(responses.radii)))
    p = _fitted(responses, weights, every)
    logs = _logs(responses)
    with np.errstate(invalid="ignore"):
        even = np.abs(responses.parts[:, 0] - responses.parts[:, 1]).argmin()
        middle = logs[2][:, :, even]
        ratios = np.exp(np.nanmedian(middle - (logs[0] + logs[1]) / 2, axis=(0, 1)))
    left = _residuals(responses, 1 / p, _slopes(responses, weights))
    return Exponents(
        p=Estimate(p, np.array([_fitted(responses, each, every) for each in drawn])),
        by_radius=tuple(
            Estimate(
                _fitted(responses, weights, [place]),
                np.array([_fitted(responses, each, [place]) for each in drawn]),
            )
            for place in every
        ),
        slopes=_slopes(responses, weights),
        ratios=ratios,
        misfit=float(np.sqrt(np.nanmean(left**2))),
        used=float(np.isfinite(left).mean()),
    )


def _drawn(responses: Responses, rng: np.random.Generator) -> Floats:
    """How often a replicate holds each prompt with each pair, ``[prompts, pairs]``."""
    names, place = np.unique(np.array(responses.documents, dtype=object), return_inverse=True)
    pairs = responses.first.shape[1]
    of_documents = rng.multinomial(len(names), np.full(len(names), 1 / len(names)))
    of_pairs = rng.multinomial(pairs, np.full(pairs, 1 / pairs))
    return np.outer(of_documents[place], of_pairs).astype(np.float64)


def _refuse_silent(responses: Responses) -> None:
    """Refuse a radius at which nothing is left to fit: pure responses there, and their slopes.

    Slopes are of pairs whose pure responses are above 0 at every radius: where there is none, the
    radius that fewest have is to blame.
    """
    weights = np.ones(responses.first.shape[:2])
    slopes = _slopes(responses, weights)
    if np.isnan(slopes).all():
        first, second, _ = _logs(responses)
        raise NoResponseError(int(np.isfinite(first + second).sum(axis=(0, 1)).argmin()))
    known = np.isfinite(_residuals(responses, 0.5, slopes)).any(axis=(0, 1, 2))
    if not known.all():
        raise NoResponseError(int(known.argmin()))


def _fitted(responses: Responses, weights: Floats, places: list[int]) -> float:
    """The exponent that fits best at some radii; NaN where nothing is left to fit."""
    slopes = _slopes(responses, weights)
    counts = np.broadcast_to(weights[:, :, None, None], responses.mixed.shape)[..., places]

    def misfit(inverse: float) -> float:
        left = _residuals(responses, inverse, slopes)[..., places]
        return float(np.nansum(counts * left**2))

    known = np.isfinite(_residuals(responses, 0.5, slopes)[..., places])
    if not counts[known].any():
        return float("nan")
    # In 1/p the misfit is smooth up to an infinite p.
    found = minimize_scalar(
        misfit, bounds=(1 / LARGEST, 1 / SMALLEST), method="bounded", options={"xatol": 1e-5}
    )
    return float(1 / found.x)


def _logs(responses: Responses) -> tuple[Floats, Floats, Floats]:
    """Logarithms of the responses; NaN where one is not above 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found = (np.log(each) for each in (responses.first, responses.second, responses.mixed))
        first, second, mixed = (np.where(np.isfinite(each), each, np.nan) for each in found)
    return first, second, mixed


def _slopes(responses: Responses, weights: Floats) -> Floats:
    """q at each radius, ``[radii]``: of the weighted mean log response to pure directions."""
    first, second, _ = _logs(responses)
    whole = np.asarray(~np.isnan(first + second).any(axis=-1))
    if not (weights * whole).any():
        return np.full(len(responses.radii), np.nan)
    chosen = weights * whole
    both = np.where(whole[..., None], (first + second) / 2, 0.0)
    mean = (chosen[..., None] * both).sum(axis=(0, 1)) / chosen.sum()
    slopes: Floats = np.gradient(mean, np.log(responses.radii))
    return slopes


def _residuals(responses: Responses, inverse: float, slopes: Floats) -> Floats:
    """Observed less fitted log response at ``1 / p``, ``[prompts, pairs, angles, radii]``."""
    first, second, mixed = _logs(responses)
    with np.errstate(invalid="ignore", divide="ignore"):
        own = np.log(np.abs(responses.parts))[:, None]
        effects = np.stack([first, second], axis=-1)[:, :, None] / slopes[:, None]
        norms = np.logaddexp(*np.moveaxis((own + effects) / inverse, -1, 0)) * inverse
        left: Floats = mixed - slopes * norms
    return left
