"""A plugin package to start from."""

from __future__ import annotations

from synact_bench.scaffold.package import PluginName, write

__all__ = ["PluginName", "write"]
