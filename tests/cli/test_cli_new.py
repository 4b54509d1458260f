from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.helpers.commands import invoke, refused

Said = pytest.CaptureFixture[str]


def test_new_writes_a_package_that_check_accepts(tmp_path: Path, capfd: Said) -> None:
    assert invoke("new", "my-method", "--out", tmp_path) == 0
    generator = tmp_path / "my-method" / "my_method" / "generator.py"
    out = capfd.readouterr().out
    assert out.splitlines()[0] == f"wrote {tmp_path / 'my-method'}"
    assert f"synact-bench check {generator}\n" in out
    assert f'&& {sys.executable} -m pip install -e ".[dev]" && {sys.executable} -m pytest\n' in out
    assert invoke("check", generator) == 0


def test_new_in_the_conditioned_track(tmp_path: Path) -> None:
    assert invoke("new", "my-method", "--out", tmp_path, "--track", "conditioned") == 0
    text = (tmp_path / "my-method" / "my_method" / "generator.py").read_text(encoding="utf-8")
    assert "def generate(self, base: Tensor" in text


def test_new_writes_here_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert invoke("new", "my-method") == 0
    assert (tmp_path / "my-method" / "pyproject.toml").is_file()


def test_new_refuses_a_bad_name_and_a_folder_that_is_there(tmp_path: Path, capfd: Said) -> None:
    line = refused(capfd, "new", "My_Method", "--out", tmp_path)
    assert "name 'My_Method': is not made of lower-case letters" in line
    assert not list(tmp_path.iterdir())
    invoke("new", "my-method", "--out", tmp_path)
    line = refused(capfd, "new", "my-method", "--out", tmp_path)
    assert f"{tmp_path / 'my-method'}: is already there; choose another name" in line


def test_new_in_the_reconstruction_track_says_how_it_is_run(tmp_path: Path, capfd: Said) -> None:
    assert invoke("new", "my-method", "--out", tmp_path, "--track", "reconstruction") == 0
    generator = tmp_path / "my-method" / "my_method" / "generator.py"
    assert "def reconstruct(self, base: Tensor" in generator.read_text(encoding="utf-8")
    assert f" run --track reconstruction --generator {generator}\n" in capfd.readouterr().out
    page = (tmp_path / "my-method" / "README.md").read_text(encoding="utf-8")
    assert "synact-bench run --track reconstruction --generator my-method --preset quick" in page
    assert "replace what `fit` and `reconstruct` do" in page
    assert invoke("check", generator) == 0


def test_new_knows_three_tracks(tmp_path: Path) -> None:
    assert invoke("new", "my-method", "--out", tmp_path, "--track", "other") == 2
    assert not list(tmp_path.iterdir())
