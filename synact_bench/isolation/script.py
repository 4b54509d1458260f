"""The script that a run was started from, as a plugin's process imports it."""

from __future__ import annotations

import sys
from pathlib import Path

from synact_bench.generators.discovery import ImportStopped

MAIN = "__main__"
_inside: list[bool] = []


def elsewhere(target: str) -> str:
    """The target by which another process finds what this one calls ``target``.

    What a script defines is in the module ``__main__`` of its own process alone: in another, it is
    in the script's file.
    """
    source, _, attribute = target.rpartition(":")
    file = getattr(sys.modules.get(MAIN), "__file__", None)
    return f"{Path(file).resolve()}:{attribute}" if source == MAIN and file else target


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
