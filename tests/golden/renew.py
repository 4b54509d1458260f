"""Brings the golden tables up to date, but for numbers of a version that is already there."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.golden import tables
from tests.golden.advice import RENUMBERED, UNNUMBERED, told


def renew(home: Path = tables.HOME) -> list[str]:
    """Write both tables; nothing recorded of an older version is lost.

    Returns:
        The definitions that were added or replaced, and the numbers that were added.

    Raises:
        ValueError: a number of a recorded version changed, or a definition that no number stands
            for; nothing is written.
    """
    numbers, definitions = tables.numbers(), tables.definitions()
    old_numbers = tables.recorded(tables.NUMBERS, home)
    old_definitions = tables.recorded(tables.DEFINITIONS, home)
    if changed := tables.renumbered(old_numbers, numbers):
        raise ValueError(told(RENUMBERED, changed))
    if changed := tables.unnumbered(tables.redefined(old_definitions, definitions)):
        raise ValueError(told(UNNUMBERED, changed))
    texts = {
        tables.NUMBERS: tables.written({**numbers, **old_numbers}),
        tables.DEFINITIONS: tables.written({**old_definitions, **definitions}),
    }
    for file, text in texts.items():
        (home / file).write_text(text, encoding="utf-8")
    return [
        *(f"new: {name}" for name in tables.unrecorded(old_definitions, definitions)),
        *(f"redefined: {name}" for name in tables.redefined(old_definitions, definitions)),
        *(f"new number: {name}" for name in tables.unrecorded(old_numbers, numbers)),
    ]


if __name__ == "__main__":
    try:
        done = renew()
    except ValueError as error:
        sys.exit(str(error))
    sys.stdout.write("\n".join(done or ["nothing to renew"]) + "\n")
