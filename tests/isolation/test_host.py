"""What happens to the process of the run is no affair of a plugin, and leaves none behind."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
import torch

from synact_bench.errors import FailedRowsError
from synact_bench.generators.base import GeneratorCard
from synact_bench.harness.failures import Failures
from synact_bench.harness.plan import Entry
from synact_bench.isolation.isolated import Isolated
from synact_bench.isolation.limits import Limits
from synact_bench.rng import stream
from synact_bench.testing import ground
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
    on = ground.tiny("isolated")
    there.fit(on.real, on.dictionary, rng=stream("fit"))
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
    failures = Failures({}, rows={"mine"})
    with pytest.raises(kind):
        failures.attempt(entry(), lambda: raising(kind))
    failures.raise_if_any()


def test_what_its_numbers_break_is_its_failure() -> None:
    failures = Failures({}, rows={"mine"})
    assert failures.attempt(entry(), lambda: raising(ValueError)) is None
    with pytest.raises(FailedRowsError, match="'mine': measuring its activations raised ValueErr"):
        failures.raise_if_any()
