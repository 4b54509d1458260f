from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import synact_bench
from synact_bench.core.errors import SynactError
from synact_bench.core.experiments import PRESETS
from synact_bench.pytest_plugin.options import LEFT_OUT
from synact_bench.run import options
from tests.helpers.commands import invoke


def words(text: str) -> str:
    """Without the frames and line ends of a help page."""
    return "".join(character for character in text if character.isalnum())


def test_presets_are_described_as_they_are_declared() -> None:
    for preset in PRESETS.values():
        sizes = f"{preset.bases} bases, {preset.refined} of them on {preset.points} points"
        assert f"{preset.name} ({sizes})" in options.OPTIONS["preset"].help


@pytest.mark.parametrize("name", options.OPTIONS)
def test_the_command_line_shows_them(
    name: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    assert invoke("run", "--help") == 0
    shown = words(capfd.readouterr().out)
    assert words(options.OPTIONS[name].help) in shown
    assert words(f"--{options.OPTIONS[name].name}") in shown


def test_pytest_shows_them(pytester: pytest.Pytester) -> None:
    shown = words(pytester.runpytest_inprocess("--help").stdout.str())
    for name, told in options.OPTIONS.items():
        assert (words(f"--synact-{told.name}") in shown) is (name not in LEFT_OUT)
        assert (words(told.help) in shown) is (name not in LEFT_OUT)


def test_python_takes_them_by_name() -> None:
    taken = inspect.signature(synact_bench.evaluate).parameters
    assert {*options.OPTIONS} - {"generators"} == {*taken} - {"generator", "progress"}
    for name in {*taken} & {*options.OPTIONS}:
        assert taken[name].default == options.DEFAULTS[name]


def test_paths_and_generators_are_taken_however_they_are_given() -> None:
    given: Any = {"runs": "here", "text": "novel.txt", "generators": ["mean"]}
    asked = options.RunOptions(**given)
    assert (asked.runs, asked.text, asked.generators) == (
        Path("here"),
        Path("novel.txt"),
        ("mean",),
    )
    with pytest.raises(TypeError, match="sed"):
        options.RunOptions(sed=3)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"precision": "bf16"}, "--precision: is 'bf16'; give one of float32, mixed"),
        ({"plugin_timeout": -3.0}, "--plugin-timeout: is -3.0; give 0.001 at least"),
        ({"n_ctx": 0}, "--n-ctx: is 0; give 2 at least"),
        ({"sae": ["a", "b"]}, r"--sae: is \['a', 'b'\]; give one text"),
        ({"preset": "quik"}, "did you mean 'quick'"),
        ({"device": "tpu"}, "there is no device 'tpu'"),
        ({"workers": 0}, "--workers: is 0; give 1 at least"),
        ({"executor": "dask"}, "--executor: is 'dask'; give one of local, ray"),
        ({"address": "auto"}, "--address: is of another executor; give --executor ray too"),
        ({"gpus_per_worker": 0.5}, "--gpus-per-worker: is of another executor"),
        ({"official": True, "seed": 0}, "an official run draws its own seed"),
    ],
)
def test_what_the_command_line_would_not_take_is_refused(given: Any, said: str) -> None:
    with pytest.raises(SynactError, match=said):
        options.refuse_mistakes(options.RunOptions(**given))


def test_they_cost_neither_torch_nor_typer() -> None:
    code = "import sys, synact_bench.run.options; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"torch", "typer", "pydantic"} & set(done.stdout.split())
