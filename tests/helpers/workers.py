"""A testbed and a plugin of files alone, which other processes can open."""

from __future__ import annotations

import os
from pathlib import Path

from synact_bench.results.store import Cell
from synact_bench.run.measuring import measure
from synact_bench.run.request import Request
from tests.helpers.requests import Unwatched
from tests.helpers.testbeds import N_CTX

TOML = f"""
name = "mine"
version = "1"
summary = "A tiny random model on random words."
weights = "raw"
write_hook = "blocks.1.hook_resid_pre"
read_hook = "blocks.3.hook_resid_post"
n_ctx = {N_CTX}
train_activations = 400
model = {{kind = "local", path = "model"}}
text = {{kind = "local-text", path = "text"}}
sae = {{kind = "pca"}}
"""
PLUGIN = """
import os, signal
from pathlib import Path
import torch
from synact_bench import GeneratorCard

class Mortal:
    card = GeneratorCard(name="mortal", version="1", track="unconditional")

    def fit(self, real, dictionary, *, rng):
        dead = Path({marker!r})
        if {dies} and os.getpid() != {driver} and not dead.exists():
            dead.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        self.mean = real.mean

    def generate(self, n, *, rng):
        return self.mean + torch.randn(n, len(self.mean), generator=rng)
"""


def write_plugin(folder: Path, *, dies: bool = False) -> Path:
    """A plugin; one that dies ends its process when it is fitted first, but not this one."""
    text = PLUGIN.format(marker=str(folder / "dead"), dies=dies, driver=os.getpid())
    path = folder / "mortal.py"
    path.write_text(text, encoding="utf-8")
    return path


def measured(request: Request) -> dict[str, Cell]:
    """Measure what a request lacks; its cells by stem."""
    measure(request.plans, request, Unwatched())
    return {cell.record.identity.stem: cell for cell in request.store.cells()}
