"""Options as arguments of the command line, for whoever is told how to run something again."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from synact_bench.core.experiments import PRESETS, Preset
from synact_bench.run.options import DEFAULTS, OPTIONS, RunOptions


def arguments(options: RunOptions, *, without: Collection[str] = ()) -> list[str] | None:
    """What to give to ``synact-bench run``; None where a testbed or preset is Python's alone.

    Args:
        options: what was asked for.
        without: fields that are left out.
    """
    found: list[str] = []
    for name, told in OPTIONS.items():
        value = getattr(options, name)
        if name in without or value == DEFAULTS[name]:
            continue
        if isinstance(value, bool):
            found.append(f"--{told.name}")
            continue
        for each in value if told.many else [value]:
            shown = each
            if isinstance(each, Preset):
                shown = each.name if PRESETS.get(each.name) == each else None
            if not isinstance(shown, (str, int, float, Path)):
                return None
            found += [f"--{told.name}", str(shown)]
    return found
