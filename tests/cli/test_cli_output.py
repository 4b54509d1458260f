"""What the command line shows where output cannot hold it, and where nothing can be written."""

from __future__ import annotations

import errno
import fcntl
import io
import os
import sys
from pathlib import Path

import pytest

import synact_bench
from synact_bench import cli
from synact_bench.assets import packages
from synact_bench.cli import stopping
from synact_bench.core.experiments import PRESETS
from synact_bench.run import runner
from synact_bench.testbeds import spec
from synact_bench.testbeds.spec import Testbed
from tests.helpers.commands import invoke, refused
from tests.helpers.disks import failing, read_only
from tests.helpers.tiny_testbed import Home

pytestmark = pytest.mark.usefixtures("no_figures")
RUN = ("run", "--testbed", "tiny", "--preset", "smoke")


@pytest.fixture
def unopened(tiny_catalog: Testbed, monkeypatch: pytest.MonkeyPatch) -> None:
    """``tiny`` is known but must not be opened."""
    monkeypatch.setattr(runner, "prepare", failing(errno.EIO))


NAME = "\N{SNOWMAN}.gguf"
NAMED = ("run", "--model", NAME, "--hook", "blocks.0.hook_resid_pre")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_what_an_encoding_lacks_is_a_question_mark(
    encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {name: io.BytesIO() for name in ("stdout", "stderr")}
    for name, buffer in said.items():
        stream = io.TextIOWrapper(buffer, encoding=encoding, write_through=True)
        monkeypatch.setattr(sys, name, stream)
    assert invoke(*NAMED) == 2
    shown = {name: buffer.getvalue().decode(encoding) for name, buffer in said.items()}
    assert shown["stdout"].startswith("?.gguf at blocks.0.hook_resid_pre: loading libraries")
    assert shown["stderr"].startswith("synact-bench: model ?.gguf: no such file")


def test_output_that_is_no_stream_of_text_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    said = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stdout", said[0])
    monkeypatch.setattr(sys, "stderr", said[1])
    assert invoke(*NAMED) == 2
    assert all(NAME in each.getvalue() for each in said)


def test_stored_cells_in_a_folder_to_read_only_give_their_board(
    full_run: Path,
    unopened: None,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    read_only(monkeypatch, full_run, errno.EROFS)
    assert invoke(*RUN, "--runs", full_run) == 0
    said = capfd.readouterr()
    lines = said.out.splitlines()
    assert any(line.startswith("synthetic-structured ") for line in lines)
    assert lines[-1].startswith(f"not written: {full_run}")
    assert lines[-1].endswith(f"cannot be written: {os.strerror(errno.EROFS)}")
    assert said.err == ""
    with pytest.warns(UserWarning, match="no page is written: "):
        found = synact_bench.evaluate("mean", "tiny", "smoke", runs=full_run, progress=False)
    assert found.name == "mean"


def test_a_cell_that_is_missing_in_a_folder_to_read_only_is_one_line(
    opened_once: Testbed,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    read_only(monkeypatch, tmp_path / "runs")
    asked = (*RUN, "--generator", "mean", "--runs", tmp_path / "runs")
    assert "cannot be written: Permission denied" in refused(capfd, *asked)


@pytest.mark.parametrize("number", [errno.ENOSYS, errno.ENOLCK])
def test_a_testbed_is_opened_from_a_filled_cache_to_read_only_and_without_locks(
    tiny_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    tiny_home.install(monkeypatch)
    prepared = runner.prepare(tiny_home.testbed, PRESETS["smoke"], seed=0)
    for lock in packages.cache_folder().rglob("*.lock"):
        lock.unlink()
    monkeypatch.setattr(fcntl, "flock", failing(number))
    read_only(monkeypatch, packages.cache_folder())
    again = runner.prepare(tiny_home.testbed, PRESETS["smoke"], seed=0)
    assert again.design.native.equal(prepared.design.native)
    monkeypatch.setenv("SYNACT_CACHE", str(tmp_path / "cache"))
    read_only(monkeypatch, tmp_path / "cache")
    with pytest.raises(
        synact_bench.core.errors.AssetError, match=f"{tmp_path}.* is missing.*set SYNACT_CACHE"
    ):
        runner.prepare(tiny_home.testbed, PRESETS["smoke"], seed=0)


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.EACCES, "cannot be accessed: Permission denied"),
        (errno.EPERM, "cannot be accessed: Operation not permitted"),
        (errno.EROFS, "cannot be written: Read-only file system"),
        (errno.ENOSPC, "cannot be written: No space left on device"),
    ],
)
def test_a_file_that_may_not_be_read_is_not_said_to_be_written(
    tiny_catalog: Testbed,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    number: int,
    said: str,
) -> None:
    def prepare(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number), "words.gguf")

    monkeypatch.setattr(runner, "prepare", prepare)
    line = refused(capfd, *RUN, "--runs", tmp_path)
    assert line.startswith(f"synact-bench: words.gguf: {said}; ")


@pytest.mark.parametrize("loading", [True, False])
def test_an_interrupt_is_one_line_whenever_it_comes(
    loading: bool, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    if loading:
        monkeypatch.setattr(cli.Verbs, "get_command", interrupted)
    else:
        monkeypatch.setattr(spec, "catalog", interrupted)
    assert invoke("list") == cli.INTERRUPTED
    assert capfd.readouterr().err == f"synact-bench: {stopping.STOPPED}\n"


def test_a_folder_that_no_cell_can_be_kept_in_is_refused_before_anything_is_opened(
    unopened: None, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    said = refused(capfd, *RUN, "--generator", "mean", "--runs", tmp_path / "file")
    assert "no cell could be kept there: Not a directory; make it writable" in said
    assert [each.name for each in tmp_path.iterdir()] == ["file"]
