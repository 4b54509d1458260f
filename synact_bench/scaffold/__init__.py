"""A plugin package to start from."""

from __future__ import annotations

from synact_bench.scaffold.package import Plugin, write

__all__ = ["Plugin", "write"]
