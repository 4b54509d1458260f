"""The recipe for Slurm runs as the page shows it, with a local stand-in for ``sbatch``."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from synact_bench.results.journal import lines
from synact_bench.results.store import Store
from tests.helpers.pages import blocks
from tests.helpers.testbeds import N_CTX, write_documents
from tests.helpers.tiny import save_tiny

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "scale.md"
BENCH = """#!{python}
import sys
sys.path.insert(0, {root!r})
from synact_bench.cli.watched import console
console()
"""
SBATCH = r"""#!{python}
import json, os, re, subprocess, sys
from pathlib import Path

given, script, wrapped, array, after = sys.argv[1:], [], None, None, None
while given:
    word = given.pop(0)
    if word == "--wrap":
        wrapped = given.pop(0)
    elif word.startswith("--array="):
        first, last = map(int, word.partition("=")[2].split("-"))
        array = range(first, last + 1)
    elif word.startswith("--dependency="):
        after = word.partition(":")[2]
    elif not word.startswith("--"):
        script = [word, *given]
        given = []
log = Path("jobs.jsonl")
jobs = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
assert after is None or any(job["id"] == after for job in jobs), after
codes = []
for task in array or [None]:
    environment = dict(os.environ)
    if task is not None:
        stated = re.search(r"^#SBATCH --cpus-per-task=(\d+)$", Path(script[0]).read_text(), re.M)
        assert stated is not None
        environment |= {{
            "SLURM_ARRAY_TASK_ID": str(task),
            "SLURM_CPUS_PER_TASK": "1",
        }}
        environment.pop("SLURM_ARRAY_TASK_COUNT", None)  # another, of tasks that are run again
    command = ["bash", "-c", wrapped] if wrapped else ["bash", *script]
    codes.append(subprocess.run(command, env=environment, stdout=sys.stderr).returncode)
job = {{"id": str(len(jobs) + 100), "after": after, "tasks": len(codes), "codes": codes}}
with log.open("a") as file:
    file.write(json.dumps(job) + "\n")
print(job["id"])
"""


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the recipe's scripts, and the two programs that they call in the path."""
    for block in blocks(PAGE):
        if block.title is not None:
            (tmp_path / block.title).write_text(block.text, encoding="utf-8")
    (tmp_path / "bin").mkdir()
    for name, text in (("synact-bench", BENCH), ("sbatch", SBATCH)):
        file = tmp_path / "bin" / name
        file.write_text(text.format(python=sys.executable, root=str(ROOT)), encoding="utf-8")
        file.chmod(file.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("SYNACT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    save_tiny("llama", tmp_path / "my model")
    write_documents(tmp_path / "text")
    return tmp_path


def test_the_recipe_measures_every_unit_once_and_makes_the_board(cluster: Path) -> None:
    asked = ["--model", "my model", "--hook", "blocks.1.hook_resid_pre", "--text", "text"]
    asked += ["--n-ctx", str(N_CTX), "--preset", "smoke", "--generator", "gaussian"]
    done = subprocess.run(
        ["bash", "submit.sh", "2", *asked], cwd=cluster, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    jobs = [json.loads(line) for line in (cluster / "jobs.jsonl").read_text().splitlines()]
    assert [(job["tasks"], job["after"]) for job in jobs] == [(1, None), (2, "100"), (1, "101")]
    assert [code for job in jobs for code in job["codes"]] == [0, 0, 0, 0]
    assert done.stdout.split() == ["102"]
    (folder,) = (cluster / "runs").glob("*/smoke/seed-0")
    assert (folder / "scores.json").is_file()
    noted = [*lines(folder)]
    started = [each for each in noted if each["event"] == "started"]
    units = [unit["id"] for each in started for unit in each["units"]]
    assert len(started) == 2  # the last job finds all cells stored
    assert len(units) == len({*units}) == sum(each["event"] == "unit" for each in noted)
    cells = [each["cell"] for each in noted if each["event"] == "cell"]
    stored = [cell.record.identity.stem for cell in Store(folder).cells()]
    assert sorted(cells) == sorted(stored)
