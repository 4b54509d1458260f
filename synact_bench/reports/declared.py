"""Declared testbeds: which one a board was measured on, and what to type to measure it again."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from synact_bench.core.experiments import PRESETS
from synact_bench.core.printable import printable
from synact_bench.reports.board import Board
from synact_bench.reports.comparable import BoardSetting
from synact_bench.results.record import own_text_mark
from synact_bench.testbeds import spec, suites
from synact_bench.testbeds.spec import Testbed
from synact_bench.testbeds.suites import Suite


def declared(setting: BoardSetting) -> Testbed | None:
    """The built-in testbed that it is; None for a person's own, whose declaration is elsewhere."""
    found = spec.catalog().get(setting.name)
    same = found is not None and found.digest == setting.testbed_digest
    return found if same else None


def suite_of(settings: Sequence[BoardSetting]) -> Suite | None:
    """The built-in suite of just these testbeds, each as it is declared; None for any others."""
    here = {each.name for each in settings}
    for suite in suites.suites().values():
        if here == set(suite.testbeds) and all(map(declared, settings)):
            return suite
    return None


def built_in(board: Board) -> bool:
    """Whether the testbed is one of this project, on whichever text."""
    name = board.setting.name
    marks = map(own_text_mark, board.origin.texts)
    return any(each in spec.catalog() for each in (name, *map(name.removesuffix, marks)))


def run_command(board: Board) -> str:
    """What to type for its cells; whoever lacks a person's own text or testbed needs a copy."""
    setting = board.setting
    name, own_text = setting.name, ""
    for each in board.origin.texts:
        if name.endswith(own_text_mark(each)):
            name, own_text = name.removesuffix(own_text_mark(each)), " --text <your text>"
    if not built_in(board):
        name = f"runs/{name}/testbed.toml"
    # Both may be a stranger's, and the line is there to be typed.
    name, preset = (shlex.quote(printable(each)) for each in (name, setting.preset))
    command = f"synact-bench run --testbed {name} --preset {preset}"
    command += " --official" if setting.split == "official" else f" --seed {setting.seed}"
    command += " --dense" if setting.engine.startswith("dense@") else ""
    command += "" if setting.dtype == "float32" else f" --precision {setting.dtype}"
    return command + own_text


def preset_changed(board: Board) -> str:
    """What the command gives other than these cells: presets may be changed; empty if nothing."""
    setting = board.setting
    preset = PRESETS.get(setting.preset)
    if preset is None or (preset.bases, preset.points) == (setting.bases, setting.points):
        return ""
    return (
        f"These cells are of {setting.bases} bases at {setting.points} points; the preset "
        f"{setting.preset} has {preset.bases} at {preset.points} now."
    )
