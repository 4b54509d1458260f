from __future__ import annotations

import json
import subprocess
import sys

import pytest

from benchmarks import memory
from benchmarks.memory import ROOT, Job, measure, work


def test_memory_is_the_process_s_own():
    """Not that of the one that spawned it, which has torch loaded."""
    script = (
        "from benchmarks.memory import high_water\n"
        "before = high_water()\n"
        "held = b'x' * (64 * 2**20)\n"
        "print(before, high_water())\n"
    )
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    before, after = map(float, done.stdout.split())
    assert before < 100 < memory.high_water()
    assert 60 < after - before < 72


def test_without_a_status_file_the_resource_usage_is_read(monkeypatch, tmp_path):
    known = memory.high_water()
    monkeypatch.setattr(memory, "STATUS", tmp_path / "none")
    assert memory.high_water() >= 0.9 * known


@pytest.mark.parametrize("way", ["authors", "engine", "board"])
def test_a_job_is_done(tiny_catalog, way):
    found = work(Job("tiny", way, paths=3, points=5))
    assert 0 < found.opened <= found.peak


def test_options_reach_the_engine(tiny_catalog, monkeypatch):
    from benchmarks import workload

    seen = []
    monkeypatch.setattr(workload, "Sweeper", lambda *_, **names: seen.append(names["rows"]))
    monkeypatch.setattr(workload.Workload, "run", lambda *_: None)
    work(Job("tiny", "engine", paths=3, points=5, options={"rows": 7}))
    assert seen == [7]


def test_a_fresh_process_does_the_job(monkeypatch):
    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        assert command[1:3] == ["-m", "benchmarks.memory"]
        asked = Job(**json.loads(command[3]))
        written = f'something else\n{{"opened": 1.0, "peak": {asked.paths}}}\n'
        return subprocess.CompletedProcess(command, 0, written, "")

    monkeypatch.setattr(subprocess, "run", run)
    assert measure(Job("tiny", "engine", paths=9)) == memory.Memory(opened=1.0, peak=9)


def test_a_failed_process_is_an_error_with_its_last_words():
    with pytest.raises(RuntimeError, match=r"(?s)failed: .*there is no testbed 'none'"):
        measure(Job("none", "engine"))
