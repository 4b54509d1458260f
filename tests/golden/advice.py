"""What to do when a golden table and the code disagree."""

from __future__ import annotations

from collections.abc import Sequence

from tests.golden.tables import COMMAND, NUMBERS

RENUMBERED = (
    "Bump the version: a number may not change under one name@version.\n"
    "  1. Raise `version` where the metric is declared (synact_bench/metrics/<name>.py).\n"
    f"  2. Run `{COMMAND}`: it adds the new version's numbers and keeps the old ones.\n"
    f"  Never edit {NUMBERS}. If no number was meant to change, undo what changed it."
)

REDEFINED = (
    "The definition of a name@version is not the recorded one.\n"
    "  - If its numbers changed, or may have on some curve, path or testbed: raise `version`\n"
    f"    where it is declared, then run `{COMMAND}`.\n"
    f"  - If they cannot have changed (a rename, a refactor): run `{COMMAND}` alone.\n"
    "  Records carry the digest: those of one version with two digests share no board."
)

UNNUMBERED = (
    "Bump the version: no golden number can show that these definitions still give the same.\n"
    "  Raise `version` where they are declared (synact_bench/experiments.py, the testbed's TOML),\n"
    f"  then run `{COMMAND}`. If nothing was meant to change, undo what changed them."
)

UNRECORDED = f"Not recorded yet: run `{COMMAND}` and commit the tables."


def told(advice: str, names: Sequence[str]) -> str:
    """A failure as text: what to do, and to what."""
    return "\n".join([advice, *(f"    {name}" for name in names)])
