"""Where and with what a cell was computed."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
from functools import cache
from pathlib import Path

LIBRARIES = (
    "numpy",
    "sae-lens",
    "scipy",
    "synact-bench",
    "torch",
    "transformer-lens",
    "transformers",
)


@cache
def versions() -> dict[str, str]:
    """Versions of Python and of the libraries that can change the last digits."""
    libraries = {name: importlib.metadata.version(name) for name in LIBRARIES}
    return libraries | {"python": platform.python_version()}


@cache
def machine() -> str:
    """Processor, cores and system, in a line."""
    cores = os.cpu_count()
    return f"{_processor()}, {cores} cores, {platform.system()} {platform.machine()}"


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or "unknown processor"


@cache
def checkout() -> tuple[str | None, bool | None]:
    """Commit of the checkout this package runs from and whether it is dirty; None without one."""
    folder = Path(__file__).parents[2]
    if not (folder / ".git").exists():
        return None, None
    commit = _git(folder, "rev-parse", "HEAD")
    changes = _git(folder, "status", "--porcelain", "--", "synact_bench", "baselines")
    return commit, None if changes is None else bool(changes)


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except OSError:  # no git on this machine
        return None
    return done.stdout.strip() if done.returncode == 0 else None
