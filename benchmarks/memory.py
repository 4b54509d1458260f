"""Peak memory of a way to sweep, measured in a process that does nothing else.

As a command it runs one job, given as JSON, and writes what it found as JSON:

    python -m benchmarks.memory '{"testbed": "smollm2-135m", "way": "engine"}'
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

STATUS = Path("/proc/self/status")
ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Job:
    """What the process does.

    Attributes:
        testbed: name of a built-in testbed.
        way: ``authors`` or ``engine`` sweep with the model alone opened; ``board`` opens the whole
            testbed, as a run of the benchmark does, then sweeps with the engine.
        paths: paths to sweep, each on its own prompt.
        points: points on a path, both ends included.
        options: of the engine: ``rows`` run at once, ``precision``.
        device: where the model runs.
    """

    testbed: str
    way: Literal["authors", "engine", "board"]
    paths: int = 20
    points: int = 101
    options: dict[str, str | int] = field(default_factory=dict)
    device: str = "cpu"


@dataclass(frozen=True)
class Memory:
    """Highest resident memory of a process, in MiB.

    Attributes:
        opened: until all was opened.
        peak: until the sweep was done.
        device_opened: the same of tensors on a GPU; 0 where there is none.
        device_peak: likewise.
    """

    opened: float
    peak: float
    device_opened: float = 0.0
    device_peak: float = 0.0


def high_water() -> float:
    """Highest resident memory of this process so far, in MiB."""
    # On Linux the resource usage of a process starts from that of the one that spawned it.
    if STATUS.exists():
        for line in STATUS.read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 2**10
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used / (2**20 if sys.platform == "darwin" else 2**10)


def device_high_water(device: str) -> float:
    """Highest memory that this process's tensors have held on a device so far, in MiB."""
    import torch  # noqa: PLC0415  (loads torch)

    on_gpu = torch.device(device).type == "cuda"
    return torch.cuda.max_memory_allocated(device) / 2**20 if on_gpu else 0.0


def measure(job: Job) -> Memory:
    """Do a job in a fresh process.

    Raises:
        RuntimeError: it failed; the message is the end of what it wrote.
    """
    command = [sys.executable, "-m", "benchmarks.memory", json.dumps(asdict(job))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{job} failed: {done.stderr.strip()[-500:]}")
    return Memory(**json.loads(done.stdout.splitlines()[-1]))


def work(job: Job) -> Memory:
    """Do a job in this process.

    Raises:
        SynactError: the testbed cannot be opened.
    """
    return _board(job) if job.way == "board" else _sweep(job)


def _sweep(job: Job) -> Memory:
    from benchmarks.workload import Workload  # noqa: PLC0415  (loads torch)
    from synact_bench.models.language_model import LanguageModel  # noqa: PLC0415
    from synact_bench.testbeds import spec  # noqa: PLC0415

    testbed = spec.find(job.testbed)
    model = LanguageModel.load(
        testbed.model, centred=testbed.weights == "centred", device=job.device
    )
    workload = Workload.on(testbed, model, paths=job.paths, points=job.points)
    segments = workload.segments()
    opened, device_opened = high_water(), device_high_water(job.device)
    if job.way == "authors":
        workload.run_authors_way(segments)
    else:
        workload.run(workload.sweeper(**job.options), segments)
    return Memory(opened, high_water(), device_opened, device_high_water(job.device))


def _board(job: Job) -> Memory:
    import torch  # noqa: PLC0415  (loads torch)

    from synact_bench import paths  # noqa: PLC0415
    from synact_bench.core.experiments import REFERENCE, Preset  # noqa: PLC0415
    from synact_bench.run import runner  # noqa: PLC0415
    from synact_bench.testbeds import spec  # noqa: PLC0415

    preset = Preset("memory", job.paths, refined=job.paths)
    session = runner.prepare(spec.find(job.testbed), preset, seed=0, device=job.device)
    along = paths.relative(session.design.native, session.design.draws[REFERENCE])
    opened, device_opened = high_water(), device_high_water(job.device)
    session.sweeper.curves(range(job.paths), along, torch.linspace(0, 1, job.points))
    return Memory(opened, high_water(), device_opened, device_high_water(job.device))


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(work(Job(**json.loads(sys.argv[1]))))) + "\n")
