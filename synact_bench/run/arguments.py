"""Options as arguments of the command line, for whoever is told how to run something again."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from synact_bench.core.experiments import Preset
from synact_bench.run.options import DEFAULTS, OPTIONS, RunOptions


def arguments(options: RunOptions, *, without: Collection[str] = ()) -> list[str] | None:
    """What to give to ``synact-bench run``; None where a testbed was declared in Python.

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
            shown = each.name if isinstance(each, Preset) else each
            if not isinstance(shown, (str, int, float, Path)):
                return None
            found += [f"--{told.name}", str(shown)]
    return found
