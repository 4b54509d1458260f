"""What happens to the process of the run is no affair of a plugin, and leaves none behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import torch

from synact_bench.core.errors import FailedRowsError, PluginError
from synact_bench.core.rng import stream
from synact_bench.generators.base import GeneratorCard
from synact_bench.isolation import processes
from synact_bench.isolation.isolated import Isolated
from synact_bench.isolation.limits import Limits
from synact_bench.run.failures import FailedRows
from synact_bench.run.plan import Entry
from synact_bench.testing import fixtures
from tests.attacks.misbehaviours import SOUND, Misbehaviour

LIMITS = Limits(timeout=300)


class Alarm(BaseException):
    """Of a host, such as a test's limit of time."""


@pytest.mark.parametrize("kind", [Alarm, TimeoutError])
def test_what_a_handler_raises_is_the_host_s(kind: type[BaseException], tmp_path: Path) -> None:
    """And the answer that was waited for is not taken for the next one."""

    def handler(*_: object) -> None:
        raise kind

    quick = tmp_path / "quick"
    generate = f"time.sleep(0 if os.path.exists({str(quick)!r}) else 2); {SOUND}"
    there = Isolated(str(Misbehaviour(generate=generate).write("slow", tmp_path)), LIMITS)
    on = fixtures.tiny("isolated")
    there.fit(on.real, on.dictionary, on.told, rng=stream("fit"))
    before = signal.signal(signal.SIGALRM, handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.5)
        with pytest.raises(kind):
            there.draw(9, rng=stream("first"))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    quick.touch()
    found = there.draw(9, rng=stream("second"))
    there.close()
    assert torch.equal(there.draw(9, rng=stream("second")), found)
    there.close()


class Interrupted(socket.socket):
    """A connection to the zygote of whose answer the first is not waited for."""

    interrupted = False

    def recv(self, *given: Any) -> bytes:
        if self.interrupted:
            return super().recv(*given)
        self.interrupted = True
        raise KeyboardInterrupt


def test_an_interrupt_while_a_process_is_started_is_no_matter_later(tmp_path: Path) -> None:
    zygote = processes._zygote()
    zygote._control = Interrupted(fileno=zygote._control.detach())
    file = str(Misbehaviour().write("fine", tmp_path))
    with pytest.raises(KeyboardInterrupt):
        Isolated(file, LIMITS)
    leaving = str(Misbehaviour(init="os._exit(3)").write("leaving", tmp_path))
    with pytest.raises(PluginError, match="exit code 3"):
        Isolated(leaving, LIMITS)
    Isolated(file, LIMITS).close()


RUN = """
import os, sys
from synact_bench.isolation.isolated import Isolated
from synact_bench.isolation.limits import Limits
from synact_bench.isolation import processes
there = Isolated({file!r}, Limits())
{then}
"""


def started(then: str, file: Path) -> subprocess.Popen[str]:
    """A run of its own session."""
    return subprocess.Popen(
        [sys.executable, "-c", RUN.format(file=str(file), then=then)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def test_a_run_ends_though_a_fork_of_it_lives_on(tmp_path: Path) -> None:
    then = "if not os.fork(): os.read(0, 1); os._exit(0)"
    run = started(then, Misbehaviour().write("fine", tmp_path))
    try:
        assert run.wait(120) == 0
    finally:
        run.communicate()  # the fork reads the end of its input


def test_a_fork_of_a_run_that_ends_leaves_the_plugin_to_it(tmp_path: Path) -> None:
    then = (
        "pid = os.fork()\nif not pid: sys.exit()\nos.waitpid(pid, 0)\n"
        "made = there._process\nprint(made._zygote.alive, made._zygote.status(made._pid))"
    )
    run = started(then, Misbehaviour().write("fine", tmp_path))
    assert run.communicate(timeout=120)[0] == "True None\n"


@pytest.mark.usefixtures("signals_of_a_terminal")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_no_plugin_outlives_a_run_that_is_ended_with_its_group(
    number: signal.Signals, tmp_path: Path
) -> None:
    # A plugin that computes does not see that its run is gone.
    busy = "print(os.getpid(), flush=True); time.sleep(1000)"
    run = started("", Misbehaviour(top=busy).write("busy", tmp_path))
    assert run.stdout is not None
    plugin = int(run.stdout.readline())
    os.killpg(run.pid, number)
    try:
        assert run.wait(60) == -number
        run.communicate(timeout=60)  # all that could write there are gone
    finally:
        with suppress(ProcessLookupError):
            os.kill(plugin, signal.SIGKILL)


@pytest.mark.usefixtures("signals_of_a_terminal")
def test_signals_end_a_plugin_as_any_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "_zygotes", [])  # one that is started as from a terminal
    for number in (signal.SIGTERM, signal.SIGHUP):
        file = Misbehaviour(top=f"os.kill(os.getpid(), {number})").write("shot", tmp_path)
        with pytest.raises(PluginError, match=f"was ended by {number.name}"):
            Isolated(str(file), LIMITS)


def test_what_a_plugin_prints_is_shown_where_no_terminal_is(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    monkeypatch.setattr(processes, "_zygotes", [])  # one that is started without
    file = Misbehaviour(
        top="print('imported'); print('half a line', end='')",
        fit="print('fitted'); os._exit(0)",
    ).write("prints", tmp_path)
    there = Isolated(str(file), LIMITS)
    assert capfd.readouterr().out == "imported\nhalf a line"
    on = fixtures.tiny("isolated")
    with pytest.raises(PluginError, match="exit code 0"):
        there.fit(on.real, on.dictionary, on.told, rng=stream("fit"))
    assert capfd.readouterr().out.endswith("fitted\n")


def test_modules_are_looked_for_in_the_order_of_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", ["", Path("/of/a/path"), "/standard"])
    home = str(Path(processes.__file__).parents[2])
    assert processes.search_path() == ["", "/standard", home]
    monkeypatch.setattr(sys, "path", ["/standard", home, "/more"])
    assert processes.search_path() == ["/standard", home, "/more"]


def test_a_path_among_the_names_of_folders_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path, tmp_path])
    Isolated(str(Misbehaviour().write("fine", tmp_path)), LIMITS).close()


def entry() -> Entry:
    """A plugin's, whose process is not started."""
    plugin = Isolated.__new__(Isolated)
    plugin.target, plugin.source_digest = "mine.py", "0" * 64
    plugin.card = GeneratorCard(name="mine", version="1", track="unconditional")
    return Entry("mine", plugin)


def raising(kind: type[BaseException]) -> None:
    raise kind("x")


@pytest.mark.parametrize("kind", [Alarm, TimeoutError, SystemExit, KeyboardInterrupt])
def test_an_end_of_the_host_is_no_failure_of_a_row(kind: type[BaseException]) -> None:
    failures = FailedRows({}, rows={"mine"})
    with pytest.raises(kind):
        failures.attempt(entry(), lambda: raising(kind))
    failures.raise_if_any()


def test_what_its_numbers_break_is_its_failure() -> None:
    failures = FailedRows({}, rows={"mine"})
    assert failures.attempt(entry(), lambda: raising(ValueError)) is None
    with pytest.raises(FailedRowsError, match="'mine': measuring its activations raised ValueErr"):
        failures.raise_if_any()
