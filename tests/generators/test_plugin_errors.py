from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from synact_bench.core.errors import PluginError
from synact_bench.generators.contract import draw, fit
from synact_bench.generators.discovery import find
from synact_bench.generators.gaussian import Gaussian
from synact_bench.generators.plugin_errors import own_traceback
from tests.helpers.faulty import plugin
from tests.helpers.toys import rng_of, toy_dictionary, toy_real, toy_setting


def raised(target: Path | str) -> tuple[BaseException, Any]:
    """What a plugin's ``generate`` raised, and the plugin."""
    generator = find(str(target))()
    fit(generator, toy_real(), toy_dictionary(), toy_setting(), rng=rng_of(0))
    with pytest.raises(PluginError) as caught:
        draw(generator, 2, rng=rng_of(0), d_model=8)
    return caught.value.__cause__ or caught.value, generator


def test_only_the_plugin_s_own_lines_are_shown(tmp_path: Path) -> None:
    path = plugin(
        tmp_path,
        generate="return self.help(n)\n\n    def help(self, n):\n        return torch.zeros(-n)",
        track="unconditional",
    )
    error, generator = raised(path)
    lines = own_traceback(error, generator).splitlines()
    assert lines[0] == "Traceback, the generator's own lines:"
    files = [line.strip() for line in lines if line.strip().startswith("File ")]
    assert [line.rpartition(" ")[2] for line in files] == ["generate", "help"]
    assert all(f'"{path}"' in line for line in files)
    assert "return torch.zeros(-n)" in map(str.strip, lines)
    assert lines[-1].startswith("RuntimeError: ")


def test_a_refusal_of_the_contract_has_no_traceback(tmp_path: Path) -> None:
    error, generator = raised(plugin(tmp_path, generate="return None", track="unconditional"))
    assert own_traceback(error, generator) == ""


def test_a_built_in_shows_its_line_and_not_the_contract_s() -> None:
    gaussian = Gaussian()
    with pytest.raises(PluginError) as caught:
        draw(gaussian, 2, rng=rng_of(0), d_model=8)  # never fitted
    assert caught.value.__cause__ is not None
    trace = own_traceback(caught.value.__cause__, gaussian)
    assert "gaussian.py" in trace
    assert "contract.py" not in trace


def test_a_generator_without_a_file_has_no_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Gaussian, "__module__", "nowhere")
    with pytest.raises(RuntimeError) as caught:
        torch.zeros(-1)
    assert own_traceback(caught.value, Gaussian()) == ""


def test_in_a_namespace_package_the_module_s_own_lines_are_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "without_init"
    folder.mkdir()
    path = plugin(folder, generate="return torch.zeros(-n)", track="unconditional")
    monkeypatch.syspath_prepend(tmp_path)
    error, generator = raised(f"without_init.{path.stem}:Faulty")
    lines = own_traceback(error, generator).splitlines()
    assert f'File "{path}"' in lines[1]
    assert lines[2].strip() == "return torch.zeros(-n)"
