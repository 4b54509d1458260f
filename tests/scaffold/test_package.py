"""The written package is used as its owner would use it: in a process of its own, untouched."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import synact_bench
from synact_bench.core.errors import SynactError
from synact_bench.scaffold import PluginName, write
from tests.helpers.installed import install

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]
TRACKS = ("unconditional", "conditioned", "reconstruction")
FILES = {
    ".github/workflows/test.yml",
    ".gitignore",
    "README.md",
    "pyproject.toml",
    "tests/test_generator.py",
}


def run(*command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("track", TRACKS)
def test_it_passes_its_own_tests_untouched(tmp_path, track):
    folder = write(PluginName("my-method"), out=tmp_path, track=track)
    done = run("pytest", "-q", "-W", "error", "-p", "no:cacheprovider", folder=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout


@pytest.mark.parametrize("name", ["q", "my-method", "z" * 32, "a-b-c-d-e-f-g-h-i-j-k-l-m-n-o-p"])
@pytest.mark.parametrize("track", TRACKS)
def test_ruff_finds_nothing_in_it(tmp_path, track, name):
    folder = write(PluginName(name), out=tmp_path, track=track)
    for command in (("check", "--no-cache"), ("format", "--check", "--no-cache")):
        done = run("ruff", *command, ".", folder=folder)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("track", TRACKS)
def test_it_is_a_whole_package(tmp_path, track):
    folder = write(PluginName("my-method"), out=tmp_path / "new" / "place", track=track)
    assert folder == tmp_path / "new" / "place" / "my-method"
    written = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert written == FILES | {"my_method/__init__.py", "my_method/generator.py"}
    assert [path.name for path in folder.parent.iterdir()] == ["my-method"]
    assert f'track="{track}"' in (folder / "my_method/generator.py").read_text("utf-8")


def test_its_entry_point_is_its_class(tmp_path):
    folder = write(PluginName("my-method"), out=tmp_path)
    project = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["name"] == "my-method"
    assert project["dependencies"] == [f"synact-bench>={synact_bench.__version__}"]
    assert project["entry-points"]["synact_bench.generators"] == {"my-method": "my_method:MyMethod"}


def test_it_can_be_installed_beside_us_and_is_found_by_its_name(tmp_path):
    folder = install(write(PluginName("my-method"), out=tmp_path), tmp_path / "installed")
    path = os.pathsep.join([str(ROOT), str(folder)])
    done = subprocess.run(
        [sys.executable, "-c", "from synact_bench.cli import main; main()", "check", "my-method"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_its_workflow_lints_tests_and_checks(tmp_path):
    folder = write(PluginName("my-method"), out=tmp_path)
    workflow = yaml.safe_load((folder / ".github/workflows/test.yml").read_text("utf-8"))
    steps = workflow["jobs"]["test"]["steps"]
    python = next(step["with"]["python-version"] for step in steps if "setup-python" in str(step))
    assert python == "${{ matrix.python-version }}"
    assert workflow["env"]["SYNACT_BENCH"] == "${{ vars.SYNACT_BENCH || 'synact-bench' }}"
    commands = [step["run"] for step in steps if "run" in step]
    assert commands == [
        'python -m pip install "$SYNACT_BENCH"',
        'python -m pip install -e ".[dev]"',
        "ruff check .",
        "ruff format --check .",
        "pytest",
        "synact-bench check my-method",
    ]


@pytest.mark.parametrize("kind", ["folder", "file", "dangling link"])
def test_what_is_there_is_left_alone(tmp_path, kind):
    place = tmp_path / "my-method"
    if kind == "folder":
        place.mkdir()
    elif kind == "file":
        place.write_text("mine", encoding="utf-8")
    else:
        place.symlink_to(tmp_path / "nowhere")
    with pytest.raises(SynactError, match="is already there; choose another name") as caught:
        write(PluginName("my-method"), out=tmp_path)
    assert caught.value.where == str(place)
    assert [path.name for path in tmp_path.iterdir()] == ["my-method"]
    assert not place.is_dir() or not list(place.iterdir())


def test_what_cannot_be_written_leaves_nothing(tmp_path, monkeypatch):
    def full(self, *_, **__):
        raise OSError(28, "No space left on device", str(self))

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="No space left"):
        write(PluginName("my-method"), out=tmp_path)
    assert list(tmp_path.iterdir()) == []
