from __future__ import annotations

import dataclasses
from pathlib import Path

from synact_bench.core.experiments import PRESETS
from synact_bench.run.arguments import arguments
from synact_bench.run.options import RunOptions
from synact_bench.testbeds.spec import Testbed


def test_options_are_said_as_the_command_line_takes_them() -> None:
    options = RunOptions(
        testbed="mine.toml",
        preset=PRESETS["smoke"],
        generators=("mean", "my file.py:Mine"),
        seed=3,
        runs=Path("there"),
        dense=True,
        isolate=False,
    )
    said = arguments(options)
    assert said == [
        *("--testbed", "mine.toml", "--preset", "smoke", "--generator", "mean"),
        *("--generator", "my file.py:Mine", "--seed", "3", "--runs", "there"),
        *("--dense", "--no-isolate"),
    ]
    assert arguments(options, without=("generators", "testbed", "preset")) == said[8:]
    assert arguments(RunOptions()) == []


def test_a_testbed_of_python_code_has_no_words(tiny_catalog: Testbed) -> None:
    assert arguments(RunOptions(testbed=tiny_catalog)) is None


def test_a_preset_of_python_code_has_no_words() -> None:
    like = dataclasses.replace(PRESETS["smoke"], refined=4)
    assert arguments(RunOptions(preset=like)) is None
