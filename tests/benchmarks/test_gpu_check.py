from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from benchmarks import gpu_check, memory
from benchmarks.gpu_check import KL, L2, app, equality_rows, throughput_rows
from benchmarks.memory import ROOT, Job, Memory
from benchmarks.tables import Row
from benchmarks.workload import Workload
from synact_bench.results.store import Cell, Store, encode
from synact_bench.results.table import CellTable
from tests.helpers import cells
from tests.helpers.requests import requested

L2_ROW = "l2, share of the curve's largest value"
SCRIPT = ROOT / "benchmarks" / "gpu_check.sh"
STUB = """#!/usr/bin/env bash
echo "$*" >> calls
case "$*" in
  *is_available*) exit {cuda} ;;
  *torch.__version__*) echo "2.0 for CUDA None" ;;
  *equality*) exit {equality} ;;
esac
"""


def by_what(rows: list[Row]) -> dict[str, Any]:
    return {str(row["what"]): row for row in rows}


def moved(cell: Cell, *, l2: float = 0.0, kl: float = 0.0, point: int = -1, path: int = 3) -> Cell:
    """The cell with one point of one path moved: l2 by a share of the path's largest value."""
    curves = cell.table.curves
    new_l2, new_kl = curves.l2.copy(), curves.kl.copy()
    new_l2[path, point] += l2 * curves.l2[path].max()
    new_kl[path, point] += kl
    changed = dataclasses.replace(curves, l2=new_l2, kl=new_kl)
    table: CellTable = dataclasses.replace(cell.table, curves=changed)
    return Cell(cell.record, table)


def test_equal_cells_are_equal():
    cell = cells.cell("gaussian")
    rows = equality_rows([(cell, cell)])
    assert {row["verdict"] for row in rows} == {"ok"}
    assert {row["found"] for row in rows} == {0}
    assert "max_slope_step, paths that differ" in by_what(rows)


@pytest.mark.parametrize(
    ("l2", "kl", "failing"),
    [(0.5 * L2, 0.5 * KL, set()), (3 * L2, 0.0, {L2_ROW}), (0.0, 3 * KL, {"kl, nats"})],
)
def test_curves_may_differ_by_rounding_and_no_more(l2, kl, failing):
    cell = cells.cell("gaussian")
    rows = by_what(equality_rows([(cell, cell), (cell, moved(cell, l2=l2, kl=kl))]))
    assert rows[L2_ROW]["found"] == pytest.approx(l2, rel=0.05)
    assert rows["kl, nats"]["found"] == pytest.approx(kl, rel=0.05)
    curves = {L2_ROW, "kl, nats"}
    assert {name for name in curves if rows[name]["verdict"] != "ok"} == failing


def test_points_that_one_alone_ran_are_not_compared():
    cell = cells.cell("gaussian")
    part = cells.partly_run(cell)
    path, point = np.argwhere(part.table.curves.interpolated)[-1]
    off = moved(part, l2=0.5, kl=1.0, path=int(path), point=int(point))
    rows = by_what(equality_rows([(cell, off)]))
    assert rows[L2_ROW]["verdict"] == rows["kl, nats"]["verdict"] == "ok"


def test_other_steps_are_counted_against_what_rounding_may_move():
    cell = cells.cell("gaussian")
    curves = cell.table.curves
    turned = dataclasses.replace(
        curves, l2=curves.l2[:, ::-1].max(1, keepdims=True) - curves.l2[:, ::-1]
    )
    other = Cell(cell.record, dataclasses.replace(cell.table, curves=turned))
    row = by_what(equality_rows([(cell, other)]))["max_slope_step, paths that differ"]
    assert row["verdict"] == "FAILED"
    assert row["allowed"] < row["found"] <= row["paths"]


def test_cells_of_two_runs_are_compared_by_the_command(tmp_path: Path):
    cell = cells.cell("gaussian")
    for name in ("a", "b"):
        Store(tmp_path / name).write(cell.record, encode(cell.table))
    command = ["equality", str(tmp_path / "a"), str(tmp_path / "b"), "--out", str(tmp_path)]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    kept = json.loads((tmp_path / "gpu-equality.json").read_text(encoding="utf-8"))
    assert kept["facts"]["cells"] == 1
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gpu_check, "KL", -1.0)
        failed = CliRunner().invoke(app, command)
    assert failed.exit_code == 1
    assert "FAILED" in failed.output


def test_a_run_that_lacks_is_told_in_a_line(tmp_path: Path):
    done = CliRunner().invoke(app, ["equality", str(tmp_path), str(tmp_path)])
    assert done.exit_code == 2
    assert done.stderr.startswith("agreement: no cell is in both")


def test_speed_is_measured_of_each_precision_and_batch(trained):
    workload = Workload.on(trained.testbed, trained.model, paths=3, points=5)
    rows: Any = throughput_rows(workload, small=4, rounds=1)
    named = [(row["precision"], row["batch"]) for row in rows]
    assert named == [(p, b) for p in ("float32", "mixed") for b in ("small", "large")]
    assert [row["points_at_once"] for row in rows] == [4, rows[1]["points_at_once"]] * 2
    assert rows[1]["points_at_once"] > 4
    for row in rows:
        assert row["points_per_second"] * row["ms_per_point"] == pytest.approx(1000)


def test_memory_is_of_a_process_for_each_number_of_prompts(monkeypatch):
    asked = []

    def measure(job: Job) -> Memory:
        asked.append(job)
        return Memory(1.0, 2.0, 3.0, 4.0 + job.paths)

    monkeypatch.setattr(memory, "measure", measure)
    rows = gpu_check.memory_rows("tiny", "cuda:1", [3, 9])
    assert [(job.paths, job.way, job.device) for job in asked] == [
        (3, "board", "cuda:1"),
        (9, "board", "cuda:1"),
    ]
    assert [row["device_peak_MiB"] for row in rows] == [7.0, 13.0]


def test_all_parts_go_through_on_a_cpu(tiny_catalog, full_run, tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "measure", memory.work)
    folder = str(requested(testbed="tiny", preset="smoke", runs=full_run).folder)  # all stored
    out = ["--out", str(tmp_path / "out")]
    work = ["--testbed", "tiny", "--device", "cpu"]
    for command in (
        ["cells", str(full_run), *work],
        ["equality", folder, folder],
        ["throughput", *work, "--paths", "3", "--points", "5"],
        ["memory", *work, "--bases", "3"],
    ):
        done = CliRunner().invoke(app, [*command, *([] if command[0] == "cells" else out)])
        assert done.exit_code == 0, done.output
    done = CliRunner().invoke(app, ["report", *out])
    assert done.exit_code == 0, done.output
    page = (tmp_path / "out" / "gpu-check.md").read_text(encoding="utf-8")
    assert "| float32" in page
    assert "Not finished" not in page
    kept = json.loads((tmp_path / "out" / "gpu-check.json").read_text(encoding="utf-8"))
    assert kept["memory"]["rows"][0]["prompts"] == 3


def test_a_part_that_was_not_finished_is_told(tmp_path):
    done = CliRunner().invoke(app, ["report", "--out", str(tmp_path / "none")])
    assert done.exit_code == 1
    assert (tmp_path / "none" / "gpu-check.md").read_text().count("Not finished.") == 3


def scripted(
    tmp_path: Path, *, cuda: int = 0, equality: int = 0, **env: str
) -> subprocess.CompletedProcess[str]:
    """The script with a stand-in for Python, whose calls lie in ``calls``."""
    stub = tmp_path / "python"
    calls = tmp_path / "calls"
    stub.write_text(STUB.format(cuda=cuda, equality=equality).replace("calls", f"'{calls}'"))
    stub.chmod(0o755)
    own = {"PYTHON": str(stub), "OUT": str(tmp_path / "out"), **env}
    named = {key: value for key, value in os.environ.items() if key not in {"DEVICE", "TESTBED"}}
    return subprocess.run(
        ["bash", str(SCRIPT)], env=named | own, capture_output=True, text=True, check=False
    )


def test_the_script_runs_every_part_within_eight_minutes(tmp_path):
    done = scripted(tmp_path)
    assert done.returncode == 0, done.stderr
    limits = [
        int(line.split("at most ")[1].split()[0])
        for line in done.stdout.splitlines()
        if "at most" in line
    ]
    assert len(limits) == 6
    assert sum(limits) <= 480
    calls = (tmp_path / "calls").read_text()
    for part in ("--device cpu", "--device cuda", "equality", "throughput", "memory", "report"):
        assert part in calls


def test_the_script_goes_on_after_a_failed_part_and_says_so(tmp_path):
    done = scripted(tmp_path, equality=1)
    assert done.returncode == 1
    assert "FAILED: equality (exit code 1)" in done.stderr
    assert "report --out" in (tmp_path / "calls").read_text()


def test_the_script_refuses_where_there_is_no_gpu(tmp_path):
    done = scripted(tmp_path, cuda=1)
    assert done.returncode == 2
    assert "torch sees no GPU (torch 2.0 for CUDA None)" in done.stderr
    assert "DEVICE=cpu" in done.stderr
    assert "report" not in (tmp_path / "calls").read_text()


def test_the_script_asks_for_no_gpu_on_a_cpu(tmp_path):
    done = scripted(tmp_path, cuda=1, DEVICE="cpu")
    assert done.returncode == 0, done.stderr
    assert "--paths 12" in (tmp_path / "calls").read_text()


def test_the_script_says_that_python_is_missing(tmp_path):
    done = scripted(tmp_path, PYTHON=str(tmp_path / "none"))
    assert done.returncode == 2
    assert "make setup" in done.stderr


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device here")
def test_a_real_python_without_cuda_is_told_from_one_with_it(tmp_path):
    done = scripted(tmp_path, PYTHON=sys.executable)
    assert done.returncode == 2
    assert "torch sees no GPU (torch" in done.stderr
