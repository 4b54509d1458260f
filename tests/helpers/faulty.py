"""Plugins as people write them, each with one mistake."""

from __future__ import annotations

from pathlib import Path

TEMPLATE = """
import torch
from synact_bench import GeneratorCard

class Faulty:
    card = GeneratorCard(name="faulty", version="1", track="{track}")

    def fit(self, real, dictionary, *, rng):
        self.mean = real.mean
        {fit}

    def generate(self, {argument}, *, rng):
        {generate}
"""

GOOD = "return self.mean + torch.randn(n, len(self.mean), generator=rng)"

FAULTS = {
    "shape": ("unconditional", "pass", "return self.mean.repeat(n, 1)[:, 1:]"),
    "dtype": ("unconditional", "pass", "return self.mean.repeat(n, 1).double()"),
    "nan": ("unconditional", "pass", "return self.mean.repeat(n, 1) * torch.nan"),
    "infinity": ("unconditional", "pass", "return self.mean.repeat(n, 1) + torch.inf"),
    "raises": ("unconditional", "pass", "return {}['nothing']"),
    "fit-raises": ("unconditional", "raise ValueError('two\\nlines')", GOOD),
    "changes-base": ("conditioned", "pass", "return base.add_(1)"),
    "changes-pool": ("unconditional", "real.tensor[0] = 0", GOOD),
    "changes-pool-later": (
        "unconditional",
        "self.pool = real.tensor",
        "self.pool[0] = 0; return self.pool[:n].clone()",
    ),
    "too-long": ("unconditional", "pass", "return self.mean.repeat(n, 1) * 1e30"),
    "leaves": ("unconditional", "pass", "raise SystemExit(0)"),
    "global-rng": ("unconditional", "pass", "return self.mean + torch.randn(n, len(self.mean))"),
}
"""Track, last line of ``fit`` and body of ``generate``, by mistake."""


def plugin(folder: Path, fit: str = "pass", generate: str = GOOD, *, track: str) -> Path:
    """Write a plugin file."""
    argument = "n" if track == "unconditional" else "base"
    path = folder / "faulty.py"
    text = TEMPLATE.format(track=track, fit=fit, generate=generate, argument=argument)
    path.write_text(text, encoding="utf-8")
    return path


def faulty(folder: Path, mistake: str) -> Path:
    """Write the plugin with this mistake."""
    track, fit, generate = FAULTS[mistake]
    return plugin(folder, fit, generate, track=track)
