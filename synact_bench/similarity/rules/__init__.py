"""The rules of copying: one file a rule; what a file declares is in ``RULES``."""

from __future__ import annotations

from collections.abc import Mapping

from synact_bench.core.declarations import declared
from synact_bench.similarity.rule import SimilarityRule

RULES: Mapping[str, SimilarityRule] = declared(__name__, SimilarityRule)  # type: ignore[type-abstract]  # any of three kinds
"""Every rule by name, in the order of findings in a record."""
