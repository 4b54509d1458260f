"""What a user can get wrong: one line on standard error, exit code 2, nothing half-written."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from synact_bench.core.experiments import CONTROLS
from synact_bench.generators import BUILTINS
from synact_bench.models.language_model import LanguageModel
from synact_bench.run import runner
from synact_bench.run.session import Session
from synact_bench.testbeds.spec import Package, PackagedText, Testbed
from tests.helpers.cells import planned_cells
from tests.helpers.commands import invoke, refused, whole_cells
from tests.helpers.faulty import FAULTS, faulty
from tests.helpers.tiny_testbed import Home
from tests.helpers.wheels import make_wheel

Said = pytest.CaptureFixture[str]
RUN = ("run", "--testbed", "tiny", "--preset", "smoke", "--runs")
MADE = sum(name in BUILTINS for name in CONTROLS)
"""Controls that a generator makes: they are part of every run."""


@pytest.mark.parametrize("command", [("run", "--testbed"), ("fetch",), ("freeze",)])
def test_unknown_testbed(command: tuple[str, ...], capfd: Said) -> None:
    line = refused(capfd, *command, "smolm2-135m")
    assert "--testbed: there is no testbed 'smolm2-135m'; did you mean 'smollm2-135m'?" in line


def test_unknown_testbed_of_an_sae(tmp_path: Path, capfd: Said) -> None:
    line = refused(capfd, "train-sae", "--testbed", "gpt-small", "--out", tmp_path / "sae")
    assert "there is no testbed 'gpt-small'; did you mean 'gpt2-small'?" in line
    assert not list(tmp_path.iterdir())


def test_a_training_without_a_step(tmp_path: Path, capfd: Said) -> None:
    line = refused(capfd, "train-sae", "--samples", "1000", "--out", tmp_path / "sae")
    assert line == (
        "synact-bench: --samples: 1000 activations make no step of 2048; give more samples, or a "
        "smaller --batch"
    )
    assert not list(tmp_path.iterdir())
    assert invoke("train-sae", "--d-sae", "0", "--out", tmp_path / "sae") == 2


def test_unknown_preset(tmp_path: Path, tiny_catalog: Testbed, capfd: Said) -> None:
    line = refused(capfd, "run", "--testbed", "tiny", "--preset", "quik", "--runs", tmp_path)
    assert "--preset: there is no preset 'quik'; did you mean 'quick'? known: bench, full, " in line
    assert not list(tmp_path.iterdir())


def test_unknown_generator(tmp_path: Path, tiny_catalog: Testbed, capfd: Said) -> None:
    line = refused(capfd, *RUN, tmp_path, "--generator", "gausian")
    assert "--generator: there is no generator 'gausian'; did you mean 'gaussian'?" in line
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "arguments", [("run", "--sead", "1"), ("run", "--seed", "one"), ("fetch",), ("fly",)]
)
def test_usage(arguments: tuple[str, ...], capfd: Said) -> None:
    assert invoke(*arguments) == 2
    assert "Usage: synact-bench" in capfd.readouterr().err


def test_a_seed_for_an_official_run(tmp_path: Path, tiny_catalog: Testbed, capfd: Said) -> None:
    line = refused(capfd, *RUN, tmp_path, "--official", "--seed", "3")
    assert line == (
        "synact-bench: seed 3: an official run draws its own seed; drop --seed or --official"
    )
    assert not list(tmp_path.iterdir())


def test_a_damaged_official_seed(tmp_path: Path, tiny_catalog: Testbed, capfd: Said) -> None:
    kept = tmp_path / "tiny" / "smoke" / "official" / "seed.json"
    kept.parent.mkdir(parents=True)
    kept.write_text("garbled", encoding="utf-8")
    line = refused(capfd, *RUN, tmp_path, "--official")
    assert line.startswith(f"synact-bench: {kept}: holds no seed: ")
    assert line.endswith(f"delete {kept.parent} and run again")
    assert list(kept.parent.iterdir()) == [kept]


def test_board_of_two_splits(full_run: Path, tmp_path: Path, capfd: Said) -> None:
    record = next(full_run.rglob("mean--plateau--scaled*.json"))
    fields = json.loads(record.read_text(encoding="utf-8"))
    del fields["record_sha256"]
    record.write_text(json.dumps(fields | {"split": "official"}), encoding="utf-8")
    line = refused(capfd, "board", record.parent, "--out", tmp_path / "out")
    assert "split is official in one and release in the other" in line or (
        "split is release in one and official in the other" in line
    )
    assert record.stem in line
    assert not (tmp_path / "out").exists()


SAID = {
    "shape": "generate returned shape [8, 15]; return [n, d_model], here [8, 16]",
    "dtype": "generate returned dtype torch.float64; return it with .float()",
    "nan": "generate returned NaN or infinity in 8 of 8 rows; return finite numbers only",
    "infinity": "generate returned NaN or infinity in 8 of 8 rows; return finite numbers only",
    "raises": "generate raised KeyError: 'nothing' at {file}:13; fix the plugin",
    "fit-raises": "fit raised ValueError: two lines at {file}:10; fix the plugin",
    "changes-base": "generate changed its base in place; work on a clone of it",
    "changes-pool": "fit changed the train pool in place; work on a clone of it",
    "changes-pool-later": "generate changed the train pool in place; work on a clone of it",
    "too-long": "generate returned NaN or infinity in 8 of 8 rows; return finite numbers only",
    "leaves": "generate raised SystemExit: 0 at {file}:13; fix the plugin",
    "global-rng": "used the global random state of torch; draw from the rng passed in, "
    "e.g. torch.randn(..., generator=rng)",
}


@pytest.mark.parametrize("mistake", FAULTS)
def test_faulty_plugin(mistake: str, opened_once: Testbed, tmp_path: Path, capfd: Said) -> None:
    file = faulty(tmp_path, mistake)
    runs = tmp_path / "runs"
    line = refused(capfd, *RUN, runs, "--generator", file)
    expected = SAID[mistake].format(file=file.resolve())
    assert line == f"synact-bench: generator 'faulty': {expected}"
    assert not runs.exists()


def test_plugin_without_a_card(tmp_path: Path, tiny_catalog: Testbed, capfd: Said) -> None:
    file = tmp_path / "bare.py"
    file.write_text("class Bare:\n    pass\n", encoding="utf-8")
    line = refused(capfd, *RUN, tmp_path / "runs", "--generator", f"{file}:Bare")
    assert "Bare has no valid card; give the class an attribute card = GeneratorCard(" in line
    assert not (tmp_path / "runs").exists()


@pytest.fixture
def packaged(
    tiny_home: Home, tiny_session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Package], Path]:
    """Makes a package the text of ``tiny`` and returns where its wheel is looked for."""
    loaded = tiny_session.subject.model
    monkeypatch.setattr(LanguageModel, "load", lambda *_, **__: loaded)

    def declare(package: Package) -> Path:
        text = PackagedText(kind="packaged-text", package=package, prefix="tinytext/")
        declared = tiny_home.testbed.model_copy(update={"text": text})
        tiny_home.install(monkeypatch, declared)
        monkeypatch.setenv("SYNACT_CACHE", str(tmp_path / "cache"))
        return tmp_path / "cache" / "wheels" / package.wheel

    return declare


def small_wheel(tmp_path: Path) -> Package:
    return make_wheel(tmp_path / "cache" / "wheels", {"tinytext/a.txt": b"w1 w2 " * 99})


def corrupt(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


@pytest.mark.parametrize("damage", [corrupt, lambda content: content[:-20]])
def test_damaged_asset(
    damage: Callable[[bytes], bytes],
    packaged: Callable[[Package], Path],
    tmp_path: Path,
    capfd: Said,
) -> None:
    package = small_wheel(tmp_path)
    path = packaged(package)
    path.write_bytes(damage(path.read_bytes()))
    line = refused(capfd, *RUN, tmp_path / "runs")
    assert f"{path}: SHA-256 is " in line
    assert f"the testbed pins {package.sha256}; the file is corrupt, truncated or not " in line
    assert line.endswith("delete it and run again")
    assert not (tmp_path / "runs").exists()


def test_wrong_checksum(packaged: Callable[[Package], Path], tmp_path: Path, capfd: Said) -> None:
    package = small_wheel(tmp_path)
    packaged(package.model_copy(update={"sha256": "0" * 64}))
    line = refused(capfd, *RUN, tmp_path / "runs")
    assert f"SHA-256 is {package.sha256}, the testbed pins {'0' * 64}" in line
    assert not (tmp_path / "runs").exists()


def test_sae_with_a_wrong_checksum(
    tiny_home: Home, tmp_path: Path, capfd: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    sae = tiny_home.testbed.sae.model_copy(update={"sha256": "0" * 64})
    tiny_home.install(monkeypatch, tiny_home.testbed.model_copy(update={"sae": sae}))
    line = refused(capfd, *RUN, tmp_path / "runs")
    assert f"sae_weights.safetensors: SHA-256 is {tiny_home.testbed.sae.sha256}" in line
    assert not (tmp_path / "runs").exists()


def test_no_network_and_empty_cache(
    packaged: Callable[[Package], Path],
    tmp_path: Path,
    capfd: Said,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = packaged(make_wheel(tmp_path / "elsewhere", {"tinytext/a.txt": b"w1"}))
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    line = refused(capfd, *RUN, tmp_path / "runs")
    assert "package index: pip could not fetch tinytext==1.0 (0.1 MB): " in line
    assert f"connect to one, or place {path.name} (SHA-256 " in line
    assert line.endswith(f"at {path}")
    assert not path.exists()
    assert not (tmp_path / "runs").exists()


def test_text_with_too_few_tokens(
    tiny_session: Session,
    tiny_catalog: Testbed,
    tmp_path: Path,
    capfd: Said,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(LanguageModel, "load", lambda *_, **__: tiny_session.subject.model)
    text = tmp_path / "short.txt"
    text.write_text("\n\n".join(f"w1 w2 w3 w4 w5 w{index}" for index in range(50)))
    line = refused(capfd, *RUN, tmp_path / "runs", "--text", text)
    assert "synact-bench: tiny-text-" in line
    assert "prompts of 6 tokens, 160 are needed; give at least 1,200 tokens of text" in line
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe"])
def test_unreadable_text(
    content: bytes | None, tiny_catalog: Testbed, tmp_path: Path, capfd: Said
) -> None:
    text = tmp_path / "text.txt"
    if content is not None:
        text.write_bytes(content)
    line = refused(capfd, *RUN, tmp_path / "runs", "--text", text)
    assert line.startswith(f"synact-bench: --text {text}: ")
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("command", ["run", "board"])
def test_run_folder_written_by_a_newer_schema(
    command: str, full_run: Path, opened_once: Testbed, capfd: Said, tmp_path: Path
) -> None:
    record = next(full_run.rglob("mean--plateau--scaled*.json"))
    fields = json.loads(record.read_text(encoding="utf-8"))
    record.write_text(json.dumps(fields | {"schema_version": 99}), encoding="utf-8")
    before = {path: path.read_bytes() for path in full_run.rglob("*.*")}
    out = ("board", record.parent, "--out", tmp_path / "out")
    line = refused(capfd, *(out if command == "board" else (*RUN, full_run)))
    assert line.startswith(f"synact-bench: {record}: was written by schema version 99")
    assert line.endswith("upgrade synact-bench, or use another run folder")
    assert {path: path.read_bytes() for path in full_run.rglob("*.*")} == before
    assert not (tmp_path / "out").exists()


def test_disk_that_fills_up_in_a_run(
    opened_once: Testbed, tmp_path: Path, capfd: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = iter(range(100))
    fsync = os.fsync

    def full(descriptor: int) -> None:
        if next(calls) > 4:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fsync(descriptor)

    command = (*RUN, tmp_path, "--generator", "gaussian")
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        line = refused(capfd, *command)
    assert "cannot be written: No space left on device; make room or choose another fold" in line
    assert whole_cells(tmp_path) == 2
    assert invoke(*command) == 0
    assert f"2 cells reused, {planned_cells(MADE) - 2} to measure" in capfd.readouterr().out


def test_disk_that_is_full_where_no_cell_is_written(
    tiny_catalog: Testbed, tmp_path: Path, capfd: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = str(tmp_path / "cache")

    def prepare(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), place)

    monkeypatch.setattr(runner, "prepare", prepare)
    line = refused(capfd, *RUN, tmp_path / "runs")
    assert line.startswith(f"synact-bench: {place}: cannot be written: No space left on device; ")


def test_an_error_that_is_not_the_user_s_keeps_its_traceback(
    tiny_catalog: Testbed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def prepare(*_: object, **__: object) -> None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), "somewhere")

    monkeypatch.setattr(runner, "prepare", prepare)
    with pytest.raises(FileNotFoundError):
        invoke(*RUN, tmp_path)


def test_run_folder_that_is_a_file(opened_once: Testbed, tmp_path: Path, capfd: Said) -> None:
    runs = tmp_path / "runs"
    runs.write_text("", encoding="utf-8")
    line = refused(capfd, *RUN, runs, "--generator", "gaussian")
    assert "no cell could be kept there: Not a directory; " in line


def test_board_of_nothing(tmp_path: Path, capfd: Said) -> None:
    line = refused(capfd, "board", tmp_path, "--out", tmp_path / "out")
    assert line == (
        f"synact-bench: {tmp_path}: no stored cells; measure some with 'synact-bench run'"
    )
    assert not (tmp_path / "out").exists()


def test_board_of_a_damaged_cell(full_run: Path, tmp_path: Path, capfd: Said) -> None:
    table = next(full_run.rglob("gaussian--*.parquet"))
    table.write_bytes(b"")
    line = refused(capfd, "board", table.parent, "--out", tmp_path / "out")
    assert line.startswith(f"synact-bench: {table}: is not the table its record describes; ")
    assert not (tmp_path / "out").exists()


def test_sae_in_a_folder_that_exists(tmp_path: Path, capfd: Said) -> None:
    line = refused(capfd, "train-sae", "--testbed", "smollm2-135m", "--out", tmp_path)
    assert line == f"synact-bench: {tmp_path}: already exists; choose a new folder"


def test_sae_of_too_little_text(
    tiny_session: Session,
    tiny_catalog: Testbed,
    tmp_path: Path,
    capfd: Said,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(LanguageModel, "load", lambda *_, **__: tiny_session.subject.model)
    line = refused(capfd, "train-sae", "--testbed", "tiny", "--out", tmp_path / "sae")
    assert "one batch needs 2048; use more text" in line
    assert not (tmp_path / "sae").exists()
