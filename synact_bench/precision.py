"""Precision of the model's matrix products."""

from __future__ import annotations

from typing import Literal, TypeAlias

Precision: TypeAlias = Literal["float32", "mixed"]
"""``float32`` throughout, the reference; or ``mixed``: operands of the blocks' matrix products in
bfloat16, everything else (residual stream, norms, softmax, unembedding, KL) in float32."""
