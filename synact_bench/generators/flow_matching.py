"""A prior over activations: flow matching on those of every position, trained beforehand."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from pydantic import BaseModel, ConfigDict
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn

from synact_bench.core.activations import NO_VARIANCE, ordinary
from synact_bench.core.errors import AssetError
from synact_bench.core.precision import Precision
from synact_bench.core.setting import Site
from synact_bench.generators.velocity import Velocity, gaussian_velocity, midpoint

WEIGHTS, CARD = "prior.safetensors", "card.json"
"""Files of a trained prior's folder."""
SITE = ("model", "revision", "hook_name", "n_ctx", "bos", "centred")
"""What decides the activations of all positions of a prompt."""
AT_ONCE = 32_768
"""Activations whose moments are taken at once."""
SMOOTHING = 0.999
"""Share of the averaged weights that a step of training leaves, once there are enough steps."""


class PriorSettings(BaseModel):
    """How a prior is trained."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    width: int = 768
    """Of the network's three hidden layers."""
    steps: int = 3000
    batch: int = 1024
    lr: float = 1e-3
    """Of Adam, falling to 0 along a cosine."""
    activations: int | None = 504_000
    """Most train activations that are captured; None takes all."""
    checkpoints: tuple[int, ...] = ()
    """Steps after which the averaged weights are kept, beside the last."""
    precision: Precision = "float32"
    """Of the network's products in training; ``mixed`` takes less than half of the time where a
    processor has instructions for bfloat16."""
    seed: int = 0


class PriorCard(BaseModel):
    """What a trained prior is, and what it was trained on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str
    revision: str
    hook_name: str
    n_ctx: int
    bos: bool
    centred: bool
    settings: PriorSettings
    train_activations: int
    loss: dict[int, float]
    """By step, the loss on held-out documents of the weights kept there, as a share of that of the
    exact flow to the Gaussian of the same mean and covariance: below 1 is better than Gaussian."""
    weights_sha256: str
    versions: dict[str, str]

    def suits(self, site: Site) -> bool:
        """Whether it was trained on the activations of a site, at any position."""
        known = dataclasses.asdict(site)
        return all(getattr(self, name) == known[name] for name in SITE)


@dataclass(frozen=True, eq=False)
class Coordinates:
    """Principal coordinates of activations, in units between their spread and one for all.

    Errors in them weigh by the root of a direction's variance: between what an activation's
    length is made of and what makes each direction count alike.

    Attributes:
        mean: of the activations, ``[d_model]``.
        directions: their principal ones of some variance, of unit length, ``[d_model, k]``.
        variance: along each, ``[k]``.
    """

    mean: Tensor
    directions: Tensor
    variance: Tensor

    @classmethod
    def of(cls, activations: Tensor) -> Coordinates:
        """Those of ``activations [n, d_model]``."""
        mean = activations.mean(0, dtype=torch.float64)
        moments = torch.zeros(len(mean), len(mean), dtype=torch.float64)
        for part in torch.split(
            activations, AT_ONCE
        ):  # all of them in double precision take gigabytes
            apart = part.double() - mean
            moments += apart.T @ apart
        variance, directions = torch.linalg.eigh(moments / (len(activations) - 1))
        some = variance > NO_VARIANCE * variance[-1]
        return cls(mean.float(), directions[:, some].float(), variance[some].float())

    @property
    def unit(self) -> Tensor:
        """Of each coordinate, in units of activations, ``[k]``."""
        deviation = self.variance.sqrt()
        return (deviation * deviation.mean()).sqrt()

    def from_activations(self, activations: Tensor) -> Tensor:
        """``[n, k]`` of ``activations [n, d_model]``."""
        return (activations - self.mean) @ self.directions / self.unit

    def to_activations(self, place: Tensor) -> Tensor:
        """``[n, d_model]`` of ``place [n, k]``."""
        return self.mean + (place * self.unit) @ self.directions.T

    def noise(self, n: int, *, rng: torch.Generator) -> Tensor:
        """Samples of the Gaussian with the activations' covariance, ``[n, k]``."""
        scale = self.variance.sqrt() / self.unit
        return torch.randn(n, len(scale), generator=rng) * scale


@dataclass(frozen=True, eq=False)
class FlowPrior:
    """A flow from noise of the activations' own covariance to activations, told the position.

    Untrained, it is the exact flow to the Gaussian of the same mean and covariance, so that
    training learns nothing but how activations differ from that.

    Attributes:
        coordinates: that it flows in.
        velocity: the network, told which position of the prompt an activation has.
        positions: that have activations: all tokens of a prompt but the first.
    """

    coordinates: Coordinates
    velocity: Velocity
    positions: int

    @classmethod
    def untrained(
        cls, coordinates: Coordinates, *, positions: int, width: int, seed: int = 0
    ) -> FlowPrior:
        """One with new weights."""
        rng = torch.Generator().manual_seed(seed)
        k = len(coordinates.variance)
        return cls(coordinates, Velocity(k, positions, width=width, rng=rng), positions)

    def error(
        self, end: Tensor, position: Tensor, *, rng: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Mean squared errors of the velocity and of the Gaussian's.

        Args:
            end: coordinates of real activations, ``[n, k]``.
            position: of each, ``[n]`` int64, 0 for the second token of a prompt.
            rng: of noise and time.
        """
        start = self.coordinates.noise(len(end), rng=rng)
        time = torch.rand(len(end), 1, generator=rng)
        place, true = start.lerp(end, time), end - start
        found = self.velocity(place, time, self._context(position))
        gaussian = gaussian_velocity(place, time)
        return (found - true).square().mean(), (gaussian - true).square().mean()

    @torch.no_grad()
    def sample(self, n: int, *, position: int, steps: int, rng: torch.Generator) -> Tensor:
        """``n`` independent activations of one position, ``[n, d_model]``."""
        context = self._context(torch.full((n,), position))
        start = self.coordinates.noise(n, rng=rng)
        return self.coordinates.to_activations(midpoint(self.velocity, start, context, steps=steps))

    @torch.no_grad()
    def denoised(
        self, base: Tensor, *, kept: float, position: int, steps: int, rng: torch.Generator
    ) -> Tensor:
        """Activations ``base [n, d_model]`` mixed with noise and led back, ``[n, d_model]``.

        Args:
            base: what is mixed.
            kept: share of the way from noise to data at which the flow begins, 0 to 1.
            position: of all of them.
            steps: of the flow.
            rng: of the noise.
        """
        place = self.coordinates.from_activations(base)
        start = self.coordinates.noise(len(base), rng=rng).lerp(place, kept)
        context = self._context(torch.full((len(base),), position))
        ended = midpoint(self.velocity, start, context, steps=steps, start=kept)
        return self.coordinates.to_activations(ended)

    def _context(self, position: Tensor) -> Tensor:
        return nn.functional.one_hot(position, self.positions).float()

    def dumps(self) -> bytes:
        """Its numbers as safetensors, in half precision except moments, which are of any size."""
        numbers = {name: getattr(self.coordinates, name) for name in _COORDINATES}
        numbers["directions"] = self.coordinates.directions.half()
        numbers |= {name: each.half() for name, each in self.velocity.state_dict().items()}
        return save({name: each.contiguous() for name, each in numbers.items()})

    @classmethod
    def loads(cls, content: bytes, *, where: str) -> FlowPrior:
        """What ``dumps`` wrote.

        Raises:
            AssetError: it is something else.
        """
        try:
            numbers = {name: each.float() for name, each in load(content).items()}
            if not all(bool(each.isfinite().all()) for each in numbers.values()):
                raise ValueError("not finite")
            coordinates = Coordinates(**{name: numbers.pop(name) for name in _COORDINATES})
            width, inputs = numbers["weights.0"].shape
            k = len(coordinates.variance)
            positions = inputs - Velocity.inputs(k, 0)
            _refuse_other_sizes(numbers, Velocity.sizes(k, positions, width))
            made = cls.untrained(coordinates, positions=positions, width=width)
            made.velocity.load_state_dict(numbers)
        except (KeyError, TypeError, ValueError, RuntimeError, SafetensorError) as error:
            raise AssetError(
                f"holds no flow prior ({type(error).__name__})",
                where=where,
                fix="write it again with 'synact-bench train-prior'",
            ) from error
        made.velocity.eval().requires_grad_(False)
        return made


_COORDINATES = ("mean", "directions", "variance")


def _refuse_other_sizes(numbers: Mapping[str, Tensor], sizes: Sequence[tuple[int, int]]) -> None:
    """Refuse layers of other sizes before one is made: a tensor without numbers may state any."""
    for at, (wide, high) in enumerate(sizes):
        if numbers[f"weights.{at}"].shape != (high, wide) or not wide * high:
            raise ValueError("a layer of another size")


def usable(activations: Tensor) -> tuple[Tensor, Tensor]:
    """Those of ``activations [windows, positions, d_model]`` that are not massive.

    Returns:
        ``[n, d_model]``, and the position of each, ``[n]`` int64.
    """
    kept = ordinary(activations)
    return activations[kept], kept.nonzero()[:, 1]


def trained(
    activations: Tensor,
    settings: PriorSettings,
    *,
    at: Callable[[int, FlowPrior], object] = lambda *_: None,
) -> FlowPrior:
    """A prior trained on ``activations [windows, positions, d_model]``.

    Args:
        activations: of every position of each window.
        settings: width, steps, batch, rate, precision and seed.
        at: told each of the settings' checkpoints: the step, and a prior of averaged weights.
    """
    positions = activations.shape[1]
    some, at_position = usable(activations)
    coordinates = Coordinates.of(some)
    prior = FlowPrior.untrained(
        coordinates, positions=positions, width=settings.width, seed=settings.seed
    )
    averaged = copy.deepcopy(prior)
    rng = torch.Generator().manual_seed(settings.seed + 1)
    optimiser = torch.optim.Adam(prior.velocity.parameters(), lr=settings.lr, fused=True)
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, settings.steps)
    for step in range(1, settings.steps + 1):
        rows = torch.randint(len(some), (settings.batch,), generator=rng)
        end = coordinates.from_activations(some[rows])
        with torch.autocast("cpu", torch.bfloat16, enabled=settings.precision == "mixed"):
            loss, _ = prior.error(end, at_position[rows], rng=rng)
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
        falling.step()
        share = 1 - min(SMOOTHING, step / (step + 10))
        with torch.no_grad():
            for mean, each in zip(
                averaged.velocity.parameters(), prior.velocity.parameters(), strict=True
            ):
                mean.lerp_(each, share)
        if step in settings.checkpoints:
            at(step, copy.deepcopy(averaged))
    return averaged
