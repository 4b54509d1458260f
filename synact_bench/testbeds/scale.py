"""The frozen scale of a testbed's cells: measured once, then declared."""

from __future__ import annotations

from pydantic import Field

from synact_bench.testbeds.sources import Declared


class MetricScale(Declared):
    """How far a named metric is apart on real and on Gaussian paths, in the metric's unit."""

    gaussian: float = Field(ge=0)
    """Distance of Gaussian samples from real, mean over draws."""
    gaussian_error: float | None = Field(default=None, ge=0)
    """Its standard error over documents; None where they are too few."""
    floor: float = Field(ge=0)
    """Distance of real from real, median."""
    floor_upper: float = Field(ge=0)
    """The same, 95th percentile."""

    @property
    def applicable(self) -> bool:
        """Whether the metric tells even Gaussian samples from real ones on this testbed."""
        return self.gaussian > self.floor_upper


class ScaleFacts(Declared):
    """What turns the energy distance of a cell into a realism."""

    length: float = Field(gt=0)
    """Median final l2 of real, in activation units at the read hook."""
    blocks: tuple[float, float, float]
    """Median distance of two residuals of real, by block of features."""
    draws: int = Field(ge=2)
    """Of real activations."""
    gamma: float = Field(gt=0)
    """E2 of Gaussian samples, mean over draws."""
    gamma_error: float = Field(ge=0)
    """Its standard error over documents."""
    gaussians: int = Field(ge=1)
    """Draws of Gaussian samples."""
    bases: int = Field(ge=2)
    """Prompts that it was measured on."""
    metrics: dict[str, MetricScale] = Field(default_factory=dict)
    """By named metric; of the bases that are swept on the whole grid."""
