"""A plugin package to start from."""

from __future__ import annotations

from synact_bench.scaffold.package import PluginName, run_options, write

__all__ = ["PluginName", "run_options", "write"]
