"""Options of a run in pytest: those of ``RunOptions``, with a prefix of this plugin's own."""

from __future__ import annotations

from typing import Any

import pytest

from synact_bench.run.options import DEFAULTS, OPTIONS, RunOptions

PRESET = "smoke"
"""Unless another is named: a suite of tests is run often."""
LEFT_OUT = frozenset({"official", "workers", "executor", "address", "gpus_per_worker"})
"""Fields without an option: a seed drawn by one worker would be news to the others, and cells are
tests, which workers of pytest share."""
NAMES = tuple(name for name in OPTIONS if name not in LEFT_OUT)


def add(group: pytest.OptionGroup) -> None:
    """Add them; what is not given is None, or an empty list."""
    for name in NAMES:
        told, default = OPTIONS[name], PRESET if name == "preset" else DEFAULTS[name]
        plain = default in {None, ""} or told.kind is bool or told.many
        words: dict[str, Any] = {"help": told.help + ("" if plain else f" Default: {default}.")}
        if told.kind is bool:
            words |= {"action": "store_const", "const": not default}
        else:
            words |= {"type": told.kind}
        if isinstance(default, tuple):
            words |= {"action": "append", "default": []}
        if told.choices:
            words |= {"choices": told.choices}
        group.addoption(flag(name), **words)


def flag(name: str) -> str:
    """How pytest calls a field of ``RunOptions``."""
    return f"--synact-{OPTIONS[name].name}"


def run_options(config: pytest.Config) -> RunOptions:
    """What the options ask for."""
    given = _given(config)
    return RunOptions(**{"preset": PRESET, **given})


def any_given(config: pytest.Config) -> bool:
    """Whether one of them was given: other suites are none of this plugin's business."""
    return bool(_given(config))


def _given(config: pytest.Config) -> dict[str, Any]:
    values = {name: config.getoption(flag(name)) for name in NAMES}
    return {name: value for name, value in values.items() if value is not None and value != []}
