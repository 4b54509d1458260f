"""Random streams named by what they are for, so that no result depends on what else runs."""

from __future__ import annotations

import hashlib

import torch


def stream(*names: str | int) -> torch.Generator:
    """A fresh generator whose seed is a hash of ``names``."""
    text = "|".join(str(name) for name in names)
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1
    return torch.Generator().manual_seed(seed)
