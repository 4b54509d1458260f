"""Verbs that look at a plugin from within: it cannot end them as if all were well."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from synact_bench import cli
from synact_bench.cli import stopping
from tests.attacks.misbehaviours import Misbehaviour

CONSOLE = "from synact_bench.cli import watched; watched.console()"
"""What the installed script runs."""
SLOW = 120
"""Seconds after which a command is held to hang."""


def checked(plugin: Misbehaviour, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", CONSOLE, "check", plugin.write("tried", folder)],
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
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1].startswith("fit ")  # all of it was written


def watching(body: str, verb: str = "list") -> list[str]:
    """A command that does this in the place of a verb: of one that looks at plugins from within."""
    script = (
        "import os, sys, time; from synact_bench import cli; from synact_bench.cli import watched\n"
        f"def app():\n    {body}\n"
        f"cli.app = app; sys.argv = ['synact-bench', {verb!r}]; watched.console()"
    )
    return [sys.executable, "-c", script]


def run(body: str, shell: str = "", verb: str = "list") -> subprocess.CompletedProcess[str]:
    """The same, its output as a shell redirects it."""
    command = ["sh", "-c", f'"$@" {shell}', "sh", *watching(body, verb)]
    environment = {**os.environ, "PYTHONUNBUFFERED": ""}  # so that it is written when flushed
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, timeout=SLOW
    )


@pytest.mark.parametrize(("code", "seen"), [("0", 0), ("2", 2), ("None", 0), ("'words'", 1)])
def test_the_exit_code_is_that_of_the_command(code: str, seen: int) -> None:
    assert run(f"raise SystemExit({code})").returncode == seen


@pytest.mark.parametrize("verb", ["run", "submit"])
@pytest.mark.parametrize("process", ["getpid", "getppid"])
def test_a_run_that_is_terminated_says_what_is_kept(verb: str, process: str) -> None:
    """As a scheduler ends it, or who watches it."""
    if (verb, process) == ("run", "getppid"):
        pytest.skip("nobody watches it")
    done = run(f"os.kill(os.{process}(), 15); time.sleep(60)", verb=verb)
    assert done.returncode == cli.INTERRUPTED
    assert done.stderr.splitlines() == [
        f"synact-bench: stopped: {stopping.KEPT}",
        f"synact-bench: to go on from there: synact-bench {verb}",
    ]


def test_a_second_signal_does_not_disturb_the_end_of_a_run() -> None:
    """A scheduler tells all processes of a job, and whoever watches one hands it on."""
    twice = "os.kill(os.getpid(), 15)"
    done = run(f"try: {twice}; time.sleep(60)\n    finally: {twice}", verb="run")
    assert done.returncode == cli.INTERRUPTED
    assert len(done.stderr.splitlines()) == 2


def test_what_does_not_end_when_it_is_told_is_killed() -> None:
    stuck = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    told = "[os.kill(os.getppid(), 15) or time.sleep(0.5) for _ in range(2)]; time.sleep(900)"
    done = run(f"{stuck}; {told}")
    assert done.returncode == 1
    assert "was ended by SIGKILL before it was done" in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full disk to write to")
def test_a_full_disk_that_output_goes_to_is_a_line_and_no_plugin_s_fault() -> None:
    done = run("print('x')", "> /dev/full")
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("synact-bench: standard output: cannot be written: No space left")


@pytest.mark.parametrize("shell", [">&-", ">&- <&-", "2>&-", "| true"])
def test_output_that_nobody_reads_is_no_plugin_s_fault(shell: str) -> None:
    done = run("time.sleep(0.2); print('x'); raise SystemExit(0)", shell)
    assert done.returncode == 0
    assert done.stderr == ""


def test_no_file_of_the_command_takes_the_place_of_its_output() -> None:
    """What a library writes there would be taken for an exit code."""
    written = "[os.write(each, b'junk') for each in (1, 2)]"
    assert run(f"{written}; raise SystemExit(3)", ">&- 2>&-").returncode == 3


def test_what_a_plugin_started_does_not_hold_the_command() -> None:
    holding = "os.fork() or (time.sleep(900), os._exit(0)); os._exit(7)"
    with subprocess.Popen(
        watching(holding), stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            assert process.wait(timeout=30) == 1
        finally:
            os.killpg(process.pid, signal.SIGKILL)
        assert process.stderr is not None
        assert "ended with exit code 7 before it was done" in process.stderr.read()


def test_a_fork_of_a_plugin_s_does_not_speak_for_the_command() -> None:
    forking = "pid = os.fork(); pid and os.waitpid(pid, 0); raise SystemExit(5 if pid else 6)"
    assert run(forking).returncode == 5


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell a process")
@pytest.mark.usefixtures("signals_of_a_terminal")
@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_what_ends_the_command_ends_its_watched_process(
    sent: signal.Signals, tmp_path: Path
) -> None:
    told = tmp_path / "pid"
    naming = f"os.symlink(str(os.getpid()), {str(told)!r})"
    with subprocess.Popen(watching(f"{naming}; time.sleep(900)")) as process:
        _until(told.is_symlink)
        pid = int(str(told.readlink()))
        process.send_signal(sent)
        assert process.wait(SLOW) == (cli.INTERRUPTED if sent == signal.SIGTERM else -sent)
    _until(lambda: _ended(pid))


def _ended(pid: int) -> bool:
    """Whether a process is gone, or waits for nothing but to be looked at."""
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] == "Z"


def _until(seen: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SLOW
    while not seen():
        assert time.monotonic() < deadline
        time.sleep(0.02)
