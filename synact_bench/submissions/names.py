"""Names: whether a row's name is free."""

from __future__ import annotations

from collections.abc import Mapping

from synact_bench.experiments import CONTROLS, EXPERIMENTS, LADDER, SCALE
from synact_bench.submissions.refusal import SubmissionError

RESERVED: Mapping[str, str] = {
    **{name: "a row that the trial draws" for each in EXPERIMENTS.values() for name in each.draws},
    **dict.fromkeys(LADDER, "a rung of the ladder"),
    **dict.fromkeys(CONTROLS, "a control"),
    **dict.fromkeys(SCALE, "a row that makes the scale"),
}
"""What is called so, by name, on every board."""


def check(name: str, taken: Mapping[str, str]) -> None:
    """That no other row has the name, or one that differs by dots and dashes alone.

    Args:
        name: of the generator.
        taken: further names in use, with whose each is.

    Raises:
        SubmissionError: it is taken.
    """
    for other, whose in {**taken, **RESERVED}.items():
        if _key(other) == _key(name):
            alike = "" if other == name else f" (too like {other!r})"
            raise SubmissionError(
                f"{name!r} is the name of {whose}{alike}",
                field="generator.name",
                fix="give the generator's card another name",
            )


def _key(name: str) -> str:
    return name.casefold().translate({ord("."): None, ord("-"): None})
