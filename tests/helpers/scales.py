"""A frozen scale, of round numbers."""

from __future__ import annotations

from synact_bench.testbeds.scale import ScaleFacts

FACTS = ScaleFacts(
    length=100.0,
    blocks=(0.1, 0.2, 0.3),
    draws=5,
    gamma=4.0,
    gamma_error=0.1,
    gaussians=4,
    bases=24,
)
"""Of a cell; ``model_copy(update=...)`` gives another."""
