"""Write a plugin package: one generator that runs, its tests, and what installs it."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from string import Template

import synact_bench
from synact_bench.core.errors import SynactError
from synact_bench.core.tracks import METHODS, RECONSTRUCTION, Track
from synact_bench.scaffold.naming import PluginName

__all__ = ["PluginName", "run_options", "write"]

TEMPLATES = resources.files(__name__.rpartition(".")[0]) / "templates"


def write(plugin: PluginName, *, out: Path, track: Track = "unconditional") -> Path:
    """Write the package into a new folder of its name within ``out``, whole or not at all.

    Returns:
        The new folder.

    Raises:
        SynactError: there is already something of this name.
        OSError: the folder cannot be written.
    """
    folder = out / plugin.name
    if folder.exists() or folder.is_symlink():
        raise SynactError(
            "is already there",
            where=str(folder),
            fix="choose another name or another --out, or move it away",
        )
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out, prefix=f".{plugin.name}-") as scratch:
        made = Path(scratch) / plugin.name
        for place, text in _files(plugin, track).items():
            (made / place).parent.mkdir(parents=True, exist_ok=True)
            (made / place).write_text(text, encoding="utf-8", newline="\n")
        made.rename(folder)
    return folder


def run_options(track: Track) -> str:
    """What ``synact-bench run`` is told for a generator of a track, beside its name."""
    return "--track reconstruction" if track == RECONSTRUCTION else ""


def _files(plugin: PluginName, track: Track) -> Mapping[str, str]:
    """What each file of the package says, by its place."""
    templates = {
        "pyproject.toml": "pyproject.toml",
        "README.md": "README.md",
        ".gitignore": "gitignore",
        ".github/workflows/test.yml": "test.yml",
        f"{plugin.module}/__init__.py": "init.py",
        f"{plugin.module}/generator.py": f"{track}.py",
        "tests/test_generator.py": f"test_{track}.py",
    }
    words = {
        "name": plugin.name,
        "module": plugin.module,
        "class_name": plugin.class_name,
        "version": synact_bench.__version__,
        "method": METHODS[track],
        "options": f"{run_options(track)} " if run_options(track) else "",
    }
    return {
        place: Template((TEMPLATES / f"{name}.txt").read_text("utf-8")).substitute(words)
        for place, name in templates.items()
    }
