"""What to do when a golden table and the code disagree."""

from __future__ import annotations

from collections.abc import Sequence

from tests.golden.tables import COMMAND, NUMBERS

RENUMBERED = (
    "Bump the version: a number may not change under one name@version.\n"
    "  1. Raise `version` where it is declared: of a metric in synact_bench/metrics/<name>.py,\n"
    "     of a path in its file in synact_bench/paths, of a generator on its card, and of\n"
    "     experiments, DESIGN and RULES in synact_bench/core/experiments.py.\n"
    f"  2. Run `{COMMAND}`: it adds the new version's numbers and keeps the old ones.\n"
    f"  Never edit {NUMBERS}. If no number was meant to change, undo what changed it."
)

REDEFINED = (
    "Bump the version: these facts may not change under one name@version.\n"
    "  Raise `version` where they are declared (synact_bench/core/experiments.py, the testbed's\n"
    f"  TOML), then run `{COMMAND}`. If nothing was meant to change, undo what changed them."
)

UNRECORDED = f"Not recorded yet: run `{COMMAND}` and commit the tables."


def told(advice: str, names: Sequence[str]) -> str:
    """A failure as text: what to do, and to what."""
    return "\n".join([advice, *(f"    {name}" for name in names)])
