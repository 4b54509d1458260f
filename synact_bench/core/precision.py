"""Precision of the model's matrix products."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, TypeAlias

Precision: TypeAlias = Literal["float32", "mixed"]
"""``float32`` throughout, the reference; or ``mixed``: the linear layers of the blocks take and
give bfloat16, and a gated MLP stays in it up to its output. Residual stream, norms, attention,
unembedding and KL are float32."""

LABELS: Mapping[str, str] = MappingProxyType(
    {"float32": "float32", "mixed": "mixed precision (bfloat16)"}
)
"""What a board says of the precision that its cells were measured in."""
