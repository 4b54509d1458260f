"""Modules of a run that its plugins' processes import: the script among them."""

from __future__ import annotations

import sys
from importlib.machinery import PathFinder
from pathlib import Path

from synact_bench.generators.discovery import ImportStopped

MAIN = "__main__"
_inside: list[bool] = []


def elsewhere(target: str) -> str:
    """The target by which another process finds what this one calls ``target``.

    A script is ``__main__`` in its own process alone, and a module that was loaded from a file by
    hand is none that a search of the path finds: in another process, both are their files. What
    ``python -m`` runs is the module of that name, whose relative imports need its package.
    """
    source, _, attribute = target.rpartition(":")
    spec = getattr(sys.modules.get(source), "__spec__", None) if source == MAIN else None
    if spec is not None and spec.name != MAIN:  # as it is in a folder or archive that is run
        return f"{spec.name}:{attribute}"
    file = getattr(sys.modules.get(source), "__file__", None)
    if file is None or "." in source or Path(file).name == "__init__.py":
        return target
    found = None if source == MAIN else PathFinder.find_spec(source)
    same = found is not None and found.origin == file
    return target if same else f"{Path(file).resolve()}:{attribute}"


def is_plugin() -> None:
    """Say that this is the process of a plugin, which evaluates nothing."""
    _inside.append(True)


def refuse_within_plugin() -> None:
    """End the import of a script that comes to where it asks for its own evaluation.

    What it is asked for is defined by then; the rest of it is the run's affair.

    Raises:
        ImportStopped: this is the process of a plugin.
    """
    if _inside:
        raise ImportStopped("it calls evaluate: put that under if __name__ == '__main__'")
