"""Brings the golden tables up to date, except for what is recorded of a version already."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.golden import tables
from tests.golden.advice import REDEFINED, RENUMBERED, told


def renew(home: Path = tables.HOME) -> list[str]:
    """Write both tables; nothing recorded of an older version is lost.

    Returns:
        The definitions and the numbers that were added.

    Raises:
        ValueError: a number or the facts of a recorded version changed; nothing is written.
    """
    numbers, definitions = tables.numbers(), tables.definitions()
    old_numbers = tables.recorded(tables.NUMBERS, home)
    old_definitions = tables.recorded(tables.DEFINITIONS, home)
    if changed := tables.renumbered(old_numbers, numbers):
        raise ValueError(told(RENUMBERED, changed))
    if changed := tables.redefined(old_definitions, definitions):
        raise ValueError(told(REDEFINED, changed))
    texts = {
        tables.NUMBERS: tables.written({**numbers, **old_numbers}),
        tables.DEFINITIONS: tables.written({**old_definitions, **definitions}),
    }
    for file, text in texts.items():
        (home / file).write_text(text, encoding="utf-8")
    return [
        *(f"new: {name}" for name in tables.unrecorded(old_definitions, definitions)),
        *(f"new number: {name}" for name in tables.unrecorded(old_numbers, numbers)),
    ]


if __name__ == "__main__":
    try:
        done = renew()
    except ValueError as error:
        sys.exit(str(error))
    sys.stdout.write("\n".join(done or ["nothing to renew"]) + "\n")
