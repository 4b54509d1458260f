"""Tracks: what a generator is shown, and so which rows it is ranked among."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

Track = Literal["unconditional", "conditioned", "reconstruction"]

RECONSTRUCTION: Track = "reconstruction"
GENERATED: tuple[Track, ...] = ("unconditional", "conditioned")
"""Tracks whose rows stand for real activations, and have realism."""
METHODS: Mapping[Track, str] = MappingProxyType(
    {"unconditional": "generate", "conditioned": "generate", RECONSTRUCTION: "reconstruct"}
)
"""What a fitted generator is asked with, by track."""
