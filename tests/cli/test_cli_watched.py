"""Verbs that look at a plugin from within: it cannot end them as if all were well."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.attacks.misbehaviours import Misbehaviour

COMMAND = str(Path(sys.executable).with_name("synact-bench"))
SLOW = 120
"""Seconds after which a command is held to hang."""


def checked(plugin: Misbehaviour, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMAND, "check", plugin.write("tried", folder)],
        capture_output=True,
        text=True,
        check=False,
        timeout=SLOW,
    )


@pytest.mark.parametrize(
    ("plugin", "said"),
    [
        (Misbehaviour(top="import os; os._exit(0)"), "ended with exit code 0 before it was done"),
        (Misbehaviour(fit="import os; os._exit(7)"), "ended with exit code 7 before it was done"),
        (
            Misbehaviour(generate="import os; os.kill(os.getpid(), 9)"),
            "ended by SIGKILL before it was done",
        ),
        (Misbehaviour(top="import sys; sys.exit(0)"), "raised SystemExit"),
    ],
    ids=["exits-at-import", "exits-in-fit", "kills-itself", "leaves-at-import"],
)
def test_a_plugin_that_ends_the_command_is_told(
    plugin: Misbehaviour, said: str, tmp_path: Path
) -> None:
    done = checked(plugin, tmp_path)
    assert done.returncode in {1, 2}
    (line,) = done.stderr.splitlines()
    assert line.startswith("synact-bench: ")
    assert said in line


def test_a_thread_that_a_plugin_leaves_does_not_hold_the_command(tmp_path: Path) -> None:
    leaving = "import threading, time; threading.Thread(target=time.sleep, args=(900,)).start()"
    done = checked(Misbehaviour(fit=f"{leaving}; self.mean = real.mean"), tmp_path)
    assert "rules kept" in done.stdout or done.returncode == 1
    assert done.returncode in {0, 1}


@pytest.mark.parametrize(("code", "seen"), [("0", 0), ("2", 2), ("None", 0), ("'words'", 1)])
def test_the_exit_code_is_that_of_the_command(code: str, seen: int) -> None:
    script = (
        "import sys; from synact_bench.cli import watched\n"
        f"def main(): raise SystemExit({code})\n"
        "watched.main = main; sys.argv = ['synact-bench', 'check']; watched.console()"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == seen
