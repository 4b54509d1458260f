"""The shape of the package: who may import whom, what importing it costs, one meaning a name."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).parents[1]
MODEL_LIBRARIES = {"torch", "transformers", "transformer_lens", "sae_lens"}


def test_the_import_contracts_hold(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code = lint_imports(config_filename=str(ROOT / "pyproject.toml"), cache_dir=str(tmp_path))
    assert code == 0, capsys.readouterr().out


def loaded_by(code: str) -> set[str]:
    """Top-level packages in a fresh interpreter after ``code``."""
    script = f"{code}\nimport sys, json\nprint(json.dumps([*sys.modules]))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return {name.partition(".")[0] for name in json.loads(done.stdout)}


@pytest.mark.parametrize(
    "module",
    [
        "synact_bench",
        "synact_bench.pytest_plugin.plugin",
        "synact_bench.suite.test_plateau",
        "synact_bench.metrics",
        "synact_bench.scoring.scores",
        "synact_bench.results.store",
        "synact_bench.testbeds.spec",
        "synact_bench.reports.board",
        "synact_bench.audit.audit",
        "synact_bench.evaluation.score",
        "synact_bench.cli.listing",
    ],
)
def test_importing_loads_no_model_library(module: str) -> None:
    loaded = loaded_by(f"import {module}")
    assert "synact_bench" in loaded
    assert not MODEL_LIBRARIES & loaded


def test_the_first_line_of_a_run_waits_for_no_library() -> None:
    """Each of these takes a good part of a second to load, some several."""
    slow = {*MODEL_LIBRARIES, "matplotlib", "pandas", "pyarrow", "pydantic", "scipy"}
    loaded = loaded_by("import synact_bench.cli, synact_bench.cli.run")
    assert "typer" in loaded
    assert not slow & loaded


def test_the_package_alone_loads_nothing_but_the_standard_library() -> None:
    installed = loaded_by("")  # what the environment itself loads at start
    assert loaded_by("import synact_bench") - installed - sys.stdlib_module_names == {
        "synact_bench"
    }


def names_of_types() -> dict[str, set[str]]:
    """By name of a class or type alias of the package, what stands for it.

    A class stands for itself; aliases that say the same are one.
    """
    found: dict[str, set[str]] = {}
    for path in sorted((ROOT / "synact_bench").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                found.setdefault(node.name, set()).add(f"class in {path.relative_to(ROOT)}")
        for node in tree.body:
            name, value = None, None
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                name, value = node.targets[0].id, node.value
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                name, value = node.target.id, node.value
            if name and value and name[0].isupper() and not name.isupper():
                found.setdefault(name, set()).add(ast.unparse(value))
    return found


def test_the_name_of_a_type_means_one_thing_in_the_whole_package() -> None:
    found = names_of_types()
    assert len(found["Testbed"]) == 1
    assert {name: places for name, places in found.items() if len(places) > 1} == {}
